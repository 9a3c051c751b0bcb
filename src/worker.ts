import { hostname } from "node:os";
import { openLedger } from "./adapters/postgres/open-ledger.ts";
import { openQueue } from "./adapters/postgres/open-queue.ts";
import { systemClock } from "./adapters/system/clock.ts";
import { randomIds } from "./adapters/system/ids.ts";
import type { Config } from "./config.ts";
import { UsageError } from "./core/errors.ts";
import type { Log } from "./ports.ts";
import { createChunkServer } from "./research/studies/server.ts";

const IDLE_MS = 1_000;
/** A chunk takes seconds; what takes longer is done again by another worker. */
const FINISH_MS = 120_000;

/** `alphaflow worker`, serving. */
interface Worker {
  /** Where it serves and with how many threads: never with a password. */
  readonly description: string;
  /** Finishes the chunk under way. */
  stop(): Promise<void>;
}

/** Serves the studies of the desk whose database it is given, until it is stopped. Throws a UsageError without one. */
export async function startWorker(
  config: Config,
  threads: number,
  log: Log,
  migrationsDir: string,
): Promise<Worker> {
  const { databaseUrl, dataDir } = config;
  if (databaseUrl === null)
    throw new UsageError(
      "DATABASE_URL: not set; a worker meets the bot in its Postgres: expected the address that the bot has",
    );
  const owner = `worker:${hostname()}:${process.pid}:${randomIds.short(6)}`;
  const ledger = await openLedger({ databaseUrl, dataDir, migrationsDir, sinks: [], owner, log });
  const queue = openQueue({ databaseUrl, owner, log });
  const server = createChunkServer({
    store: ledger.studies,
    queue,
    clock: systemClock,
    log,
    threads,
    idleMs: IDLE_MS,
  });
  server.start();
  return {
    description: `${ledger.description}, ${threads} threads`,
    async stop() {
      await server.stop(FINISH_MS);
      await queue.stop();
      await ledger.close();
    },
  };
}
