import type { Bar, Timeframe } from "../core/bar.ts";
import { seriesOf } from "../core/bar-series.ts";
import { daysForBars } from "../core/calendar.ts";
import { DAY_MS } from "../core/iso-time.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { Plot } from "../core/strategies/plot.ts";
import { didYouMean } from "../core/suggest.ts";
import type { ChartView, Outcome, PositionView, Run } from "../ports.ts";
import type { Engine } from "./context.ts";
import { timeScale, type TimeScale } from "./market-hours.ts";
import { readHistory, type History } from "./past-bars.ts";
import { positionViews } from "./reports.ts";
import { refused } from "./runs.ts";
import { readPrices } from "./watch.ts";

const SHOWN_BARS = 120;
/** More are shown to reach back to the entry of what is open. */
const MOST_BARS = 500;
/** Of the entry's bar, bars shown before it. */
const BEFORE_ENTRY = 10;
/** Wilder averages depend on where they start; live runs fetch ten times the longest period, too. */
const HISTORY_FACTOR = 10;
const MOST_FILLS = 200;

/** Bars of a symbol with the averages of the run that trades it, its fills, and what is open. */
export async function chartView(
  engine: Engine,
  request: { readonly symbol: string; readonly timeframe?: Timeframe },
): Promise<Outcome<ChartView>> {
  const { symbol } = request;
  const runs = await runsOf(engine, symbol);
  if ((await engine.broker.asset(symbol)) === undefined) return refused(await unknownSymbol(engine, symbol));
  const positions = await positionViews(engine, { symbol });
  const run = chosenRun(runs, positions, request.timeframe);
  const timeframe = request.timeframe ?? run?.options.timeframe ?? "15Min";
  const scale = await timeScale(engine);
  const history = await fetchBars(engine, symbol, timeframe, historyBars(run), scale);
  const shown = shownBars(history.bars, positions, scale);
  const from = history.bars.length - shown;
  const bars = history.bars.slice(from);
  const price = await priceOf(engine, symbol);
  const matches = run?.options.timeframe === timeframe;
  return {
    kind: "done",
    text: "",
    value: {
      symbol,
      timeframe,
      bars,
      strategyId: matches ? run.strategyId : null,
      plot: matches ? plotOf(engine, run, history, from) : null,
      fills: await fillsOf(engine, symbol, positions, bars, scale),
      positions,
      price: price ?? bars.at(-1)?.close ?? null,
    },
  };
}

async function runsOf(engine: Engine, symbol: string): Promise<readonly Run[]> {
  const runs = await engine.ledger.runs({ accountId: engine.accountId, status: ["running", "paused"] });
  return runs.filter((run) => run.symbols.includes(symbol));
}

async function unknownSymbol(engine: Engine, symbol: string): Promise<string> {
  const runs = await engine.ledger.runs({ accountId: engine.accountId, status: ["running", "paused"] });
  const open = await engine.ledger.openPositions(engine.accountId);
  const near = didYouMean(symbol, [
    ...new Set([...open.map((each) => each.symbol), ...runs.flatMap((run) => run.symbols)]),
  ]);
  const advice = near === undefined ? "" : `; did you mean ${near}?`;
  return `unknown symbol ${symbol}: ${engine.broker.name} does not list it${advice}`;
}

/** The run on the wanted timeframe, one that holds a position first, then the newest. */
function chosenRun(
  runs: readonly Run[],
  positions: readonly PositionView[],
  timeframe: Timeframe | undefined,
): Run | undefined {
  const holds = (run: Run): boolean => positions.some(({ position }) => position.runId === run.id);
  return runs
    .filter((run) => timeframe === undefined || run.options.timeframe === timeframe)
    .toSorted((a, b) => Number(holds(b)) - Number(holds(a)) || b.startedAt - a.startedAt)[0];
}

function historyBars(run: Run | undefined): number {
  const strategy = run === undefined ? undefined : strategyById(run.strategyId);
  const longest = run === undefined ? 0 : (strategy?.longestPeriod(run.params) ?? 0);
  return MOST_BARS + HISTORY_FACTOR * longest;
}

async function fetchBars(
  engine: Engine,
  symbol: string,
  timeframe: Timeframe,
  wanted: number,
  { nowMs }: TimeScale,
): Promise<History> {
  const startMs = nowMs - daysForBars(wanted, timeframe) * DAY_MS;
  const found = await readHistory(engine, [symbol], timeframe, startMs, nowMs);
  return found.get(symbol) ?? { bars: [], closed: 0 };
}

/** Enough to see the entry of what is open, and not more than a phone can show. */
function shownBars(bars: readonly Bar[], positions: readonly PositionView[], scale: TimeScale): number {
  const entryMs = Math.min(...positions.map(({ position }) => scale.toMarket(position.entryTime)));
  const entry = bars.findIndex((bar) => bar.time > entryMs);
  const sinceEntry = entry < 0 ? 0 : bars.length - entry + BEFORE_ENTRY;
  return Math.min(bars.length, MOST_BARS, Math.max(SHOWN_BARS, sinceEntry));
}

/** Over closed bars alone, as the strategy sees them; the forming one has no value yet. */
function plotOf(engine: Engine, run: Run, { bars, closed }: History, from: number): Plot | null {
  const plot = plotOver(engine, run, bars.slice(0, closed));
  if (plot === undefined) return null;
  const shown = (values: Float64Array): Float64Array => {
    const whole = new Float64Array(bars.length).fill(Number.NaN);
    whole.set(values);
    return whole.subarray(from);
  };
  return {
    lines: plot.lines.map((line) => ({ ...line, values: shown(line.values) })),
    ...(plot.panel === undefined ? {} : { panel: { ...plot.panel, values: shown(plot.panel.values) } }),
  };
}

function plotOver(engine: Engine, run: Run, bars: readonly Bar[]): Plot | undefined {
  try {
    return strategyById(run.strategyId)?.plot(run.params, seriesOf(bars), run.options.timeframe);
  } catch (error) {
    engine.log.warn({ run: run.id, error }, "the strategy failed to plot; the chart is without its lines");
    return undefined;
  }
}

async function fillsOf(
  engine: Engine,
  symbol: string,
  positions: readonly PositionView[],
  bars: readonly Bar[],
  scale: TimeScale,
): Promise<ChartView["fills"]> {
  const [first] = bars;
  if (first === undefined) return [];
  const sinceMs = scale.toWall(first.time);
  const trades = await engine.ledger.trades({
    accountId: engine.accountId,
    symbol,
    sinceMs,
    limit: MOST_FILLS,
  });
  const bought = [...trades, ...positions.map(({ position }) => position)].map((each) => ({
    side: "buy" as const,
    atMs: scale.toMarket(each.entryTime),
    price: each.entryPrice.toNumber(),
  }));
  const sold = trades.map((trade) => ({
    side: "sell" as const,
    atMs: scale.toMarket(trade.exitTime),
    price: trade.exitPrice.toNumber(),
  }));
  return [...bought, ...sold].filter(({ atMs }) => atMs >= first.time).toSorted((a, b) => a.atMs - b.atMs);
}

async function priceOf(engine: Engine, symbol: string): Promise<number | undefined> {
  try {
    return (await readPrices(engine, [symbol])).get(symbol)?.price;
  } catch (error) {
    engine.log.warn({ symbol, error }, "no fresh price for the chart");
    return undefined;
  }
}
