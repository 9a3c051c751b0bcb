import type { Bar, Timeframe } from "./core/bar.ts";
import { barsOf, type BarSeries } from "./core/bar-series.ts";
import { UsageError } from "./core/errors.ts";
import { isoTime } from "./core/iso-time.ts";
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
import { inferTimeframe } from "./research/timeframe.ts";

const FILE_SOURCE = "csv";
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
  const told = inferTimeframe(series);
  if (told !== undefined && told !== timeframe)
    throw new UsageError(`${csv}: its bars are ${told} apart, not ${timeframe}`);
  const archive = await open(settings);
  try {
    return await keepFile(archive, { symbol, timeframe, source: FILE_SOURCE }, csv, series);
  } finally {
    await archive.close();
  }
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
