import type { BarSeries } from "../core/bar-series.ts";
import { EXIT_KEYS, EXIT_OPTIONS, type ExitRules } from "../core/exits/rules.ts";
import { isoTime } from "../core/iso-time.ts";
import { HOLD, signalName, type Signal } from "../core/signal.ts";
import type { Sizing } from "../core/size/index.ts";
import type { Params } from "../core/strategies/contract.ts";
import { monthlyFigures, outcomeFigures } from "../core/performance.ts";
import type { BacktestInput, BacktestResult, BacktestRules } from "./backtest.ts";
import type { PortfolioInput, PortfolioResult, SymbolBars, SymbolResult } from "./portfolio.ts";
import { buyAndHold } from "./benchmark.ts";
import { figuresOfTrade } from "./excursions.ts";
import { filterWarnings } from "./filter/in-sample.ts";
import { visitSignals, type StrategyOnBars } from "./signals.ts";
import type { Stats } from "./stats.ts";
import type { Trade } from "./trade.ts";

/** One entry a bar of `alphaflow signals --json` (PRODUCT.md). */
export interface SignalRow {
  readonly time: string;
  readonly signal: Signal;
  readonly reason: string;
}

/** The signal of every bar from index `start` on with its reason, oldest first. `among: "orders"` leaves HOLD out. */
export function signalRows(
  run: StrategyOnBars,
  among: "all" | "orders" = "all",
  start = 0,
): readonly SignalRow[] {
  const rows: SignalRow[] = [];
  visitSignals(run, (t, signal, kernel) => {
    if (t < start || (signal === HOLD && among === "orders")) return;
    rows.push({
      time: isoTime(run.series.time[t] ?? Number.NaN),
      signal: signalName(signal),
      reason: kernel.explain().reason,
    });
  });
  return rows;
}

/** The object of `alphaflow backtest --json` (PRODUCT.md): times of bars in ISO-8601, money as numbers. */
export type BacktestReport = ReturnType<typeof portfolioReport>;

/** The report of one symbol; `barsPerSecond` is what the caller measured around `backtest`. */
export function backtestReport(
  input: BacktestInput,
  result: BacktestResult,
  barsPerSecond: number,
): BacktestReport {
  const { symbol, series, start = 0, filter } = input;
  const { equity, stats } = result;
  const bars = { symbol, series, start, ...(filter === undefined ? {} : { filter }) };
  const whole = { symbols: [{ ...result, bars }], time: series.time.subarray(start), stats };
  return portfolioReport(input, { ...whole, equity: equity.subarray(start) }, barsPerSecond);
}

/** The report of several symbols on one equity. Trades and entries that came to nothing are in the order of time. */
export function portfolioReport(
  { strategy, params, rules }: Pick<PortfolioInput, "strategy" | "params" | "rules">,
  { symbols, time, equity, stats }: Pick<PortfolioResult, "symbols" | "time" | "equity" | "stats">,
  barsPerSecond: number,
) {
  const open = symbols.flatMap(openRow);
  return {
    /** What has to be known before any figure, a sentence each. */
    warnings: filterWarnings(symbols.map(({ bars }) => bars)),
    strategy: strategy.id,
    params,
    rules: { ...ruleFigures(rules, rules.gates.length > 0), ...filterFigures(symbols) },
    bars: symbols.reduce((sum, { bars }) => sum + barsOf(bars), 0),
    trades: symbols
      .flatMap(tradeRows)
      .toSorted(
        (one, two) => compare(one.exit_time, two.exit_time) || compare(one.entry_time, two.entry_time),
      ),
    /** The only one; several are in `open_positions`. */
    open_position: open.length === 1 ? (open[0] ?? null) : null,
    stats: statFigures(stats),
    benchmark: benchmarkFigures(
      symbols.map(({ bars }) => bars),
      time,
      rules.cash,
    ),
    months: monthlyFigures(time, equity, rules.cash).map(({ month, equity: last, returnPercent }) => ({
      month,
      equity: last,
      return_percent: returnPercent,
    })),
    symbols: symbols.map(symbolRow),
    open_positions: open,
    /** Entries that cost more than the cash at the open. */
    dropped: inTime(symbols, ({ dropped }) => dropped),
    /** Entries that sizing or a gate refused. */
    refused: inTime(symbols, ({ refused }) => refused),
    bars_per_second: Math.round(barsPerSecond),
  };
}

/** Statistics by the names that JSON has for them. */
export function statFigures(stats: Stats) {
  return {
    final_equity: stats.finalEquity,
    return_percent: stats.returnPercent,
    max_drawdown_percent: stats.maxDrawdownPercent,
    win_rate_percent: stats.winRatePercent,
    profit_factor: stats.profitFactor,
    sharpe: stats.sharpe,
    sortino: stats.sortino,
    exposure_percent: stats.exposurePercent,
    trades: stats.trades,
    annual_return_percent: stats.annualReturnPercent,
    annual_volatility_percent: stats.annualVolatilityPercent,
    cagr_percent: stats.cagrPercent,
    calmar: stats.calmar,
    expectancy: stats.expectancy,
    sqn: stats.sqn,
  };
}

function compare(one: string, two: string): number {
  if (one === two) return 0;
  return one < two ? -1 : 1;
}

