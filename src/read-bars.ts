import { readFileSync } from "node:fs";
import { cachedBars } from "./app/cached-bars.ts";
import { sessionBars } from "./app/session-bars.ts";
import { barSource, type Config } from "./config.ts";
import { isTimeframe, TIMEFRAMES, type Timeframe } from "./core/bar.ts";
import { seriesOf } from "./core/bar-series.ts";
import { checkBars } from "./core/bars.ts";
import { historyMs } from "./core/calendar.ts";
import { UsageError } from "./core/errors.ts";
import { DAY_MS } from "./core/iso-time.ts";
import { instant } from "./export.ts";
import type { BarArchive, KeptHistory, Log, MarketData } from "./ports.ts";
import type { BarsInput } from "./research/cli.ts";

export interface BarOptions {
  readonly csv?: readonly string[];
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly from?: string;
  readonly to?: string;
  readonly fromStore?: boolean;
  readonly source?: string;
}

export interface Settings {
  readonly config: Config;
  readonly log: Log;
}

/** Read only where bars come from Alpaca or the store: a file needs no configuration. */
type ReadSettings = () => Settings;

/** The database with its past bars; closed by whoever opened it. */
export type OpenArchive = (settings: Settings) => Promise<BarArchive & { close(): Promise<void> }>;

/** Bars from a file or from Alpaca, for backtest and signals; those of Alpaca with `warmupBars` before --from. */
export async function readBars(
  options: BarOptions,
  warmupBars: number,
  settings: ReadSettings,
  open: OpenArchive,
): Promise<BarsInput> {
  const [only, ...more] = await readSymbols(options, warmupBars, settings, open);
  if (only === undefined || more.length > 0) throw new UsageError("one symbol, or one --csv FILE, at a time");
  return only;
}

/** As `readBars`, for as many files or symbols as were named. */
export async function readSymbols(
  { csv = [], ...options }: BarOptions,
  warmupBars: number,
  settings: ReadSettings,
  open: OpenArchive,
): Promise<readonly BarsInput[]> {
  if (csv.length > 0 && options.symbol !== undefined)
    throw new UsageError("--csv and --symbol exclude each other: bars come from one place");
  if (options.fromStore === true) return readKeptBars(options, warmupBars, await open(settings()));
  if (csv.length > 0) return Promise.all(csv.map((file) => readFileBars(file, options)));
  return fetchBars(settings(), options, warmupBars, open);
}

/** Bars of the store alone; those before --from warm the indicators up, as in a file. Refused where some were never fetched. */
async function readKeptBars(
  options: BarOptions,
  warmupBars: number,
  archive: Awaited<ReturnType<OpenArchive>>,
): Promise<readonly BarsInput[]> {
  try {
    const { symbols, timeframe } = namedBars(options);
    const { periodOf } = await import("./research/period.ts");
    const { stretchFor } = await import("./research/stretch.ts");
    const asked = { from: startOf(options), to: endOf(options), warmupBars, nowMs: Date.now() };
    const found: BarsInput[] = [];
    for (const symbol of symbols) {
      const history = await keptHistory(archive, symbol, timeframe, options.source);
      const stretch = stretchFor(history, await archive.coverage(history), asked);
      const bars = await archive.keptBars(history, stretch);
      const [fault] = checkBars(symbol, bars).faults;
      if (fault !== undefined) throw new UsageError(`a bad bar is kept of ${history.source}: ${fault.text}`);
      found.push({ symbol, ...periodOf(seriesOf(bars), asked.from, asked.to) });
    }
    return found;
  } finally {
    await archive.close();
  }
}

async function keptHistory(
  archive: BarArchive,
  symbol: string,
  timeframe: Timeframe,
  source: string | undefined,
): Promise<KeptHistory> {
  const all = await archive.histories(symbol, timeframe);
  const [only, ...more] = all.filter((each) => source === undefined || each.source === source);
  const sources = all.map((each) => `--source "${each.source}"`).join(" or ");
  if (only === undefined)
    throw new UsageError(
      all.length === 0
        ? `no ${timeframe} bars of ${symbol} are kept; alphaflow import-bars takes a file or fetches them`
        : `no ${timeframe} bars of ${symbol} are kept from ${source ?? "there"}; there is ${sources}`,
    );
  if (more.length > 0)
    throw new UsageError(`${timeframe} bars of ${symbol} are kept from several places: say ${sources}`);
  return only;
}

/** Symbols in capitals and the timeframe, 1Day unless given. */
export function namedBars({ symbol, timeframe = "1Day" }: BarOptions): {
  readonly symbols: readonly string[];
  readonly timeframe: Timeframe;
} {
  if (symbol === undefined) throw new UsageError("whose bars? --symbol AAPL, or AAPL,MSFT");
  if (!isTimeframe(timeframe))
    throw new UsageError(`--timeframe ${timeframe}: expected one of ${TIMEFRAMES.join(", ")}`);
  return { symbols: symbol.split(",").map((each) => each.trim().toUpperCase()), timeframe };
}

