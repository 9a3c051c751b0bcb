import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gapsIn, withRange, type TimeRange } from "../../src/core/time-ranges.ts";

const range = fc
  .tuple(fc.nat(40), fc.nat(10))
  .map(([from, length]): TimeRange => ({ from, to: from + length }));

function moments(ranges: readonly TimeRange[]): ReadonlySet<number> {
  return new Set(ranges.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)));
}

describe("ranges of time", () => {
  it.each<[string, readonly TimeRange[], readonly TimeRange[]]>([
    ["all, where nothing is known", [], [{ from: 10, to: 20 }]],
    ["nothing, where all is known", [{ from: 0, to: 30 }], []],
    [
      "what lies between",
      [
        { from: 5, to: 12 },
        { from: 18, to: 25 },
      ],
      [{ from: 13, to: 17 }],
    ],
    [
      "both ends",
      [{ from: 12, to: 15 }],
      [
        { from: 10, to: 11 },
        { from: 16, to: 20 },
      ],
    ],
  ])("have gaps: %s", (_name, known, gaps) => {
    expect(gapsIn(known, { from: 10, to: 20 })).toEqual(gaps);
  });

  it("join to exactly what was added, ascending and apart; gaps are exactly the rest", () => {
    fc.assert(
      fc.property(fc.array(range), range, (added, wanted) => {
        const known = added.reduce<readonly TimeRange[]>(withRange, []);
        expect(moments(known)).toEqual(moments(added));
        for (const [index, { from }] of known.entries())
          expect(from).toBeGreaterThan((known[index - 1]?.to ?? -2) + 1);
        const gaps = moments(gapsIn(known, wanted));
        for (const at of moments([wanted])) expect(gaps.has(at)).toBe(!moments(known).has(at));
        expect([...gaps].every((at) => at >= wanted.from && at <= wanted.to)).toBe(true);
      }),
    );
  });
});
