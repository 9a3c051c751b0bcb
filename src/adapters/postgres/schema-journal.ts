import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  foreignKey,
  index,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { JournalEntry } from "../../ports.ts";
import { instant, prose } from "./columns.ts";
import { accounts } from "./schema-accounts.ts";
import { positions } from "./schema-positions.ts";

/** Notes and tags as they were given: rows are only ever added, so that a trade corrected later keeps them all. */
export const journal = pgTable(
  "journal",
  {
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity({ name: "journal_id_seq" }),
    accountId: text("account_id").notNull(),
    positionId: text("position_id").notNull(),
    kind: text("kind").$type<JournalEntry["kind"]>().notNull(),
    text: prose("text").notNull(),
    actor: prose("actor").notNull(),
    name: prose("name").notNull(),
    platform: text("platform").notNull(),
    channel: prose("channel"),
    deliveryId: text("delivery_id").notNull(),
    atMs: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ name: "journal_pk", columns: [t.id] }),
    foreignKey({ name: "journal_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    foreignKey({ name: "journal_position_fk", columns: [t.positionId], foreignColumns: [positions.id] }),
    check("journal_kind_known", sql`${t.kind} in ('note', 'tag', 'untag')`),
    uniqueIndex("journal_delivery_once").on(t.platform, t.deliveryId),
    index("journal_newest").on(t.accountId, t.id),
    index("journal_of_position").on(t.positionId, t.id),
  ],
);

/** The tags that a position has now: what the journal's entries come to. */
export const journalTags = pgTable(
  "journal_tags",
  {
    positionId: text("position_id").notNull(),
    tag: text("tag").notNull(),
  },
  (t) => [
    primaryKey({ name: "journal_tags_pk", columns: [t.positionId, t.tag] }),
    foreignKey({ name: "journal_tags_position_fk", columns: [t.positionId], foreignColumns: [positions.id] }),
    index("journal_tags_of_tag").on(t.tag, t.positionId),
  ],
);
