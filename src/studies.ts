import { availableParallelism } from "node:os";
import { systemClock } from "./adapters/system/clock.ts";
import { createStudyTeller } from "./commands/study-teller.ts";
import type { Config } from "./config.ts";
import type { Chat, ChunkQueue, Ledger, Log } from "./ports.ts";
import { createConductor } from "./research/studies/conductor.ts";
import { localQueue } from "./research/studies/local-queue.ts";
import { createChunkServer } from "./research/studies/server.ts";

const IDLE_MS = 2_000;
/** The rows say where everything stands: a chunk that is not done by then is done again. */
const STOP_MS = 2_000;

/** The studies of a desk: this process conducts them while it leads, works on them beside the workers, and tells of them. */
export interface DeskStudies {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createStudies(parts: {
  readonly config: Pick<Config, "databaseUrl">;
  readonly owner: string;
  readonly ledger: Ledger;
  readonly chats: readonly Chat[];
  readonly leads: () => boolean;
  readonly log: Log;
}): DeskStudies {
  const { ledger, leads, log } = parts;
  const store = ledger.studies;
  let stop: (() => Promise<void>) | undefined;
  return {
    async start() {
      const queue = await queueOf(parts);
      const conductor = createConductor({ store, queue, clock: systemClock, log, leads });
      const server = createChunkServer({
        store,
        queue,
        clock: systemClock,
        log,
        // One core is for trading.
        threads: Math.max(1, availableParallelism() - 1),
        idleMs: IDLE_MS,
      });
      const teller = createStudyTeller({ store, chats: parts.chats, clock: systemClock, log, leads });
      conductor.start();
      server.start();
      teller.start();
      stop = async () => {
        await Promise.all([conductor.stop(), server.stop(STOP_MS), teller.stop()]);
        await queue.stop();
      };
    },
    stop: async () => stop?.(),
  };
}

async function queueOf(parts: {
  readonly config: Pick<Config, "databaseUrl">;
  readonly owner: string;
  readonly log: Log;
}): Promise<ChunkQueue> {
  const { databaseUrl } = parts.config;
  if (databaseUrl === null) return localQueue();
  // Costs start-up time, and a desk without Postgres has no use for it.
  const { openQueue } = await import("./adapters/postgres/open-queue.ts");
  return openQueue({ databaseUrl, owner: parts.owner, log: parts.log });
}
