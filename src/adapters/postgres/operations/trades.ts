import { and, asc, desc, eq, getTableColumns, gte, inArray, lt, sql } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import { money } from "../../../core/money.ts";
import type { JournalFilter, LedgerOps, TradeFilter, TradeTotals } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { journal, journalTags, positions, trades } from "../schema.ts";

type TradeOperation =
  | "saveTrade"
  | "trades"
  | "tradeTotals"
  | "tradeTotalsOfRuns"
  | "insertJournal"
  | "journal"
  | "journalCount"
  | "changeTags"
  | "tagsOf"
  | "tagCounts";

/** Postgres takes 65,535 parameters a statement. */
const IDS_A_QUERY = 10_000;

/** What was closed, and what people wrote about it. */
export function tradeOperations(execute: Execute): Pick<LedgerOps, TradeOperation> {
  const tradeColumns = { ...getTableColumns(trades), number: positions.number };
  return {
    async saveTrade(trade) {
      const { number: _positions, ...row } = trade;
      await execute("saveTrade", (db) =>
        db.insert(trades).values(row).onConflictDoUpdate({ target: trades.positionId, set: row }),
      );
    },

    async trades({ limit, offset = 0, after, ...filter }) {
      return execute("trades", (db) => {
        const query = db
          .select(tradeColumns)
          .from(trades)
          .innerJoin(positions, eq(positions.id, trades.positionId))
          .where(
            and(
              tradesThat(filter),
              after === undefined
                ? undefined
                : sql`(${trades.exitTime}, ${trades.positionId}) < (${sql.param(after.exitTime, trades.exitTime)}::timestamptz, ${after.positionId}::text)`,
            ),
          )
          .orderBy(desc(trades.exitTime), desc(trades.positionId))
          .offset(offset);
        return limit === undefined ? query : query.limit(limit);
      });
    },

    async tradeTotals({ limit, ...filter }) {
      const [totals] = await execute("tradeTotals", (db) => {
        const all = db
          .select({ pnl: trades.pnl })
          .from(trades)
          .where(tradesThat(filter))
          .orderBy(desc(trades.exitTime), desc(trades.positionId));
        const newest = (limit === undefined ? all : all.limit(limit)).as("newest");
        return db.select(totalsOver(newest.pnl)).from(newest);
      });
      return totals === undefined ? { trades: 0, wins: 0, pnl: money(0) } : readTotals(totals);
    },

    async tradeTotalsOfRuns(runIds) {
      if (runIds.length === 0) return new Map();
      const rows = await execute("tradeTotalsOfRuns", (db) =>
        db
          .select({ runId: trades.runId, ...totalsOver(trades.pnl) })
          .from(trades)
          .where(inArray(trades.runId, [...runIds]))
          .groupBy(trades.runId),
      );
      return new Map(
        rows.flatMap(({ runId, ...totals }) => (runId === null ? [] : [[runId, readTotals(totals)]])),
      );
    },

    async insertJournal(entry) {
      const inserted = await execute("insertJournal", (db) =>
        db
          .insert(journal)
          .values(entry)
          .onConflictDoNothing({ target: [journal.platform, journal.deliveryId] })
          .returning({ id: journal.id }),
      );
      return inserted.length === 1;
    },

    async journal({ limit, beforeId, offset = 0, ...filter }) {
      const { number, symbol, strategyId } = positions;
      return execute("journal", (db) =>
        db
          .select({ ...getTableColumns(journal), number, symbol, strategyId })
          .from(journal)
          .innerJoin(positions, eq(positions.id, journal.positionId))
          .where(and(entriesThat(filter), beforeId === undefined ? undefined : lt(journal.id, beforeId)))
          .orderBy(desc(journal.id))
          .limit(limit)
          .offset(offset),
      );
    },

    async journalCount(filter) {
      const [row] = await execute("journalCount", (db) =>
        db
          .select({ entries: sql<string>`count(*)` })
          .from(journal)
          .innerJoin(positions, eq(positions.id, journal.positionId))
          .where(entriesThat(filter)),
      );
      return Number(row?.entries ?? 0);
    },

    async changeTags(positionId, add, remove) {
      if (remove.length > 0)
        await execute("changeTags", (db) =>
          db
            .delete(journalTags)
            .where(and(eq(journalTags.positionId, positionId), inArray(journalTags.tag, [...remove]))),
        );
      if (add.length > 0)
        await execute("changeTags", (db) =>
          db
            .insert(journalTags)
            .values(add.map((tag) => ({ positionId, tag })))
            .onConflictDoNothing(),
        );
    },

    async tagsOf(positionIds) {
      const tags = new Map<string, string[]>();
      for (let from = 0; from < positionIds.length; from += IDS_A_QUERY) {
        const asked = positionIds.slice(from, from + IDS_A_QUERY);
        const rows = await execute("tagsOf", (db) =>
          db
            .select()
            .from(journalTags)
            .where(inArray(journalTags.positionId, asked))
            .orderBy(asc(journalTags.tag)),
        );
        for (const { positionId, tag } of rows) tags.set(positionId, [...(tags.get(positionId) ?? []), tag]);
      }
      return tags;
    },

    async tagCounts(accountId) {
      const rows = await execute("tagCounts", (db) =>
        db
          .select({ tag: journalTags.tag, positions: sql<string>`count(*)` })
          .from(journalTags)
          .innerJoin(positions, eq(positions.id, journalTags.positionId))
          .where(eq(positions.accountId, accountId))
          .groupBy(journalTags.tag)
          .orderBy(desc(sql`count(*)`), asc(journalTags.tag)),
      );
      return rows.map((row) => ({ tag: row.tag, positions: Number(row.positions) }));
    },
  };
}

