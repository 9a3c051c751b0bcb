import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { windowsOf } from "../../../src/research/optimize/windows.ts";

const times = (length: number): Float64Array => Float64Array.from({ length }, (_, index) => index);

describe("walk-forward windows", () => {
  it("search all bars without walk-forward", () => {
    expect(windowsOf(null, times(10))).toEqual([{ inSample: { fromMs: 0, toMs: 9 }, outOfSample: null }]);
  });

  // 23 bars, 3 windows and 2 parts to search: parts of ⌊23 / 5⌋ = 4 bars; the 3 left over come first.
  it("roll over the bars, each judging what follows what it searched", () => {
    expect(windowsOf({ windows: 3, inSampleParts: 2, anchored: false }, times(23))).toEqual([
      { inSample: { fromMs: 3, toMs: 10 }, outOfSample: { fromMs: 11, toMs: 14 } },
      { inSample: { fromMs: 7, toMs: 14 }, outOfSample: { fromMs: 15, toMs: 18 } },
      { inSample: { fromMs: 11, toMs: 18 }, outOfSample: { fromMs: 19, toMs: 22 } },
    ]);
  });

  it("grow from the first bar when anchored", () => {
    expect(
      windowsOf({ windows: 2, inSampleParts: 2, anchored: true }, times(9)).map(({ inSample }) => inSample),
    ).toEqual([
      { fromMs: 0, toMs: 4 },
      { fromMs: 0, toMs: 6 },
    ]);
  });

  it("refuse bars that are too few", () => {
    expect(() => windowsOf({ windows: 5, inSampleParts: 3, anchored: false }, times(15))).toThrow(
      "15 bars are too few for 5 windows: each needs 2 bars to judge and 6 to search",
    );
  });

  it("judge every bar at most once, and never one that they searched or one before it", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        fc.integer({ min: 40, max: 400 }),
        (windows, inSampleParts, anchored, length) => {
          const parts = Math.floor(length / (windows + inSampleParts));
          let judged = length - 1 - parts * windows;
          for (const { inSample, outOfSample } of windowsOf(
            { windows, inSampleParts, anchored },
            times(length),
          )) {
            expect(outOfSample?.fromMs).toBe(inSample.toMs + 1);
            expect(outOfSample?.fromMs).toBe(judged + 1);
            judged = outOfSample?.toMs ?? judged;
          }
          expect(judged).toBe(length - 1);
        },
      ),
    );
  });
});
