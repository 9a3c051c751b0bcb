import { equityPicture } from "../app/equity-picture.ts";
import { csvText, type Row } from "../core/csv-text.ts";
import { thinCurve } from "../core/equity-curve.ts";
import { dollars, signedDollars, signedPercent } from "../core/figures.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import { formatValue } from "../core/strategies/params.ts";
import { numberParam } from "../core/strategies/read-params.ts";
import type { Field, Message, Table } from "../message.ts";
import { testsItsTraining } from "../research/filter/in-sample.ts";
import type { PortfolioResult } from "../research/portfolio.ts";
import type { BacktestReport } from "../research/report.ts";
import type { Wish } from "./backtest-wish.ts";
import { counted, NONE, orNone } from "./format.ts";

const PICTURE_POINTS = 400;
const MOST_TRADES = 10_000;

/** The answer: the sentence that matters, figures, the equity curve, every trade as a file. */
export function backtestMessage(
  strategy: Strategy,
  { options, costs, settings }: Wish,
  days: number,
  result: PortfolioResult,
  report: BacktestReport,
): Message {
  const symbols = report.symbols.map(({ symbol }) => symbol).join(", ");
  const { stats, benchmark } = report;
  const learned = testsItsTraining(result.symbols.map(({ bars }) => bars)) ? " · IN SAMPLE" : "";
  const title = `Backtest · ${strategy.title} · ${symbols} · ${options.timeframe}${learned}`;
  const gain = stats.final_equity - numberParam(costs, "cash");
  return {
    title,
    text: [
      ...report.warnings,
      `${signedDollars(gain)} (${signedPercent(stats.return_percent)}) in ${counted(stats.trades, "trade")} over ${counted(days, "day")}; buy and hold ${signedPercent(benchmark.return_percent)}.`,
    ].join("\n"),
    tone: gain < 0 ? "bad" : "good",
    fields: fieldsOf(report),
    ...(report.symbols.length > 1 ? { table: symbolTable(report) } : {}),
    ...equityPicture(thinCurve(result, PICTURE_POINTS), title),
    ...fileOfTrades(strategy, report),
    footer: [
      ...filterLine(report),
      ...lost(report),
      `Signals on the close fill at the next open, stops at min(open, stop); ${report.bars.toLocaleString("en-US")} bars.`,
      `Start it: /strategy start ${[strategy.id, symbols.replaceAll(" ", ""), ...settings].join(" ")}`,
    ],
  };
}

function fieldsOf({ stats }: BacktestReport): readonly Field[] {
  return [
    { label: "Final equity", value: dollars(stats.final_equity) },
    { label: "Max drawdown", value: percent(stats.max_drawdown_percent) },
    { label: "Win rate", value: percent(stats.win_rate_percent) },
    { label: "Profit factor", value: ratio(stats.profit_factor) },
    { label: "Expectancy", value: orNone(stats.expectancy, signedDollars) },
    { label: "Sharpe", value: ratio(stats.sharpe) },
    { label: "Sortino", value: ratio(stats.sortino) },
    { label: "Calmar", value: ratio(stats.calmar) },
    { label: "SQN", value: ratio(stats.sqn) },
    { label: "Exposure", value: percent(stats.exposure_percent) },
  ];
}

function symbolTable({ symbols }: BacktestReport): Table {
  return {
    columns: [
      { header: "symbol" },
      { header: "trades", align: "right" },
      { header: "won", align: "right" },
      { header: "P&L", align: "right" },
    ],
    rows: symbols.map((each) => [
      each.symbol,
      String(each.trades),
      each.win_rate_percent === null ? NONE : `${each.win_rate_percent.toFixed(1)}%`,
      signedDollars(each.pnl),
    ]),
  };
}

function ratio(value: number | null): string {
  return orNone(value, (known) => known.toFixed(2));
}

function percent(value: number | null): string {
  return orNone(value, (known) => `${known.toFixed(2)}%`);
}

function filterLine({ rules }: BacktestReport): readonly string[] {
  const { ml_filter: threshold, ml_model: model } = rules;
  return threshold === undefined || model === undefined
    ? []
    : [`Signal filter: ml_filter=${formatValue(threshold)} ml_model=${formatValue(model)}`];
}

/** Entries that did not come about, and what is still open. */
function lost({ dropped, refused, open_positions: open }: BacktestReport): readonly string[] {
  return [
    ...open.map(
      (each) =>
        `Still open: ${each.size} ${each.symbol} @ ${dollars(each.entry_price)} · ${signedDollars(each.unrealized_pnl)}`,
    ),
    ...(dropped.length > 0 ? [`${entries(dropped.length)} cost more than the cash at the open`] : []),
    ...(refused.length > 0
      ? [`${entries(refused.length)} refused; the last: ${refused.at(-1)?.text ?? ""}`]
      : []),
  ];
}

function entries(count: number): string {
  return `${count} ${count === 1 ? "entry" : "entries"}`;
}

/** Sums of doubles without the digits that mean nothing. */
function tidy(row: Row): Row {
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [
      name,
      typeof cell === "number" ? Number(cell.toFixed(6)) : cell,
    ]),
  );
}

function fileOfTrades(strategy: Strategy, { trades }: BacktestReport): Pick<Message, "file"> {
  const [first] = trades;
  if (first === undefined) return {};
  const rows = trades.slice(-MOST_TRADES).map(tidy);
  return {
    file: {
      name: `backtest-${strategy.id}.csv`,
      mediaType: "text/csv",
      content: csvText(Object.keys(first), rows),
    },
  };
}
