import { setTimeout as sleep } from "node:timers/promises";
import type { ChaosDatabase } from "../../support/chaos/database.ts";
import { chaosFault, type ChaosFault } from "./contract.ts";

/** The database goes away for a while between `from` and `to` ms. */
function away<const Kind extends string>(
  kind: Kind,
  from: number,
  to: number,
  go: (database: ChaosDatabase) => void | Promise<void>,
  comeBack: (database: ChaosDatabase) => void | Promise<void> = (database) => database.heal(),
): ChaosFault<Kind> {
  return chaosFault(
    kind,
    async ({ database, plan }) => {
      await go(database);
      await sleep(plan.rng.int(from, to));
      await comeBack(database);
    },
    "postgres",
  );
}

/** The database goes away. */
export const DATABASE_FAULTS = [
  away("database-cut", 200, 4_000, (database) => database.cut()),
  // Longer than the lease: it runs out meanwhile, and what comes back has to be read again.
  away("database-away", 17_000, 24_000, (database) => database.cut()),
  away("database-hang", 1_000, 4_000, (database) => database.hang()),
  away(
    "database-killed",
    200,
    3_000,
    (database) => database.crash(),
    (database) => database.restart(),
  ),
] as const;
