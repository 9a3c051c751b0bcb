import type { PlannedTrial, Trial } from "./contract.ts";

/** A trial that came to nothing, and why. */
export function failedTrial({ number, window, params }: PlannedTrial, text: string): Trial {
  return { number, window, params, state: "failed", inSample: null, outOfSample: null, text };
}
