import { describe, expect, it } from "vitest";
import { equityCurve } from "../../src/core/equity-curve.ts";
import { maxDrawdown } from "../../src/core/performance.ts";

const MINUTE = 60_000;
/** Two sessions of ten minutes, an hour apart. */
const SESSIONS = [
  { openMs: 0, closeMs: 10 * MINUTE },
  { openMs: 60 * MINUTE, closeMs: 70 * MINUTE },
];
const every = (minutes: readonly number[]): { atMs: number; equity: number }[] =>
  minutes.map((minute) => ({ atMs: minute * MINUTE, equity: 100 + minute }));
const minutesOf = ({ time }: { readonly time: readonly number[] }): readonly number[] =>
  time.map((at) => at / MINUTE);

describe("an equity curve", () => {
  it("leaves the hours out in which the market is closed, and keeps what is read just after the close", () => {
    const curve = equityCurve(every([-5, 0, 5, 10, 11, 30, 59, 60, 70, 90, 100]), SESSIONS, 100);
    // 100 is the newest point, which is always there: it is the figure of now.
    expect(minutesOf(curve)).toEqual([0, 5, 10, 11, 60, 70, 100]);
    expect(curve.equity).toEqual([100, 105, 110, 111, 160, 170, 200]);
  });

  it("keeps every point where no calendar could be read", () => {
    expect(minutesOf(equityCurve(every([-5, 30, 90]), [], 100))).toEqual([-5, 30, 90]);
  });

  it("is empty without points", () => {
    expect(equityCurve([], SESSIONS, 100)).toEqual({ time: [], equity: [] });
  });

  it("has few points and still the first, the last, every peak and every fall", () => {
    const points = Array.from({ length: 20_000 }, (_, index) => ({
      atMs: index,
      equity: 100_000 + 500 * Math.sin(index / 900) + (index === 7_777 ? -4_000 : 0),
    }));
    const curve = equityCurve(points, [], 360);
    expect(curve.time.length).toBeLessThanOrEqual(364);
    expect(curve.time[0]).toBe(0);
    expect(curve.time.at(-1)).toBe(19_999);
    expect(curve.time).toEqual(curve.time.toSorted((a, b) => a - b));
    expect(new Set(curve.time).size).toBe(curve.time.length);
    const whole = Float64Array.from(points, ({ equity }) => equity);
    expect(maxDrawdown(Float64Array.from(curve.equity))).toBe(maxDrawdown(whole));
  });
});
