import type { BacktestReport, SignalRow } from "./report.ts";
import { align, grouped, namedValues, percentText, plural, ratioText } from "./table-text.ts";

/** Trades that a table shows; `--json` has all of them. */
const TRADES_SHOWN = 20;

/** A backtest as aligned text: what was run, the statistics, with `explain` beside their definitions, the newest trades. */
export function formatBacktest(report: BacktestReport, explain = false): string {
  const { trades, refused, dropped } = report;
  const earlier = trades.length - TRADES_SHOWN;
  const sections = [
    ...report.warnings,
    heading(report),
    figureTable(report, explain),
    monthTable(report),
    symbolTable(report),
    trades.length === 0 ? "no closed trade" : align(tradeRows(report), TRADE_COLUMNS),
    earlier > 0 ? `${earlier} earlier ${plural(earlier, "trade")} not shown; --json lists all` : "",
    ...report.open_positions.map((open) => openPosition(open, report)),
    dropped.length > 0
      ? `${dropped.length} ${plural(dropped.length, "entry", "entries")} dropped: cost more than the cash at the open`
      : "",
    refused.length > 0
      ? `${refused.length} ${plural(refused.length, "entry", "entries")} refused; the last: ${refused.at(-1)?.text ?? ""}`
      : "",
    `${grouped(report.bars_per_second, 0)} bars a second`,
  ];
  return sections.filter((section) => section !== "").join("\n\n");
}

function heading({ strategy, params, rules, bars, symbols }: BacktestReport): string {
  const of = symbols.length > 1 ? ` of ${symbols.map(({ symbol }) => symbol).join(", ")}` : "";
  return `${strategy} on ${grouped(bars, 0)} ${plural(bars, "bar")}${of}\n${namedValues(params)}\n${namedValues(rules)}`;
}

/** A figure of the result: what it is called, its value as text, and how it is defined. */
type Figure = readonly [name: string, value: string, definition: string];

function figures({ stats, benchmark }: BacktestReport): readonly Figure[] {
  return [
    ["Final equity", grouped(stats.final_equity, 2), "cash plus positions at the last close, USD"],
    ["Return", percentText(stats.return_percent), "final equity / cash at the start - 1"],
    [
      "Annual return",
      percentText(stats.annual_return_percent),
      "(1 + g)^252 - 1, g the geometric mean of the daily returns (last equity of each UTC day with bars)",
    ],
    [
      "Annual volatility",
      percentText(stats.annual_volatility_percent),
      "sqrt((var + (1 + g)^2)^252 - (1 + g)^504), var the sample variance of the daily returns",
    ],
    [
      "CAGR",
      percentText(stats.cagr_percent),
      "(final equity / cash)^(1 / years) - 1, years of 365.25 days from the first bar to the last",
    ],
    [
      "Max drawdown",
      percentText(stats.max_drawdown_percent),
      "largest fall of equity from its highest so far, at closes",
    ],
    ["Sharpe", ratioText(stats.sharpe), "annual return / annual volatility, no risk-free rate"],
    [
      "Sortino",
      ratioText(stats.sortino),
      "annual return / (sqrt(mean of min(daily return, 0)^2) x sqrt(252))",
    ],
    ["Calmar", ratioText(stats.calmar), "annual return / largest fall"],
    ["Profit factor", ratioText(stats.profit_factor), "dollars won / dollars lost in closed trades"],
    [
      "Expectancy",
      stats.expectancy === null ? "-" : grouped(stats.expectancy, 2),
      "mean P&L of a closed trade after commissions, USD",
    ],
    ["SQN", ratioText(stats.sqn), "sqrt(closed trades) x mean P&L / sample standard deviation of the P&L"],
    [
      "Win rate",
      percentText(stats.win_rate_percent),
      "closed trades with a P&L above 0 after commissions / closed trades",
    ],
    [
      "Exposure",
      percentText(stats.exposure_percent),
      "bars inside closed trades, entry and exit bar counted / bars",
    ],
    ["Trades", grouped(stats.trades, 0), "closed round trips"],
    [
      "Buy and hold",
      percentText(benchmark.return_percent),
      "the cash in equal parts in each symbol from its first close on, without costs",
    ],
    ["Its max drawdown", percentText(benchmark.max_drawdown_percent), "of that, as above"],
  ];
}

/** What stands in the tables below the figures. */
const TABLES_EXPLAINED = [
  "Months: last equity of the month (UTC) / that of the month before, the first / cash at the start, - 1; a year is their product.",
  "Trades: P&L = shares x (sold at - bought at) - commissions; P&L % of what the shares cost.",
  "--json adds per trade MAE and MFE: (lowest, highest price while held - bought at) x shares, in R / (bought at - first stop) x shares.",
].join("\n");