function startOf({ from }: BarOptions): number {
  return from === undefined ? Number.NEGATIVE_INFINITY : instant("--from", from);
}

/** A day is meant as a whole. */
function endOf({ to }: BarOptions): number {
  if (to === undefined) return Number.POSITIVE_INFINITY;
  return instant("--to", to) + (/^\d{4}-\d\d-\d\d$/.test(to) ? DAY_MS - 1 : 0);
}

/** The bytes of a file; a UsageError where it cannot be read. */
export function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`--csv ${file}: ${error instanceof Error ? error.message : "cannot be read"}`);
  }
}

async function readFileBars(file: string, options: BarOptions): Promise<BarsInput> {
  const { parseCsv } = await import("./research/csv.ts");
  const { periodOf } = await import("./research/period.ts");
  return {
    symbol: file.replace(/^.*\//, "").replace(/\.csv$/i, ""),
    ...periodOf(parseCsv(file, readBytes(file)), startOf(options), endOf(options)),
  };
}

/** Where closed bars of the regular session come from: Alpaca, through what is kept already where the database can be opened. */
export async function openAlpacaBars(
  { config, log }: Settings,
  open: OpenArchive,
): Promise<{ readonly market: Pick<MarketData, "bars">; close(): Promise<void> }> {
  const { paperKeys, liveKeys, tradingUrl, dataUrl, tradingStreamUrl, feed } = config.alpaca;
  const keys = paperKeys ?? liveKeys;
  if (keys === null)
    throw new UsageError(
      "bars of a symbol come from Alpaca: set ALPACA_API_KEY and ALPACA_SECRET_KEY, or give --csv FILE or --from-store",
    );
  const { createAlpaca } = await import("./adapters/alpaca/create-alpaca.ts");
  const { broker, market } = createAlpaca({
    ...keys,
    paper: paperKeys !== null,
    tradingUrl,
    dataUrl,
    tradingStreamUrl,
    feed,
    log,
  });
  const closed = sessionBars({ broker, market, nowMs: Date.now });
  try {
    const archive = await open({ config, log });
    const source = barSource(config);
    return {
      market: cachedBars({ archive, market: closed, source, log, nowMs: Date.now }),
      close: () => archive.close(),
    };
  } catch (error) {
    // PGlite belongs to one process at a time: beside a running bot bars are fetched as they are.
    log.warn({ error }, "no store for bars: they are fetched and not kept");
    return { market: closed, close: () => Promise.resolve() };
  }
}

/** A stretch of time that was asked for; until now unless it says so. */
export function askedPeriod(options: BarOptions): { readonly startMs: number; readonly endMs: number } {
  const { from, to } = options;
  if (from === undefined) throw new UsageError("since when? --from 2024-01-01");
  const [startMs, endMs] = [startOf(options), to === undefined ? Date.now() : endOf(options)];
  if (endMs <= startMs) throw new UsageError(`--to ${to ?? "now"} is not after --from ${from}`);
  return { startMs, endMs };
}

async function fetchBars(
  settings: Settings,
  options: BarOptions,
  warmupBars: number,
  open: OpenArchive,
): Promise<readonly BarsInput[]> {
  if (options.symbol === undefined || options.from === undefined)
    throw new UsageError(
      "bars: give --csv FILE, or --symbol, --timeframe and --from (and --to) for Alpaca, or --symbol and --from-store",
    );
  const { symbols, timeframe } = namedBars(options);
  const { startMs, endMs } = askedPeriod(options);
  const alpaca = await openAlpacaBars(settings, open);
  try {
    const { periodOf } = await import("./research/period.ts");
    const historyFrom = startMs - historyMs(warmupBars, timeframe);
    const found = await alpaca.market.bars(timeframe, symbols, historyFrom, endMs);
    return symbols.map((symbol) => {
      const { sound, faults } = checkBars(symbol, found.get(symbol) ?? []);
      if (faults[0] !== undefined)
        throw new UsageError(`Alpaca sent ${faults.length} bad bars, the first: ${faults[0].text}`);
      if ((sound.at(-1)?.time ?? Number.NEGATIVE_INFINITY) < startMs)
        throw new UsageError(
          `no ${timeframe} bars of ${symbol} between ${options.from} and ${options.to ?? "now"}: check the symbol and the dates`,
        );
      return { symbol, ...periodOf(seriesOf(sound), startMs, endMs) };
    });
  } finally {
    await alpaca.close();
  }
}
