import { setTimeout as wait } from "node:timers/promises";
import type { Clock } from "../../ports.ts";

/** The machine's clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Being woken early is a normal end of a pause.
      if (signal?.aborted !== true) throw error;
    }
  },
};