function totalsOver(pnl: AnyPgColumn) {
  return {
    trades: sql<string>`count(*)`,
    wins: sql<string>`count(*) filter (where ${pnl} > 0)`,
    pnl: sql<string>`coalesce(sum(${pnl}), 0)`,
  };
}

function readTotals({ trades: count, wins, pnl }: Readonly<Record<keyof TradeTotals, string>>): TradeTotals {
  return { trades: Number(count), wins: Number(wins), pnl: money(pnl) };
}

/** What a filter looks at. */
type Filtered = Readonly<
  Record<"accountId" | "runId" | "positionId" | "strategyId" | "symbol" | "atMs", AnyPgColumn>
>;

function tradesThat(filter: TradeFilter) {
  return those(filter, { ...getTableColumns(trades), atMs: trades.exitTime });
}

/** Times are of the entries, the rest is of the positions they are about. */
function entriesThat(filter: JournalFilter) {
  return those(filter, {
    ...getTableColumns(journal),
    runId: positions.runId,
    strategyId: positions.strategyId,
    symbol: positions.symbol,
  });
}

function those(
  { accountId, runId, positionId, strategyId, symbol, tag, sinceMs, untilMs }: TradeFilter,
  columns: Filtered,
) {
  return and(
    eq(columns.accountId, accountId),
    runId === undefined ? undefined : eq(columns.runId, runId),
    positionId === undefined ? undefined : eq(columns.positionId, positionId),
    strategyId === undefined ? undefined : eq(columns.strategyId, strategyId),
    symbol === undefined ? undefined : eq(columns.symbol, symbol),
    tag === undefined ? undefined : tagged(columns.positionId, tag),
    sinceMs === undefined ? undefined : gte(columns.atMs, sinceMs),
    untilMs === undefined ? undefined : lt(columns.atMs, untilMs),
  );
}

function tagged(positionId: AnyPgColumn, tag: string) {
  return sql`exists (select 1 from ${journalTags} where ${journalTags.positionId} = ${positionId} and ${journalTags.tag} = ${tag})`;
}