function figureTable(report: BacktestReport, explain: boolean): string {
  const rows = figures(report);
  return explain
    ? `${align(rows, ["left", "right", "left"])}\n\n${TABLES_EXPLAINED}`
    : align(
        rows.map(([name, value]) => [name, value]),
        ["left", "right"],
      );
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

/** Returns in percent, a year a row; nothing for a single month. */
function monthTable({ months }: BacktestReport): string {
  if (months.length < 2) return "";
  const years = [...new Set(months.map(({ month }) => month.slice(0, 4)))];
  const cell = (year: string, index: number): string => {
    const name = `${year}-${String(index + 1).padStart(2, "0")}`;
    const found = months.find(({ month }) => month === name);
    return found === undefined ? "" : tenths(found.return_percent);
  };
  const ofYear = (year: string): string => {
    const growth = months
      .filter(({ month }) => month.startsWith(year))
      .reduce((product, { return_percent: change }) => product * (1 + change / 100), 1);
    return tenths((growth - 1) * 100);
  };
  return align(
    [
      ["%", ...MONTHS, "Year"],
      ...years.map((year) => [year, ...MONTHS.map((_, index) => cell(year, index)), ofYear(year)]),
    ],
    ["left", ...MONTHS.map(() => "right" as const), "right"],
  );
}

const TRADE_COLUMNS = ["left", "left", "right", "right", "right", "right", "right", "left", "left"] as const;

/** With the symbol last where there are several. */
function tradeRows({ trades, symbols }: BacktestReport): readonly (readonly string[])[] {
  const several = symbols.length > 1;
  return [
    ["Entry", "Exit", "Shares", "Bought at", "Sold at", "P&L", "P&L %", "Reason", several ? "Symbol" : ""],
    ...trades
      .slice(-TRADES_SHOWN)
      .map((trade) => [
        trade.entry_time,
        trade.exit_time,
        grouped(trade.size, 0),
        priceText(trade.entry_price),
        priceText(trade.exit_price),
        grouped(trade.pnl, 2),
        percentText(trade.pnl_percent),
        trade.exit_reason,
        several ? trade.symbol : "",
      ]),
  ];
}

/** What each symbol brought; nothing for one alone. */
function symbolTable({ symbols }: BacktestReport): string {
  if (symbols.length < 2) return "";
  return align(
    [
      ["Symbol", "Bars", "Trades", "P&L", "Win rate", "PF"],
      ...symbols.map((each) => [
        each.symbol,
        grouped(each.bars, 0),
        grouped(each.trades, 0),
        grouped(each.pnl, 2),
        percentText(each.win_rate_percent),
        ratioText(each.profit_factor),
      ]),
    ],
    ["left", "right", "right", "right", "right", "right"],
  );
}

function openPosition(open: BacktestReport["open_positions"][number], { symbols }: BacktestReport): string {
  const name = symbols.length > 1 ? `${open.symbol} ` : "";
  const stop = open.stop === null ? "no stop" : `stop ${priceText(open.stop)}`;
  const result = `P&L ${grouped(open.unrealized_pnl, 2)} (${percentText(open.unrealized_pnl_percent)})`;
  return `open: ${name}${grouped(open.size, 0)} shares since ${open.entry_time} at ${priceText(open.entry_price)}, ${stop}, last ${priceText(open.last_price)}, ${result}`;
}

/** The bars with an order, aligned; HOLD is only counted. */
export function formatSignals(rows: readonly SignalRow[], bars: number): string {
  const hold = bars - rows.length;
  const count = `${grouped(bars, 0)} ${plural(bars, "bar")}: ${rows.filter((row) => row.signal === "BUY").length} BUY, ${rows.filter((row) => row.signal === "SELL").length} SELL, ${hold} HOLD (not shown; --json lists every bar)`;
  if (rows.length === 0) return count;
  const table = align(
    rows.map((row) => [row.time, row.signal, row.reason]),
    ["left", "left", "left"],
  );
  return `${table}\n\n${count}`;
}

/** At least cents; a pair of currencies keeps its fifth decimal. */
function priceText(value: number): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: 2,
    maximumFractionDigits: value < 10 ? 5 : 2,
  });
}

/** Without a minus before nothing. */
function tenths(value: number): string {
  return (Math.round(value * 10) / 10 + 0).toFixed(1);
}
