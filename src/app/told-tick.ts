import type { BarStore } from "./bar-store.ts";
import { tellConnection } from "./connection.ts";
import type { Engine } from "./context.ts";
import { runTick } from "./tick.ts";
import type { Trackers } from "./trackers.ts";

/** So many ticks may fail in a row before the channel hears of it. */
const TELL_FAILED_TICKS = 3;

/** A tick that fails again and again is told in the channel: nothing is decided meanwhile. */
export function toldTick(engine: Engine, store: BarStore, trackers: Trackers): () => Promise<void> {
  const { state } = engine;
  let failedTicks = 0;
  return async () => {
    try {
      await runTick(engine, store, trackers);
    } catch (error) {
      failedTicks += 1;
      state.tickFailure = error instanceof Error ? error.message : String(error);
      if (failedTicks === TELL_FAILED_TICKS)
        await tellConnection(
          engine,
          `No bars are decided: ${state.tickFailure}. Stops at the broker stay; trying again`,
          "warn",
        );
      throw error;
    }
    if (failedTicks >= TELL_FAILED_TICKS) await tellConnection(engine, "Bars are decided again", "good");
    failedTicks = 0;
    state.tickFailure = null;
  };
}
