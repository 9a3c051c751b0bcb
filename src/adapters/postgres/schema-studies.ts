import { sql } from "drizzle-orm";
import {
  bigint,
  check,
  customType,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { StudyState } from "../../ports.ts";
import { instant, json, prose } from "./columns.ts";

const bytes = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => "bytea" });

/** Optimisations that somebody asked for, and what came of them. */
export const studies = pgTable(
  "studies",
  {
    number: bigint("number", { mode: "number" }).notNull().generatedAlwaysAsIdentity({ name: "studies_seq" }),
    key: text("key").notNull(),
    title: prose("title").notNull(),
    definition: json("definition").notNull(),
    actor: prose("actor").notNull(),
    name: prose("name").notNull(),
    platform: text("platform").notNull(),
    channel: text("channel"),
    state: text("state").$type<StudyState>().notNull().default("running"),
    planned: integer("planned").notNull().default(0),
    atMs: instant("at").notNull(),
    endedAtMs: instant("ended_at"),
    text: prose("text").notNull().default(""),
    report: json("report"),
    messageChannel: text("message_channel"),
    messageId: text("message_id"),
    toldAtMs: instant("told_at"),
  },
  (t) => [
    primaryKey({ name: "studies_pk", columns: [t.number] }),
    uniqueIndex("studies_key_once").on(t.key),
    check("studies_state_known", sql`${t.state} in ('running', 'done', 'failed', 'cancelled')`),
    check("studies_end", sql`(${t.state} = 'running') = (${t.endedAtMs} is null)`),
    index("studies_running")
      .on(t.number)
      .where(sql`${t.state} = 'running'`),
    index("studies_untold")
      .on(t.endedAtMs)
      .where(sql`${t.toldAtMs} is null`),
  ],
);

/** One row a trial, written once by whoever ran it first. */
export const studyTrials = pgTable(
  "study_trials",
  {
    study: bigint("study", { mode: "number" }).notNull(),
    number: integer("number").notNull(),
    trial: json("trial").notNull(),
  },
  (t) => [
    primaryKey({ name: "study_trials_pk", columns: [t.study, t.number] }),
    foreignKey({ name: "study_trials_study_fk", columns: [t.study], foreignColumns: [studies.number] }),
  ],
);

/** The bars of a running study, for workers that have no other way to them. */
export const studyBars = pgTable(
  "study_bars",
  {
    study: bigint("study", { mode: "number" }).notNull(),
    part: integer("part").notNull(),
    bytes: bytes("bytes").notNull(),
  },
  (t) => [
    primaryKey({ name: "study_bars_pk", columns: [t.study, t.part] }),
    foreignKey({ name: "study_bars_study_fk", columns: [t.study], foreignColumns: [studies.number] }),
  ],
);

/** Who serves a chunk of trials now: one whose session is gone has died over it. */
export const studyChunks = pgTable(
  "study_chunks",
  {
    id: text("id").notNull(),
    owner: text("owner").notNull(),
    takenAtMs: instant("taken_at").notNull(),
  },
  (t) => [primaryKey({ name: "study_chunks_pk", columns: [t.id] })],
);
