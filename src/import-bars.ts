import { TIMEFRAME_MS, type Bar, type Timeframe } from "./core/bar.ts";
import { barsOf, type BarSeries } from "./core/bar-series.ts";
import { UsageError } from "./core/errors.ts";
import { counted } from "./core/figures.ts";
import { DAY_MS, isoTime } from "./core/iso-time.ts";
import type { BarArchive, History, KeptHistory } from "./ports.ts";
import {
  askedPeriod,
  namedBars,
  openAlpacaBars,
  readBytes,
  type BarOptions,
  type OpenArchive,
  type Settings,
} from "./read-bars.ts";
import { parseCsv } from "./research/csv.ts";
import { inferTimeframe, usualDistanceMs } from "./research/timeframe.ts";

const FILE_SOURCE = "csv";
const LONG_WEEKEND_MS = 4 * DAY_MS;
const UNITS = [
  ["day", DAY_MS],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;
const COLUMNS = ["open", "high", "low", "close", "volume"] as const;

/** What `import-bars` was given: one file, or what to fetch from Alpaca. */
export type ImportOptions = Omit<BarOptions, "csv"> & { readonly csv?: string };

/**
 * Keeps bars of a file or of Alpaca in the database; what is there already stays as it is. Returns a line a symbol. Throws a
 * UsageError that names the first row that is wrong, or that is kept with other values: then nothing of the file was kept.
 */
export async function importBars(
  { csv, ...options }: ImportOptions,
  settings: Settings,
  open: OpenArchive,
): Promise<string> {
  if (options.timeframe === undefined) throw new UsageError("how long is a bar? --timeframe 15Min");
  const { symbols, timeframe } = namedBars(options);
  if (csv === undefined) return fetchInto(symbols, timeframe, options, settings, open);
  const [symbol, ...more] = symbols;
  if (symbol === undefined || more.length > 0)
    throw new UsageError("a file has the bars of one symbol: --symbol AAPL");
  const series = parseCsv(csv, readBytes(csv));
  refuseOtherDistance(csv, series, timeframe);
  const archive = await open(settings);
  try {
    return await keepFile(archive, { symbol, timeframe, source: FILE_SOURCE }, csv, series);
  } finally {
    await archive.close();
  }
}

/** Bars of another length than they are said to have would trade as what they are not. */
function refuseOtherDistance(file: string, series: BarSeries, timeframe: Timeframe): void {
  const distanceMs = usualDistanceMs(series);
  if (distanceMs === undefined || distanceMs === TIMEFRAME_MS[timeframe]) return;
  // Between two bars alone there may be a night or a weekend.
  if (series.length === 2 && distanceMs > TIMEFRAME_MS[timeframe] && distanceMs <= LONG_WEEKEND_MS) return;
  throw new UsageError(
    `${file}: its bars are ${inferTimeframe(series) ?? distanceText(distanceMs)} apart, not ${timeframe}`,
  );
}

/** `31 days`, `90 minutes`: in the largest unit that makes a whole number. */
function distanceText(ms: number): string {
  const [name, unitMs] = UNITS.find(([, each]) => ms % each === 0) ?? ["millisecond", 1];
  return counted(ms / unitMs, name);
}

async function keepFile(
  archive: BarArchive,
  history: History,
  file: string,
  series: BarSeries,
): Promise<string> {
  const bars = barsOf(series);
  const saved = await archive.saveBars(history, bars, null);
  switch (saved.kind) {
    case "saved":
      return `${line(await keptOf(archive, history))}; ${count(saved.added)} of ${count(bars.length)} in the file are new`;
    case "conflict": {
      const { kept, given } = saved;
      // The header is line 1.
      const row = bars.findIndex(({ time }) => time === given.time) + 2;
      throw new UsageError(`${file} line ${row}, ${difference(kept, given)}; nothing was imported`);
    }
  }
}

function difference(kept: Bar, given: Bar): string {
  const column = COLUMNS.find((name) => kept[name] !== given[name]) ?? "close";
  return `column ${column}: ${given[column]}, but ${isoTime(given.time)} is kept with ${kept[column]}`;
}

async function fetchInto(
  symbols: readonly string[],
  timeframe: Timeframe,
  options: BarOptions,
  settings: Settings,
  open: OpenArchive,
): Promise<string> {
  const { startMs, endMs } = askedPeriod(options);
  const archive = await open(settings);
  try {
    // The same connection throughout: PGlite has no other.
    const { market } = await openAlpacaBars(settings, () => Promise.resolve(archive));
    const lines: string[] = [];
    for (const symbol of symbols) {
      await market.bars(timeframe, [symbol], startMs, endMs);
      const kept = await archive.histories(symbol, timeframe);
      lines.push(...kept.map(line));
      if (kept.length === 0) lines.push(`${symbol} ${timeframe}: no bars in that time`);
    }
    return lines.join("\n");
  } finally {
    await archive.close();
  }
}

async function keptOf(archive: BarArchive, { symbol, timeframe, source }: History): Promise<KeptHistory> {
  const all = await archive.histories(symbol, timeframe);
  const found = all.find((each) => each.source === source);
  if (found === undefined) throw new Error(`bars of ${symbol} were saved and are not there`);
  return found;
}

/** `AAPL 1Day from csv: 2,148 bars are kept, 2004-08-19T00:00:00Z to 2013-03-01T00:00:00Z` */
function line({ symbol, timeframe, source, bars, firstMs, lastMs }: KeptHistory): string {
  return `${symbol} ${timeframe} from ${source}: ${count(bars)} bars are kept, ${isoTime(firstMs)} to ${isoTime(lastMs)}`;
}

function count(bars: number): string {
  return bars.toLocaleString("en-US");
}
