import { equityPicture } from "../app/equity-picture.ts";
import { tradeText } from "../app/report-message.ts";
import { signedDollars } from "../core/figures.ts";
import type { PerformanceView } from "../ports.ts";
import type { CommandSpec } from "./contract.ts";
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
  examples: ["/performance", "/performance week"],
  args: [
    { name: "period", kind: "choice", required: false, description: "time span (all)", choices: PERIODS },
  ],
  role: () => "viewer",
  run: async ({ desk }, { values }) => {
    const period = PERIODS.find((each) => each === values["period"]) ?? "all";
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
        { label: "Max drawdown", value: orNone(view.maxDrawdownPercent, (value) => `${value.toFixed(2)}%`) },
        { label: "Best trade", value: orNone(view.best, tradeText) },
        { label: "Worst trade", value: orNone(view.worst, tradeText) },
      ],
      ...equityPicture(curve, await titleWithMode(desk, `Equity ${PERIOD_TEXT[period]}`)),
    };
  },
};
