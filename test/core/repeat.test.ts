import { describe, expect, it } from "vitest";
import { loopOf } from "../../src/core/repeat.ts";

/** A loop over these rounds: what one answers, or the error it throws. Ends with the last. */
async function told(...rounds: readonly (boolean | Error)[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const left = [...rounds];
  let over: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (over = resolve));
  const surroundings = {
    clock: {
      sleep: (_ms: number, signal: AbortSignal): Promise<void> => {
        if (left.length > 0) return Promise.resolve();
        over?.();
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    },
    log: {
      info: (_fields: object, text: string) => void lines.push(text),
      error: (_fields: object, text: string) => void lines.push(text),
    },
  };
  const loop = loopOf(surroundings, "the watch", 1_000, async () => {
    const round = left.shift();
    if (round instanceof Error) throw round;
    return round;
  });
  loop.start();
  await ended;
  await loop.stop();
  return lines;
}

describe("what is repeated", () => {
  it("tells a failure once and again when it changes, and goes on", async () => {
    const [away, late] = [new Error("away"), new Error("late")];
    expect(await told(away, away, late, true)).toEqual([
      "the watch failed; trying again",
      "the watch failed; trying again",
      "the watch works again",
    ]);
  });

  it("does not take a round with nothing to do for a proof that it works", async () => {
    expect(await told(new Error("away"), false, false)).toEqual(["the watch failed; trying again"]);
  });
});