function barsOf({ series, start = 0 }: SymbolBars): number {
  return series.length - start;
}

function timeOf({ series }: SymbolBars, bar: number): string {
  return isoTime(series.time[bar] ?? Number.NaN);
}

function tradeRows({ bars, trades }: SymbolResult) {
  return trades.all().map((trade) => ({
    entry_time: timeOf(bars, trade.entryBar),
    exit_time: timeOf(bars, trade.exitBar),
    entry_price: trade.entryPrice,
    exit_price: trade.exitPrice,
    size: trade.size,
    pnl: trade.pnl,
    pnl_percent: trade.pnlPercent,
    exit_reason: trade.exitReason,
    stop: trade.stop,
    commission: trade.commission,
    ...excursions(bars.series, trade),
    symbol: bars.symbol,
  }));
}

function openRow({ bars, openPosition }: SymbolResult) {
  if (openPosition === null) return [];
  return [
    {
      entry_time: timeOf(bars, openPosition.entryBar),
      entry_price: openPosition.entryPrice,
      size: openPosition.size,
      stop: openPosition.stop,
      target: openPosition.target,
      last_price: openPosition.lastPrice,
      unrealized_pnl: openPosition.unrealizedPnl,
      unrealized_pnl_percent: openPosition.unrealizedPnlPercent,
      symbol: bars.symbol,
    },
  ];
}

/** How each symbol's closed trades went. */
function symbolRow({ bars, trades }: SymbolResult) {
  const outcome = outcomeFigures(trades.length, (index) => trades.pnl(index));
  return {
    symbol: bars.symbol,
    bars: barsOf(bars),
    trades: outcome.trades,
    pnl: outcome.pnl,
    win_rate_percent: outcome.winRatePercent,
    profit_factor: outcome.profitFactor,
  };
}

function inTime<Row extends { readonly bar: number }>(
  symbols: readonly SymbolResult[],
  rowsOf: (result: SymbolResult) => readonly Row[],
) {
  return symbols
    .flatMap((result) =>
      rowsOf(result).map(({ bar, ...row }) => ({
        time: timeOf(result.bars, bar),
        ...row,
        symbol: result.bars.symbol,
      })),
    )
    .toSorted((one, two) => compare(one.time, two.time));
}

/** Dollars: how far a trade went against it and for it while it was held; in R where it had a stop. */
function excursions(series: BarSeries, trade: Trade) {
  const { mae, mfe, maeR, mfeR, rMultiple } = figuresOfTrade(series, trade);
  return {
    mae: mae?.toNumber() ?? null,
    mfe: mfe?.toNumber() ?? null,
    mae_r: maeR,
    mfe_r: mfeR,
    r_multiple: rMultiple,
  };
}

/** What buying everything and holding it would have come to. */
export function benchmarkFigures(symbols: readonly SymbolBars[], time: Float64Array, cash: number) {
  const held = buyAndHold(symbols, time, cash);
  return {
    name: "buy_and_hold",
    final_equity: held.finalEquity,
    return_percent: held.returnPercent,
    max_drawdown_percent: held.maxDrawdownPercent,
    cagr_percent: held.cagrPercent,
    sharpe: held.sharpe,
    sortino: held.sortino,
    calmar: held.calmar,
  };
}

/** The default is told by its number alone, as ever. */
function sizingFigures(sizing: Sizing): Params {
  switch (sizing.rule) {
    case "fixed_fraction":
      return { fraction: sizing.fraction };
    case "fixed_risk":
      return { sizing: sizing.rule, risk_pct: sizing.riskPct };
    case "volatility":
      return { sizing: sizing.rule, target_vol_pct: sizing.targetVolPct };
    case "kelly":
      return { sizing: sizing.rule, kelly_fraction: sizing.kellyFraction, fraction: sizing.fraction };
  }
}

/** The exits that are on; a dozen that are off would bury them. */
function activeExits(rules: ExitRules): Params {
  const given = EXIT_KEYS.filter((key) => rules[key] !== undefined);
  return Object.fromEntries(given.map((key) => [EXIT_OPTIONS[key].name, rules[key] ?? "none"]));
}

/** The signal filter, where one was asked: its threshold and its model, a version or a file. */
function filterFigures(symbols: readonly Pick<SymbolResult, "bars">[]): Params {
  const filter = symbols.find(({ bars }) => bars.filter !== undefined)?.bars.filter;
  return filter === undefined
    ? {}
    : { ml_filter: filter.threshold, ml_model: filter.model.label.replace(/^model /, "") };
}

/** The rules that were set, by their names; `gates` says whether entries had to pass any. */
export function ruleFigures(rules: Omit<BacktestRules, "gates">, gates: boolean): Params {
  return {
    cash: rules.cash,
    ...sizingFigures(rules.sizing),
    ...(rules.maxPositionPct === undefined ? {} : { max_position_pct: rules.maxPositionPct }),
    stop_atr: rules.stopAtr,
    ...((rules.slippageBps ?? 0) === 0 ? {} : { slippage_bps: rules.slippageBps }),
    ...((rules.spread ?? 0) === 0 ? {} : { spread: rules.spread }),
    take_profit_pct: "none",
    ...activeExits(rules),
    commission: rules.commission,
    tick: rules.roundToTick,
    gates,
  };
}
