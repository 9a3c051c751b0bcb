import { readFileSync } from "node:fs";
import type { Config } from "./config.ts";
import { isTimeframe, TIMEFRAMES, type Bar } from "./core/bar.ts";
import { seriesOf } from "./core/bar-series.ts";
import { checkBars } from "./core/bars.ts";
import { barCloseMs, exchangeDay, inSession } from "./core/calendar.ts";
import { UsageError } from "./core/errors.ts";
import { DAY_MS } from "./core/iso-time.ts";
import { instant } from "./export.ts";
import type { Log } from "./ports.ts";
import type { BarsInput } from "./research/cli.ts";

export interface BarOptions {
  readonly csv?: readonly string[];
  readonly symbol?: string;
  readonly timeframe?: string;
  readonly from?: string;
  readonly to?: string;
}

export interface Settings {
  readonly config: Config;
  readonly log: Log;
}

/** Read only where bars come from Alpaca: a file needs no configuration. */
type ReadSettings = () => Settings;

/** Bars from a file or from Alpaca, for backtest and signals. */
export async function readBars(options: BarOptions, settings: ReadSettings): Promise<BarsInput> {
  const [only, ...more] = await readSymbols(options, settings);
  if (only === undefined || more.length > 0) throw new UsageError("one symbol, or one --csv FILE, at a time");
  return only;
}

/** As `readBars`, for as many files or symbols as were named. */
export async function readSymbols(
  { csv = [], ...options }: BarOptions,
  settings: ReadSettings,
): Promise<readonly BarsInput[]> {
  if (csv.length > 0 && options.symbol !== undefined)
    throw new UsageError("--csv and --symbol exclude each other: bars come from one place");
  if (csv.length > 0) return Promise.all(csv.map((file) => readFileBars(file, options)));
  return fetchBars(settings(), options);
}

async function readFileBars(file: string, { from, to }: BarOptions): Promise<BarsInput> {
  const { parseCsv } = await import("./research/csv.ts");
  const { periodOf } = await import("./research/period.ts");
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(`--csv ${file}: ${error instanceof Error ? error.message : "cannot be read"}`);
  }
  return {
    symbol: file.replace(/^.*\//, "").replace(/\.csv$/i, ""),
    ...periodOf(
      parseCsv(file, bytes),
      from === undefined ? Number.NEGATIVE_INFINITY : instant("--from", from),
      to === undefined ? Number.POSITIVE_INFINITY : endOfPeriod(to),
    ),
  };
}

/** A day is meant as a whole. */
function endOfPeriod(text: string): number {
  return instant("--to", text) + (/^\d{4}-\d\d-\d\d$/.test(text) ? DAY_MS - 1 : 0);
}

/** Closed bars of the regular session, as live runs see them. */
async function fetchBars({ config, log }: Settings, options: BarOptions): Promise<readonly BarsInput[]> {
  const { symbol, timeframe = "1Day", from, to } = options;
  if (symbol === undefined || from === undefined)
    throw new UsageError("bars: give --csv FILE, or --symbol, --timeframe and --from (and --to) for Alpaca");
  if (!isTimeframe(timeframe))
    throw new UsageError(`--timeframe ${timeframe}: expected one of ${TIMEFRAMES.join(", ")}`);
  const startMs = instant("--from", from);
  const endMs = to === undefined ? Date.now() : endOfPeriod(to);
  if (endMs <= startMs) throw new UsageError(`--to ${to ?? "now"} is not after --from ${from}`);
  const { paperKeys, liveKeys, tradingUrl, dataUrl, tradingStreamUrl, feed } = config.alpaca;
  const keys = paperKeys ?? liveKeys;
  if (keys === null)
    throw new UsageError(
      "bars of a symbol come from Alpaca: set ALPACA_API_KEY and ALPACA_SECRET_KEY, or give --csv FILE",
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
  const symbols = symbol.split(",").map((each) => each.trim().toUpperCase());
  const [days, found] = await Promise.all([
    broker.calendar(exchangeDay(startMs), exchangeDay(endMs)),
    market.bars(timeframe, symbols, startMs, endMs),
  ]);
  const sessions = new Map(days.map((session) => [session.date, session]));
  const nowMs = Date.now();
  const counts = (bar: Bar): boolean =>
    inSession(bar, timeframe, sessions) && barCloseMs(bar.time, timeframe, sessions) <= nowMs;
  return symbols.map((each) => {
    const bars = (found.get(each) ?? []).filter(counts);
    if (bars.length === 0)
      throw new UsageError(
        `no ${timeframe} bars of ${each} between ${from} and ${to ?? "now"}: check the symbol and the dates`,
      );
    const { sound, faults } = checkBars(each, bars);
    if (faults[0] !== undefined)
      throw new UsageError(`Alpaca sent ${faults.length} bad bars, the first: ${faults[0].text}`);
    return { symbol: each, series: seriesOf(sound) };
  });
}
