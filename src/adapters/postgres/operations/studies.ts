import { and, asc, count, desc, eq, gt, isNull, ne, sql, type SQL } from "drizzle-orm";
import type { StudyRow, StudyStore } from "../../../ports.ts";
import type { Execute } from "../connection.ts";
import { studies, studyBars, studyTrials } from "../schema.ts";

/** So many trials go into one statement: each has two parameters of its own. */
const TRIALS_A_STATEMENT = 2_000;

/** Runs work in one transaction. */
type Within = <T>(work: (execute: Execute) => Promise<T>) => Promise<T>;

export function studyOperations(execute: Execute, within: Within): StudyStore {
  async function rows(
    operation: string,
    which: SQL | undefined,
    order: SQL,
    limit: number,
  ): Promise<StudyRow[]> {
    const found = await execute(operation, (db) =>
      db
        .select({ study: studies, finished: finishedOf(db) })
        .from(studies)
        .where(which)
        .orderBy(order)
        .limit(limit),
    );
    return found.map(({ study, finished }) => rowOf(study, Number(finished)));
  }

  return {
    insert: async (study, bars) =>
      within(async (inside) => {
        const { asked, ...rest } = study;
        const [added] = await inside("insert study", (db) =>
          db
            .insert(studies)
            .values({ ...rest, ...asked })
            .onConflictDoNothing({ target: studies.key })
            .returning(),
        );
        if (added === undefined) {
          const [known] = await inside("insert study", (db) =>
            db.select().from(studies).where(eq(studies.key, study.key)),
          );
          if (known === undefined) throw new Error(`study ${study.key} is there and cannot be read`);
          return rowOf(known, 0);
        }
        for (const [part, bytes] of bars.entries())
          await inside("insert study bars", (db) =>
            db.insert(studyBars).values({ study: added.number, part, bytes }),
          );
        return rowOf(added, 0);
      }),

    async study(number) {
      const [found] = await rows("study", eq(studies.number, number), asc(studies.number), 1);
      return found;
    },

    list: (limit) => rows("list studies", undefined, desc(studies.number), limit),
    running: () => rows("running studies", eq(studies.state, "running"), asc(studies.number), MOST),
    untold: (sinceMs) =>
      rows(
        "untold studies",
        and(ne(studies.state, "running"), isNull(studies.toldAtMs), gt(studies.endedAtMs, sinceMs)),
        asc(studies.number),
        MOST,
      ),

    async bars(number) {
      const parts = await execute("study bars", (db) =>
        db
          .select({ bytes: studyBars.bytes })
          .from(studyBars)
          .where(eq(studyBars.study, number))
          .orderBy(asc(studyBars.part)),
      );
      return parts.map(({ bytes }) => bytes);
    },

    async setPlanned(number, planned) {
      await execute("plan study", (db) =>
        db.update(studies).set({ planned }).where(eq(studies.number, number)),
      );
    },

    async setPlace(number, { channel, messageId }) {
      await execute("place study", (db) =>
        db.update(studies).set({ messageChannel: channel, messageId }).where(eq(studies.number, number)),
      );
    },

    async setTold(number, atMs) {
      await execute("tell study", (db) =>
        db.update(studies).set({ toldAtMs: atMs }).where(eq(studies.number, number)),
      );
    },

    async addTrials(number, trials) {
      for (let from = 0; from < trials.length; from += TRIALS_A_STATEMENT) {
        const some = trials.slice(from, from + TRIALS_A_STATEMENT);
        await execute("add trials", (db) =>
          db
            .insert(studyTrials)
            .values(some.map((each) => ({ study: number, ...each })))
            .onConflictDoNothing(),
        );
      }
    },

    async trialNumbers(number) {
      const kept = await execute("trial numbers", (db) =>
        db
          .select({ number: studyTrials.number })
          .from(studyTrials)
          .where(eq(studyTrials.study, number))
          .orderBy(asc(studyTrials.number)),
      );
      return kept.map((each) => each.number);
    },

    trials: (number) =>
      execute("trials", (db) =>
        db
          .select({ number: studyTrials.number, trial: studyTrials.trial })
          .from(studyTrials)
          .where(eq(studyTrials.study, number))
          .orderBy(asc(studyTrials.number)),
      ),

    end: async (number, { atMs, ...end }) =>
      within(async (inside) => {
        const ended = await inside("end study", (db) =>
          db
            .update(studies)
            .set({ ...end, endedAtMs: atMs })
            .where(and(eq(studies.number, number), eq(studies.state, "running")))
            .returning({ number: studies.number }),
        );
        if (ended.length === 0) return false;
        await inside("end study", (db) => db.delete(studyBars).where(eq(studyBars.study, number)));
        return true;
      }),
  };
}

/** More studies at once are not looked at. */
const MOST = 200;

function finishedOf(db: Parameters<Parameters<Execute>[1]>[0]): SQL<string> {
  const kept = db.select({ kept: count() }).from(studyTrials).where(eq(studyTrials.study, studies.number));
  return sql<string>`(${kept})`;
}

function rowOf(study: typeof studies.$inferSelect, finished: number): StudyRow {
  const { actor, name, platform, channel, messageChannel, messageId, ...rest } = study;
  return {
    ...rest,
    asked: { actor, name, platform, channel },
    place: messageChannel === null || messageId === null ? null : { channel: messageChannel, messageId },
    finished,
  };
}
