import { dollars, signedDollars } from "../core/figures.ts";
import { amountText, figureText } from "../core/risk/measure.ts";
import type { LimitUse } from "../core/risk/usage.ts";
import type { Table } from "../message.ts";
import type { RiskView } from "../ports.ts";
import type { CommandSpec } from "./contract.ts";
import { limitsPicture } from "./limits-picture.ts";
import { controlText, counted, NONE, percentOf, titleWithMode } from "./format.ts";

export const risk: CommandSpec = {
  path: ["risk"],
  bareName: "show",
  summary: "heat, day loss, exposure, limits and how much is left",
  examples: ["/risk"],
  args: [],
  role: () => "viewer",
  run: async ({ desk }) => {
    const view = await desk.risk();
    const dayPnl = view.equity - view.lastEquity;
    const left = Math.max(0, (view.maxDayLoss - view.dayLoss) * view.lastEquity);
    const stopped = view.control.halted || view.control.killed;
    const title = await titleWithMode(desk, "Risk");
    const tone = stopped || left === 0 ? "bad" : "neutral";
    const subtitle = `Day P&L ${signedDollars(dayPnl)}; ${left > 0 ? `${dollars(left)} more may be lost before entries stop` : "the daily loss limit is reached, no new entries"}`;
    return {
      title,
      text: `${subtitle}.`,
      tone,
      fields: [
        { label: "Trading", value: controlText(view.control) },
        { label: "Heat (lost if every stop is hit)", value: ofEquity(view.openRisk, view) },
        {
          label: "Exposure",
          value: `${ofEquity(view.exposure, view)} in ${counted(view.openPositions, "position")}`,
        },
        { label: "Equity", value: dollars(view.equity) },
        { label: "Cash", value: dollars(view.cash) },
        { label: "Buying power", value: dollars(view.buyingPower) },
      ],
      table: limitTable(view.limits),
      footer: footer(view.limits),
      ...limitsPicture(view.limits, { title, subtitle, tone }),
    };
  },
};

function ofEquity(amount: number, { equity }: RiskView): string {
  return equity > 0 ? `${dollars(amount)} (${percentOf(amount / equity)} of equity)` : dollars(amount);
}

/** What is used up first, then what holds for each order; limits that are not set are named below. */
export function limitTable(limits: readonly LimitUse[]): Table {
  const set = limits.filter((each) => each.limit !== null);
  const shown = [...set.filter((each) => each.used !== null), ...set.filter((each) => each.used === null)];
  return {
    columns: [
      { header: "limit" },
      { header: "used", align: "right" },
      { header: "of", align: "right" },
      { header: "left", align: "right" },
      { header: "" },
    ],
    rows: shown.map(({ name, unit, used, limit, left }) => [
      name,
      used === null ? NONE : figureText(used, unit, limit),
      limit === null ? NONE : amountText(limit, unit),
      left === null ? NONE : figureText(left, unit, null),
      bar(used, limit),
    ]),
  };
}

const BAR_CELLS = 10;

/** `███░░░░░░░`: how much of a limit is used; empty where nothing is used up. */
function bar(used: number | null, limit: number | null): string {
  if (used === null || limit === null) return "";
  const share = limit > 0 ? Math.min(1, Math.max(0, used / limit)) : 1;
  // Something used is something shown, and a full bar means full.
  const cells = share === 0 ? 0 : Math.min(Math.max(1, Math.floor(share * BAR_CELLS)), BAR_CELLS);
  return "█".repeat(cells) + "░".repeat(BAR_CELLS - cells);
}

function footer(limits: readonly LimitUse[]): readonly string[] {
  const unset = limits.filter((each) => each.limit === null).map((each) => each.name);
  const where = limits.flatMap((each) =>
    each.limit === null || each.where === null ? [] : [`${each.name}: ${each.where}`],
  );
  return [
    ...(where.length === 0 ? [] : [where.join(" · ")]),
    ...(unset.length === 0 ? [] : [`No limit: ${unset.join(", ")}`]),
    "Change one: /risk set heat_pct=20",
  ];
}
