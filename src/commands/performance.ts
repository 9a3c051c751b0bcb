import { equityPicture } from "../app/equity-picture.ts";
import { tradeText } from "../app/report-message.ts";
import { fixed, signed, signedDollars } from "../core/figures.ts";
import { GROUPINGS, type GroupFigures, type Grouping } from "../core/groups.ts";
import type { Table } from "../message.ts";
import type { Desk, PerformanceView } from "../ports.ts";
import type { Answer, CommandSpec } from "./contract.ts";
import { counted, orNone, titleWithMode } from "./format.ts";

const PERIODS = ["day", "week", "month", "all"] as const;

const PERIOD_TEXT: Readonly<Record<PerformanceView["period"], string>> = {
  day: "in the last day",
  week: "in the last 7 days",
  month: "in the last 30 days",
  all: "since the start",
};

export const performance: CommandSpec = {
  path: ["performance"],
  summary: "profit, win rate, profit factor, expectancy, Sharpe, drawdown and the equity curve",
  examples: ["/performance", "/performance week", "/performance month by=weekday"],
  args: [
    { name: "period", kind: "choice", required: false, description: "time span (all)", choices: PERIODS },
    {
      name: "by",
      kind: "choice",
      required: false,
      named: true,
      description: "a line for each strategy, symbol, tag, weekday or hour (of the entry, New York)",
      choices: GROUPINGS,
    },
  ],
  role: () => "viewer",
  run: async ({ desk }, { values }) => {
    const period = PERIODS.find((each) => each === values["period"]) ?? "all";
    const by = GROUPINGS.find((each) => each === values["by"]);
    if (by !== undefined) return groupsAnswer(desk, period, by);
    const [view, curve] = await Promise.all([desk.performance(period), desk.equityCurve(period)]);
    return {
      title: await titleWithMode(desk, "Performance"),
      text: `${counted(view.trades, "closed trade")} ${PERIOD_TEXT[period]}: realised P&L ${signedDollars(view.realizedPnl)}, unrealised ${signedDollars(view.unrealizedPnl)}.`,
      tone: view.realizedPnl < 0 ? "bad" : view.realizedPnl > 0 ? "good" : "neutral",
      fields: [
        { label: "Win rate", value: orNone(view.winRatePercent, (value) => `${value.toFixed(1)}%`) },
        { label: "Profit factor", value: orNone(view.profitFactor, (value) => value.toFixed(2)) },
        { label: "Expectancy", value: orNone(view.expectancy, (value) => `${signedDollars(value)} a trade`) },
        { label: "Sharpe (annual)", value: orNone(view.sharpe, (value) => value.toFixed(2)) },
        { label: "Max drawdown", value: orNone(view.maxDrawdownPercent, (value) => `${fixed(value, 2)}%`) },
        { label: "Best trade", value: orNone(view.best, tradeText) },
        { label: "Worst trade", value: orNone(view.worst, tradeText) },
      ],
      ...equityPicture(curve, await titleWithMode(desk, `Equity ${PERIOD_TEXT[period]}`)),
    };
  },
};

async function groupsAnswer(desk: Desk, period: PerformanceView["period"], by: Grouping): Promise<Answer> {
  const groups = await desk.performanceBy(period, by);
  const title = await titleWithMode(desk, `Performance by ${by}`);
  if (groups.length === 0) return { title, text: `No closed trades ${PERIOD_TEXT[period]}.` };
  return {
    title,
    text: `${counted(groups.length, "line")} ${PERIOD_TEXT[period]}, realised P&L of closed trades.`,
    table: groupsTable(groups, by),
    footer: [
      "Win rate: trades above $0 · PF: dollars won ÷ lost · Exp.: mean P&L a trade · R: mean P&L ÷ initial risk",
      ...(by === "weekday" || by === "hour" ? ["Time of the entry in New York"] : []),
      ...(by === "tag" ? ["A trade with several tags counts under each"] : []),
    ],
  };
}

function groupsTable(groups: readonly GroupFigures[], by: Grouping): Table {
  return {
    columns: [
      { header: by },
      { header: "trades", align: "right" },
      { header: "won", align: "right" },
      { header: "P&L", align: "right" },
      { header: "PF", align: "right" },
      { header: "Exp.", align: "right" },
      { header: "R", align: "right" },
    ],
    rows: groups.map((each) => [
      each.group,
      String(each.trades),
      orNone(each.winRatePercent, (value) => `${value.toFixed(1)}%`),
      signedDollars(each.pnl),
      orNone(each.profitFactor, (value) => value.toFixed(2)),
      orNone(each.expectancy, signedDollars),
      orNone(each.averageR, (value) => signed(value, 2, "", "R")),
    ]),
  };
}
