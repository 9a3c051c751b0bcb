import { setTimeout as sleep } from "node:timers/promises";
import { chaosFault } from "./contract.ts";

/** The database goes away. */
export const DATABASE_FAULTS = [
  chaosFault(
    "database-cut",
    async ({ database, plan }) => {
      database.cut();
      await sleep(plan.rng.int(200, 4_000));
      database.heal();
    },
    "postgres",
  ),
  // Longer than the lease: it runs out meanwhile, and what comes back has to be read again.
  chaosFault(
    "database-away",
    async ({ database, plan }) => {
      database.cut();
      await sleep(plan.rng.int(17_000, 24_000));
      database.heal();
    },
    "postgres",
  ),
  chaosFault(
    "database-hang",
    async ({ database, plan }) => {
      database.hang();
      await sleep(plan.rng.int(1_000, 4_000));
      database.heal();
    },
    "postgres",
  ),
  chaosFault(
    "database-killed",
    async ({ database, plan }) => {
      await database.crash();
      await sleep(plan.rng.int(200, 3_000));
      await database.restart();
    },
    "postgres",
  ),
] as const;
