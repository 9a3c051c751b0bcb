import { exchangeDay } from "../core/calendar.ts";
import { correlationOf, type DailyCloses } from "../core/risk/correlation.ts";
import type { MarketFigures } from "../core/risk/contract.ts";
import { readAccount, type AccountRead } from "./account.ts";
import type { ExternalView } from "../ports.ts";
import type { Engine } from "./context.ts";
import { knownExternals } from "./external-holdings.ts";
import { deskLimits } from "./limits.ts";
import { marketHours, sessionsSince } from "./market-hours.ts";
import { readPrices } from "./watch.ts";

const DAY_MS = 86_400_000;
/** Calendar days that hold 61 sessions, holidays and all. */
const CLOSES_DAYS = 100;
/** Daily bars that could not be read are asked for again after this. */
const RETRY_MS = 60_000;

/** What the checks of an entry need from outside the database, read before the transaction. */
export interface PreTradeFacts {
  readonly account: AccountRead;
  readonly market: MarketFigures;
  readonly correlation: (symbol: string, other: string) => number | undefined;
  readonly externals: readonly ExternalView[];
}

/**
 * Reads it for an entry in `symbol`. Throws when broker or data source fail: nothing is decided then. Only daily bars may
 * be missing: their symbols count as correlated.
 */
export async function readFacts(engine: Engine, symbol: string): Promise<PreTradeFacts> {
  const account = engine.state.account ?? (await readAccount(engine));
  const hours = await marketHours(engine);
  const externals = await knownExternals(engine);
  await readCloses(engine, [symbol, ...(await symbolsAtWork(engine, externals))], hours.nowMs);
  const sessions = await sessionsSince(engine, hours.nowMs, hours.nowMs);
  const { spread_pct: maxSpread } = await deskLimits(engine, engine.ledger);
  const quote = maxSpread === null ? undefined : (await engine.market.latestQuotes([symbol])).get(symbol);
  return {
    account,
    market: {
      nowMs: hours.nowMs,
      isOpen: hours.open,
      session: sessions.get(exchangeDay(hours.nowMs)),
      calendarKnown: engine.state.calendar !== null,
      // Whoever asks has read the price just now, for its decision.
      last: engine.state.prices.get(symbol) ?? (await readPrices(engine, [symbol])).get(symbol),
      quote,
      tradable: await isTradable(engine, symbol, hours.nowMs),
    },
    correlation: correlations(engine),
    externals,
  };
}

/** As `readFacts`, for the desk as a whole: no symbol is asked about. */
export async function readDeskFacts(engine: Engine): Promise<PreTradeFacts> {
  const account = await readAccount(engine);
  const hours = await marketHours(engine);
  const externals = await knownExternals(engine);
  await readCloses(engine, await symbolsAtWork(engine, externals), hours.nowMs);
  return {
    account,
    market: {
      nowMs: hours.nowMs,
      isOpen: hours.open,
      session: undefined,
      calendarKnown: engine.state.calendar !== null,
      last: undefined,
      quote: undefined,
      tradable: undefined,
    },
    correlation: correlations(engine),
    externals,
  };
}

async function symbolsAtWork(engine: Engine, externals: readonly ExternalView[]): Promise<readonly string[]> {
  const positions = await engine.ledger.openPositions(engine.accountId);
  const orders = await engine.ledger.liveOrders(engine.accountId);
  const runs = await engine.ledger.runs({ accountId: engine.accountId, status: ["running", "paused"] });
  return [
    ...[...positions, ...sharesAmong([...orders, ...externals, ...(engine.state.foreignOrders ?? [])])].map(
      (each) => each.symbol,
    ),
    // What may be held soon is asked for together with what is: one request a day, not one a symbol.
    ...runs.flatMap((run) => run.symbols),
  ];
}

/** Somebody's crypto pair or option has no daily bars of shares, and asking for them fails for all that are asked for with it. */
function sharesAmong<T extends { readonly symbol: string }>(things: readonly T[]): readonly T[] {
  return things.filter(({ symbol }) => /^[A-Z]{1,5}(?:\.[A-Z]{1,2})?$/.test(symbol));
}

/** One symbol moves with itself; of the others each pair is reckoned once a day. */
function correlations(engine: Engine): PreTradeFacts["correlation"] {
  const { closes } = engine.state.daily;
  return (symbol, other) => {
    if (symbol === other) return 1;
    const [one, two] = [closes.get(symbol), closes.get(other)];
    return one === undefined || two === undefined ? undefined : pairOf(engine, symbol, other, one, two);
  };
}

function pairOf(
  engine: Engine,
  symbol: string,
  other: string,
  one: DailyCloses,
  two: DailyCloses,
): number | undefined {
  const { pairs } = engine.state.daily;
  const key = symbol < other ? `${symbol} ${other}` : `${other} ${symbol}`;
  const known = pairs.get(key);
  if (known !== undefined) return known.correlation;
  const correlation = correlationOf(one, two);
  pairs.set(key, { correlation });
  return correlation;
}

/** Daily closes of these symbols, once a day and symbol, all that are missing in one request. The day that still forms is left out. */
async function readCloses(engine: Engine, symbols: readonly string[], nowMs: number): Promise<void> {
  const { daily } = engine.state;
  const today = exchangeDay(nowMs);
  if (daily.day !== today) {
    daily.day = today;
    daily.closes.clear();
    daily.pairs.clear();
  }
  const missing = [...new Set(symbols)].filter((symbol) => !daily.closes.has(symbol));
  // One symbol alone has nothing to be compared with.
  if (missing.length === 0 || new Set(symbols).size < 2 || performance.now() < daily.retryAt) return;
  try {
    const bars = await engine.market.bars("1Day", missing, nowMs - CLOSES_DAYS * DAY_MS, nowMs);
    for (const symbol of missing)
      daily.closes.set(
        symbol,
        new Map(
          (bars.get(symbol) ?? []).flatMap((bar) => {
            const day = exchangeDay(bar.time);
            return day < today ? [[day, bar.close] as const] : [];
          }),
        ),
      );
  } catch (error) {
    daily.retryAt = performance.now() + RETRY_MS;
    engine.log.warn({ error, symbols: missing }, "no daily bars: these symbols count as correlated");
  }
}

/** What the broker says of the symbol, asked once a day. */
async function isTradable(engine: Engine, symbol: string, nowMs: number): Promise<boolean | undefined> {
  const { assets } = engine.state;
  const today = exchangeDay(nowMs);
  const known = assets.get(symbol);
  if (known?.day === today) return known.tradable;
  const tradable = (await engine.broker.asset(symbol))?.tradable;
  assets.set(symbol, { day: today, tradable });
  return tradable;
}
