import { dollars, signedDollars } from "../core/figures.ts";
import type { RiskView } from "../ports.ts";
import type { CommandSpec } from "./contract.ts";
import { controlText, counted, percentOf, titleWithMode } from "./format.ts";

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
    return {
      title: await titleWithMode(desk, "Risk"),
      text: `Day P&L ${signedDollars(dayPnl)}; ${left > 0 ? `${dollars(left)} more may be lost before entries stop` : "the daily loss limit is reached, no new entries"}.`,
      tone: stopped || left === 0 ? "bad" : "neutral",
      fields: [
        { label: "Trading", value: controlText(view.control) },
        {
          label: "Day loss",
          value: `${percentOf(Math.max(0, view.dayLoss))} of ${percentOf(view.maxDayLoss)} allowed`,
        },
        { label: "Heat (lost if every stop is hit)", value: ofEquity(view.openRisk, view) },
        {
          label: "Exposure",
          value: `${ofEquity(view.exposure, view)} in ${counted(view.openPositions, "position")}`,
        },
        { label: "Equity", value: dollars(view.equity) },
        { label: "Cash", value: dollars(view.cash) },
        { label: "Buying power", value: dollars(view.buyingPower) },
      ],
    };
  },
};

function ofEquity(amount: number, { equity }: RiskView): string {
  return equity > 0 ? `${dollars(amount)} (${percentOf(amount / equity)} of equity)` : dollars(amount);
}
