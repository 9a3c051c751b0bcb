import { and, asc, between, count, eq, max, min, sql, type SQL } from "drizzle-orm";
import type { Bar } from "../../../core/bar.ts";
import { withRange } from "../../../core/time-ranges.ts";
import type { BarArchive, History } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { bars, histories } from "../schema.ts";

const VALUES = ["open", "high", "low", "close", "volume"] as const;
/** Bars a statement: some hundred kilobytes. */
const CHUNK = 5_000;

/** `saveBars` belongs into a transaction: it locks the history it writes to. */
export function barOperations(execute: Execute): BarArchive {
  const { open, high, low, close, volume, time } = bars;
  const columns = { time, open, high, low, close, volume };

  /** The history's row, made where there is none and locked until the transaction ends. */
  async function locked(history: History) {
    await execute("saveBars", (db) =>
      db
        .insert(histories)
        .values({ ...history, covered: [] })
        .onConflictDoNothing(),
    );
    const [row] = await execute("saveBars", (db) =>
      db
        .select({ id: histories.id, covered: histories.covered })
        .from(histories)
        .where(isNamed(history))
        .for("update"),
    );
    if (row === undefined) throw new Error(`ledger: no history of ${history.symbol} could be made`);
    return row;
  }

  /** Those of `given` that are kept already, by time. */
  async function keptOf(id: number, given: readonly Bar[]): Promise<ReadonlyMap<number, Bar>> {
    const [first, last] = [given[0], given.at(-1)];
    if (first === undefined || last === undefined) return new Map();
    const rows = await execute("saveBars", (db) =>
      db
        .select(columns)
        .from(bars)
        .where(and(eq(bars.history, id), between(bars.time, first.time, last.time))),
    );
    return new Map(rows.map((bar) => [bar.time, bar]));
  }

  /** One text a column: a parameter a value would be tens of thousands of them. */
  async function insert(id: number, given: readonly Bar[]): Promise<void> {
    const column = (name: Exclude<keyof Bar, "time">): SQL =>
      sql`string_to_array(${given.map((bar) => bar[name]).join(",")}, ',')::double precision[]`;
    const times = given.map((bar) => new Date(bar.time).toISOString()).join(",");
    await execute("saveBars", (db) =>
      db.execute(sql`
        insert into ${bars}
        select ${id}::integer, * from unnest(
          string_to_array(${times}, ',')::timestamptz[], ${column("open")}, ${column("high")},
          ${column("low")}, ${column("close")}, ${column("volume")})`),
    );
  }

  return {
    async histories(symbol, timeframe) {
      const rows = await execute("histories", (db) =>
        db
          .select({
            source: histories.source,
            bars: count(),
            firstMs: min(bars.time),
            lastMs: max(bars.time),
          })
          .from(histories)
          .innerJoin(bars, eq(bars.history, histories.id))
          .where(and(eq(histories.symbol, symbol), eq(histories.timeframe, timeframe)))
          .groupBy(histories.source)
          .orderBy(asc(histories.source)),
      );
      return rows.map(({ firstMs, lastMs, ...row }) => ({
        ...row,
        symbol,
        timeframe,
        firstMs: firstMs ?? 0,
        lastMs: lastMs ?? 0,
      }));
    },

    async keptBars(history, { from, to }) {
      return execute("keptBars", (db) =>
        db
          .select(columns)
          .from(bars)
          .innerJoin(histories, eq(bars.history, histories.id))
          .where(and(isNamed(history), between(bars.time, from, to)))
          .orderBy(asc(bars.time)),
      );
    },

    async coverage(history) {
      const [row] = await execute("coverage", (db) =>
        db.select({ covered: histories.covered }).from(histories).where(isNamed(history)),
      );
      return row?.covered ?? [];
    },

    async saveBars(history, given, covers) {
      const { id, covered } = await locked(history);
      const kept = await keptOf(id, given);
      for (const bar of given) {
        const before = kept.get(bar.time);
        if (before !== undefined && !isSame(before, bar))
          return { kind: "conflict", kept: before, given: bar };
      }
      const fresh = given.filter(({ time: at }) => !kept.has(at));
      for (let start = 0; start < fresh.length; start += CHUNK)
        await insert(id, fresh.slice(start, start + CHUNK));
      if (covers !== null)
        await execute("saveBars", (db) =>
          db
            .update(histories)
            .set({ covered: withRange(covered, covers) })
            .where(eq(histories.id, id)),
        );
      return { kind: "saved", added: fresh.length };
    },

    async forgetBars(history) {
      await execute("forgetBars", (db) => db.delete(histories).where(isNamed(history)));
    },
  };
}

function isNamed({ symbol, timeframe, source }: History) {
  return and(eq(histories.symbol, symbol), eq(histories.timeframe, timeframe), eq(histories.source, source));
}

function isSame(one: Bar, other: Bar): boolean {
  return VALUES.every((name) => one[name] === other[name]);
}
