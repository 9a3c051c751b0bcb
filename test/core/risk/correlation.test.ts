import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { correlationOf, type DailyCloses } from "../../../src/core/risk/correlation.ts";

/** Closes from returns, a day each; `from` is the number of the first day. */
function closes(returns: readonly number[], from = 0): DailyCloses {
  let price = 100;
  return new Map(
    [0, ...returns].map((each, index) => {
      price *= 1 + each;
      return [day(from + index), price] as const;
    }),
  );
}
const day = (index: number): string => new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
const wave = (length: number, phase = 0): number[] =>
  Array.from({ length }, (_, index) => 0.01 * Math.sin(index + phase));

describe("the correlation of daily returns", () => {
  it("is 1 for twice the moves, −1 for the opposite ones", () => {
    const returns = wave(60);
    expect(correlationOf(closes(returns), closes(returns.map((each) => 2 * each)))).toBeCloseTo(1, 10);
    expect(correlationOf(closes(returns), closes(returns.map((each) => -each)))).toBeCloseTo(-1, 10);
  });

  it("is Pearson's: of the returns +1 −1 +1 −1 … and +1 +1 −1 −1 … it is 0", () => {
    const x = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 0.01 : -0.01));
    const y = Array.from({ length: 60 }, (_, index) => (index % 4 < 2 ? 0.01 : -0.01));
    expect(correlationOf(closes(x), closes(y))).toBeCloseTo(0, 10);
  });

  it("looks at the newest 60 days only: what was before them does not matter", () => {
    const together = wave(60);
    const one = closes([...wave(40), ...together]);
    const other = closes([...wave(40).map((each) => -each), ...together]);
    expect(correlationOf(one, other)).toBeCloseTo(1, 10);
  });

  it("is unknown with 29 common returns, known with 30", () => {
    expect(correlationOf(closes(wave(29)), closes(wave(29)))).toBeUndefined();
    expect(correlationOf(closes(wave(30)), closes(wave(30)))).toBeCloseTo(1, 10);
    expect(correlationOf(closes(wave(60)), closes(wave(60), 35))).toBeUndefined();
  });

  it("is unknown for a price that never moved", () => {
    expect(correlationOf(closes(wave(60)), closes(Array<number>(60).fill(0)))).toBeUndefined();
  });

  it("bridges a day that one of the two lacks", () => {
    const whole = closes(wave(60));
    const holed = new Map([...whole].filter(([key]) => key !== day(20)));
    expect(correlationOf(whole, holed)).toBeCloseTo(1, 10);
  });

  it("lies between −1 and 1 and is the same both ways", () => {
    const returns = fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), {
      minLength: 30,
      maxLength: 80,
    });
    fc.assert(
      fc.property(returns, returns, (x, y) => {
        const there = correlationOf(closes(x), closes(y));
        expect(correlationOf(closes(y), closes(x)) ?? null).toBe(there ?? null);
        expect(Math.abs(there ?? 0)).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });
});
