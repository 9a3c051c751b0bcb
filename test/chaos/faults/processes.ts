import { setTimeout as sleep } from "node:timers/promises";
import { chaosFault } from "./contract.ts";

/** Longer than a lease: whoever sleeps so long has been replaced when it wakes. */
const OVERSLEEP_MS = 18_000;

/** Processes that sleep, and a second one that takes over. */
export const PROCESS_FAULTS = [
  chaosFault("sleep-short", async (world) => {
    const leader = await world.leader();
    leader?.sleep();
    await sleep(world.plan.rng.int(500, 4_000));
    leader?.wake();
  }),
  chaosFault(
    "sleep-replaced",
    async (world) => {
      const leader = await world.leader();
      leader?.sleep();
      await sleep(OVERSLEEP_MS);
      leader?.wake();
      await world.up();
    },
    "standby",
  ),
  chaosFault(
    "take-over",
    async (world) => {
      const leader = await world.leader();
      leader?.crash();
      await world.up();
      await leader?.start();
    },
    "standby",
  ),
] as const;
