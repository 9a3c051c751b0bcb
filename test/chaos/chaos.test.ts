import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyProgram, type ProgramCopy } from "../support/chaos/program-copy.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";
import { MUTATIONS, patchesOf } from "./mutations.ts";
import { planOf } from "./plan.ts";
import { runOnce } from "./run.ts";

const ROOT = join(import.meta.dirname, "../..");
const RUN_MS = 240_000;

/** A taste of `npm run chaos`: fixed seeds, few faults, both databases. */
describe("chaos", () => {
  let program: ProgramCopy;
  let server: TestPostgres;

  beforeAll(async () => {
    [program, server] = [await copyProgram(ROOT, []), await startPostgres()];
    await program.build();
  });
  afterAll(async () => {
    await program.remove();
    await server.stop();
  });

  it(
    "keeps every promise on Postgres and on PGlite through lost answers, duplicates and kill -9",
    async () => {
      const results = await Promise.all([
        runOnce(
          planOf(7, {
            database: "postgres",
            standby: false,
            faults: ["updates-duplicated", "kill-fill-committed"],
          }),
          program.root,
          server,
        ),
        runOnce(
          planOf(8, {
            database: "pglite",
            faults: ["post-accept-then-5xx", "chat-accept-then-drop"],
          }),
          program.root,
          null,
        ),
      ]);
      for (const { plan, violations, log } of results)
        expect(violations, `seed ${plan.seed}\n${log}`).toEqual([]);
    },
    RUN_MS,
  );

  it.each(Object.keys(MUTATIONS))("can still plant the bug %s", async (name) => {
    const mutated = await copyProgram(ROOT, patchesOf(name));
    expect(mutated.root).not.toBe(ROOT);
    await mutated.remove();
  });
});
