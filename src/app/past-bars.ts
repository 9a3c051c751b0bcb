import type { Bar, Timeframe } from "../core/bar.ts";
import { checkBars } from "../core/bars.ts";
import { barCloseMs, historyMs, inSession } from "../core/calendar.ts";
import { UsageError } from "../core/errors.ts";
import { DAY_MS } from "../core/iso-time.ts";
import type { MarketData, Outcome, PastBars, PastBarsRequest, Session } from "../ports.ts";
import type { Engine } from "./context.ts";
import { marketHours, sessionsSince } from "./market-hours.ts";
import { refused } from "./runs.ts";

export interface History {
  /** Sound bars of the regular session, the forming one last. */
  readonly bars: readonly Bar[];
  /** How many of them are closed. */
  readonly closed: number;
}

/** Bars of these symbols from the data source, as strategies see them; one request for all. */
export async function readHistory(
  engine: Engine,
  symbols: readonly string[],
  timeframe: Timeframe,
  startMs: number,
  nowMs: number,
  source: Pick<MarketData, "bars"> = engine.market,
): Promise<ReadonlyMap<string, History>> {
  const sessions: ReadonlyMap<string, Session> = await sessionsSince(engine, startMs, nowMs);
  const found = await source.bars(timeframe, symbols, startMs, nowMs);
  return new Map(
    symbols.map((symbol) => {
      const { sound } = checkBars(symbol, found.get(symbol) ?? []);
      const bars = sound.filter((bar) => inSession(bar, timeframe, sessions));
      const forming = bars.findIndex((bar) => barCloseMs(bar.time, timeframe, sessions) > nowMs);
      return [symbol, { bars, closed: forming < 0 ? bars.length : forming }];
    }),
  );
}

/** Closed bars of the last days, and before them what warms up a strategy's indicators. */
export async function pastBars(engine: Engine, request: PastBarsRequest): Promise<Outcome<PastBars>> {
  const { symbols, timeframe, days, warmupBars } = request;
  for (const symbol of symbols)
    if ((await engine.broker.asset(symbol)) === undefined)
      return refused(`unknown symbol ${symbol}: ${engine.broker.name} does not list it`);
  const { nowMs } = await marketHours(engine);
  const fromMs = nowMs - days * DAY_MS;
  const startMs = fromMs - historyMs(warmupBars, timeframe);
  let histories: Awaited<ReturnType<typeof readHistory>>;
  try {
    histories = await readHistory(engine, symbols, timeframe, startMs, nowMs, engine.past);
  } catch (error) {
    if (error instanceof UsageError) return refused(error.message);
    throw error;
  }
  const bars = new Map([...histories].map(([symbol, each]) => [symbol, each.bars.slice(0, each.closed)]));
  const empty = symbols.filter((symbol) => (bars.get(symbol)?.at(-1)?.time ?? 0) < fromMs);
  if (empty.length > 0)
    return refused(
      `no ${timeframe} bars of ${empty.join(", ")} in the last ${days === 1 ? "day" : `${days} days`}`,
    );
  return { kind: "done", text: "", value: { fromMs, bars } };
}
