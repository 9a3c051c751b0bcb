import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../src/adapters/postgres/open-ledger.ts";
import { openQueue } from "../src/adapters/postgres/open-queue.ts";
import { systemClock } from "../src/adapters/system/clock.ts";
import type { Ledger } from "../src/ports.ts";
import type { Study } from "../src/research/optimize/contract.ts";
import { runStudy } from "../src/research/optimize/run-study.ts";
import { createConductor } from "../src/research/studies/conductor.ts";
import { barsToBytes } from "../src/research/studies/series-bytes.ts";
import { ledgerOptions } from "./adapters/postgres/support.ts";
import { hours, STUDY } from "./research/optimize/study.ts";
import { asAdmin, startPostgres, type TestPostgres } from "./support/postgres.ts";
import { silentLog } from "./support/silent-log.ts";

const PROGRAM = resolve(import.meta.dirname, "../bin/alphaflow.mjs");
const BARS = [hours(20_000)];
/** Some hundred trials, a few a chunk: seconds of work. */
const STUDIED: Study = {
  ...STUDY,
  space: [
    { name: "fast_period", kind: "range", low: 2, high: 31, step: 1, log: false },
    { name: "slow_period", kind: "range", low: 40, high: 90, step: 5, log: false },
  ],
};
/** As if the bars were many: chunks get small. */
const BARS_SAID = 6_000_000;

interface WorkerProcess {
  readonly process: ChildProcess;
  /** Everything it wrote. */
  output(): string;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

function startWorker(
  environment: Readonly<Record<string, string>>,
  ...args: readonly string[]
): WorkerProcess {
  const child = spawn(process.execPath, [PROGRAM, "worker", ...args], {
    env: { PATH: process.env["PATH"] ?? "", LOG_LEVEL: "info", ...environment },
    cwd: join(import.meta.dirname, "support"),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (said: string) => (text += said));
  child.stderr.setEncoding("utf8").on("data", (said: string) => (text += said));
  const exited = once(child, "exit");
  return {
    process: child,
    output: () => text,
    async kill(signal) {
      child.kill(signal);
      await exited;
      return child.exitCode;
    },
  };
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    await systemClock.sleep(50);
  }
  throw new Error(`waited in vain for ${what}`);
}

describe("alphaflow worker", () => {
  let server: TestPostgres;
  let databaseUrl: string;
  let ledger: Ledger;
  const workers: WorkerProcess[] = [];

  beforeAll(async () => {
    server = await startPostgres();
    databaseUrl = await server.freshDatabase();
    ledger = await openLedger(ledgerOptions({ databaseUrl }));
  });
  afterEach(async () => {
    for (const worker of workers.splice(0))
      if (worker.process.exitCode === null && worker.process.signalCode === null)
        await worker.kill("SIGKILL");
  });
  afterAll(async () => {
    await ledger.close();
    await server.stop();
  });

  const work = (...args: readonly string[]): WorkerProcess => {
    const worker = startWorker({ DATABASE_URL: databaseUrl }, ...args);
    workers.push(worker);
    return worker;
  };

  it(
    "does a study with others, whose chunk is done by another when they are killed, and ends a chunk before it ends itself",
    { timeout: 240_000 },
    async () => {
      const store = ledger.studies;
      const { number } = await store.insert(
        {
          key: randomUUID(),
          title: "MA Crossover · T",
          definition: { study: STUDIED, symbols: ["T"], bars: BARS_SAID },
          asked: { actor: "slack:UANN", name: "ann", platform: "slack", channel: "C1" },
          atMs: 0,
        },
        await barsToBytes(BARS),
      );
      const queue = openQueue({ databaseUrl, owner: randomUUID(), log: silentLog });
      const conducting = () =>
        createConductor({ store, queue, clock: systemClock, log: silentLog, leads: () => true });
      const first = conducting();
      first.start();
      const dying = work("--threads", "1");
      await until("first results", async () =>
        (await store.trialNumbers(number)).length > 0 ? true : undefined,
      );
      await dying.kill("SIGKILL");
      // The one who conducts goes, too; another begins anew from the rows.
      await first.stop();
      const before = (await store.trialNumbers(number)).length;
      expect(await store.study(number)).toMatchObject({ state: "running" });
      const second = conducting();
      second.start();
      const [one, other] = [work("--threads", "1"), work("--threads", "1")];
      // Nobody reads what this one prints: it works all the same.
      other.process.stdout?.destroy();
      await until("more results", async () =>
        (await store.trialNumbers(number)).length > before ? true : undefined,
      );
      expect(await one.kill("SIGTERM")).toBe(0);
      const row = await until("the end", async () => {
        const found = await store.study(number);
        return found?.state === "running" ? undefined : found;
      }).catch(async (error: unknown) => {
        const jobs = await asAdmin(
          databaseUrl,
          (sql) => sql`select state::text, count(*)::int from jobs.job group by 1`,
        );
        const said = workers.map((worker) => worker.output()).join("\n");
        throw new Error(`${JSON.stringify(await store.study(number))}\n${JSON.stringify(jobs)}\n${said}`, {
          cause: error,
        });
      });
      await second.stop();
      await queue.stop();
      const whole = await runStudy(STUDIED, BARS, { threads: 1 });
      expect(row).toMatchObject({ state: "done", planned: whole.total, finished: whole.trials.length });
      const kept = (await store.trials(number)).map(({ trial }) => trial);
      expect(kept).toEqual(JSON.parse(JSON.stringify(whole.trials)));
      expect(await other.kill("SIGTERM")).toBe(0);
      expect(other.output()).toContain("stopping: the chunk under way is finished first");
      expect(one.output()).toContain("serving studies: Postgres at 127.0.0.1");
      expect(one.output()).not.toContain(new URL(databaseUrl).password);
    },
  );

  it.each([
    [{}, [], /DATABASE_URL: not set; a worker meets the bot in its Postgres/],
    [
      { DATABASE_URL: "postgres://x@127.0.0.1:1/x" },
      ["--threads", "0"],
      /--threads 0: expected a whole number/,
    ],
  ] as const)("says what is missing: %o %j", async (environment, args, expected) => {
    const worker = startWorker(environment, ...args);
    workers.push(worker);
    const [code] = await once(worker.process, "exit");
    expect(code).toBe(2);
    expect(worker.output()).toMatch(expected);
  });
});
