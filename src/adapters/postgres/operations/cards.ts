import { and, asc, eq, gte, inArray, or, sql } from "drizzle-orm";
import { LIVE_STATES } from "../../../core/order.ts";
import type { CardRow, Ledger, Story } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { cards, fills, orders, positions } from "../schema.ts";
import { isOneOf } from "../checks.ts";

/** Cards, and the rows they are drawn from: a handful of statements for all of them, never one a card. */
export function cardOperations(execute: Execute): Pick<Ledger, "stories" | "card" | "saveCard"> {
  async function subjectsOf(
    accountId: string,
    sink: string,
    sinceMs: number,
    limit: number,
  ): Promise<string[]> {
    const rows = await execute("stories", (db) => {
      const isEntry = and(eq(orders.accountId, accountId), eq(orders.purpose, "entry"));
      const working = db
        .select({ subject: sql<string>`${orders.clientOrderId}`.as("subject") })
        .from(orders)
        .where(and(isEntry, or(gte(orders.createdAt, sinceMs), isOneOf(orders.state, LIVE_STATES))));
      const open = db
        .select({ subject: sql<string>`${positions.entryOrderId}`.as("subject") })
        .from(positions)
        .where(and(eq(positions.accountId, accountId), sql`${positions.status} = 'open'`));
      const shown = db
        .select({ subject: sql<string>`${cards.subject}`.as("subject") })
        .from(cards)
        .where(
          and(
            eq(cards.accountId, accountId),
            eq(cards.sink, sink),
            sql`not ${cards.ended}`,
            sql`${cards.subject} <> 'status'`,
          ),
        );
      const subjects = working.union(open).union(shown).as("subjects");
      const ended = db
        .select({ one: sql`1` })
        .from(cards)
        // A late fill of an entry that was over brings its card back.
        .where(
          and(
            eq(cards.subject, subjects.subject),
            eq(cards.sink, sink),
            sql`${cards.ended}`,
            sql`not exists (select 1 from ${orders} where ${orders.clientOrderId} = ${subjects.subject} and ${orders.updatedAt} > ${cards.shownAt})`,
          ),
        );
      return db
        .select({ subject: subjects.subject })
        .from(subjects)
        .where(sql`not exists (${ended})`)
        .limit(limit);
    });
    return rows.map(({ subject }) => subject);
  }

  return {
    async stories(accountId, sink, sinceMs, limit) {
      const subjects = await subjectsOf(accountId, sink, sinceMs, limit);
      if (subjects.length === 0) return [];
      const held = await execute("stories", (db) =>
        db.select().from(positions).where(inArray(positions.entryOrderId, subjects)),
      );
      const ids = held.map(({ id }) => id);
      const sent = await execute("stories", (db) =>
        db
          .select()
          .from(orders)
          .where(
            or(
              inArray(sql<string>`${orders.clientOrderId}`, subjects),
              ids.length === 0 ? undefined : inArray(orders.positionId, ids),
            ),
          )
          .orderBy(asc(orders.createdAt), asc(orders.clientOrderId)),
      );
      const booked = await execute("stories", (db) =>
        db
          .select()
          .from(fills)
          .where(
            inArray(
              fills.clientOrderId,
              sent.map(({ clientOrderId }) => clientOrderId),
            ),
          )
          .orderBy(asc(fills.id)),
      );
      const shown = await execute("stories", (db) =>
        db
          .select()
          .from(cards)
          .where(and(inArray(cards.subject, subjects), eq(cards.sink, sink))),
      );
      return subjects.map((subject): Story => {
        const position = held.find(({ entryOrderId }) => entryOrderId === subject) ?? null;
        const mine = sent.filter(
          (order) =>
            order.clientOrderId === subject || (position !== null && order.positionId === position.id),
        );
        const names = new Set<string>(mine.map(({ clientOrderId }) => clientOrderId));
        return {
          subject,
          card: shown.find((card) => card.subject === subject) ?? null,
          entry: mine.find(({ clientOrderId }) => clientOrderId === subject) ?? null,
          followers: mine.filter(({ clientOrderId }) => clientOrderId !== subject),
          position,
          fills: booked.filter(({ clientOrderId }) => names.has(clientOrderId)),
        };
      });
    },

    async card(subject, sink) {
      const [row] = await execute("card", (db) =>
        db
          .select()
          .from(cards)
          .where(and(eq(cards.subject, subject), eq(cards.sink, sink))),
      );
      return row;
    },

    async saveCard(card: CardRow) {
      await execute("saveCard", (db) =>
        db
          .insert(cards)
          .values(card)
          .onConflictDoUpdate({ target: [cards.subject, cards.sink], set: card }),
      );
    },
  };
}
