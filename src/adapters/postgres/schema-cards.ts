import { sql } from "drizzle-orm";
import { boolean, index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { instant, json } from "./columns.ts";

/** What the chats show of each position: one message a position and sink, found again after a restart. */
export const cards = pgTable(
  "cards",
  {
    /** The entry's client order id, which names the position before there is one; or "status". */
    subject: text("subject").notNull(),
    sink: text("sink").notNull(),
    accountId: text("account_id").notNull(),
    channel: text("channel"),
    messageId: text("message_id"),
    threadId: text("thread_id"),
    attempts: integer("attempts").notNull(),
    reposts: integer("reposts").notNull(),
    essence: text("essence").notNull(),
    figures: text("figures").notNull(),
    shownAt: instant("shown_at").notNull(),
    told: json("told").$type<readonly string[]>().notNull(),
    ended: boolean("ended").notNull(),
  },
  (t) => [
    primaryKey({ name: "cards_pk", columns: [t.subject, t.sink] }),
    index("cards_shown")
      .on(t.accountId, t.sink)
      .where(sql`not ${t.ended}`),
    index("cards_message").on(t.messageId),
    index("cards_thread").on(t.threadId),
  ],
);
