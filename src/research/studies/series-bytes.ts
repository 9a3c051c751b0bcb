import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { z } from "zod";
import type { BarSeries } from "../../core/bar-series.ts";
import type { SymbolBars } from "../portfolio.ts";

const pack = promisify(gzip);
const unpack = promisify(gunzip);

/** A row of a database takes more, but not gladly. */
const PART_BYTES = 1_000_000;
const COLUMNS = ["time", "open", "high", "low", "close", "volume"] as const;
/** The fastest: it is done while somebody waits for the answer that the study has begun. */
const LEVEL = 1;

const headShape = z.array(z.object({ symbol: z.string(), start: z.number(), length: z.number() }));

/**
 * Bars as bytes for a store, in parts: the length of a JSON head (32 bits, little-endian), the head, padding to 8 bytes, then
 * each symbol's columns as doubles of the machine; all of it gzipped. About a third of 48 bytes a bar.
 */
export async function barsToBytes(symbols: readonly SymbolBars[]): Promise<readonly Uint8Array[]> {
  const head = Buffer.from(
    JSON.stringify(
      symbols.map(({ symbol, series, start = 0 }) => ({ symbol, start, length: series.length })),
    ),
  );
  const lead = Buffer.alloc(afterHead(head.length));
  lead.writeUInt32LE(head.length, 0);
  head.copy(lead, 4);
  const columns = symbols.flatMap(({ series }) =>
    COLUMNS.map((name) => {
      const { buffer, byteOffset, byteLength } = series[name];
      return new Uint8Array(buffer, byteOffset, byteLength);
    }),
  );
  const packed = await pack(Buffer.concat([lead, ...columns]), { level: LEVEL });
  const parts = Math.ceil(packed.length / PART_BYTES);
  return Array.from({ length: parts }, (_, part) =>
    packed.subarray(part * PART_BYTES, (part + 1) * PART_BYTES),
  );
}

/** The bars again, in memory that threads share. Throws when the bytes are not those of bars. */
export async function barsFromBytes(parts: readonly Uint8Array[]): Promise<readonly SymbolBars[]> {
  const bytes = await unpack(Buffer.concat(parts));
  const headLength = bytes.readUInt32LE(0);
  const head = headShape.parse(JSON.parse(bytes.subarray(4, 4 + headLength).toString("utf8")));
  const memory = new SharedArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  let at = afterHead(headLength);
  const next = (length: number): Float64Array => {
    const column = new Float64Array(memory, at, length);
    at += column.byteLength;
    return column;
  };
  return head.map(({ symbol, start, length }) => {
    const series: BarSeries = {
      length,
      time: next(length),
      open: next(length),
      high: next(length),
      low: next(length),
      close: next(length),
      volume: next(length),
    };
    return { symbol, series, start };
  });
}

/** Doubles begin on a multiple of eight. */
function afterHead(headLength: number): number {
  return Math.ceil((4 + headLength) / 8) * 8;
}
