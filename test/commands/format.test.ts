import { describe, expect, it } from "vitest";
import { duration, orNone, riskMultiple } from "../../src/commands/format.ts";

describe("figures in answers", () => {
  it.each([
    [0, "0s"],
    [-5, "0s"],
    [999, "0s"],
    [59_999, "59s"],
    [200_000, "3m 20s"],
    [3_600_000, "1h"],
    [3_600_000 + 20_000, "1h"],
    [7_500_000, "2h 5m"],
    [4 * 86_400_000 + 3 * 3_600_000 + 59_000, "4d 3h"],
  ])("%i ms is %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [1.2, "+1.2R"],
    [-0.4, "-0.4R"],
    [0, "+0.0R"],
    [-0.04, "+0.0R"],
    [-1, "-1.0R"],
  ])("%f is %s", (multiple, text) => {
    expect(riskMultiple(multiple)).toBe(text);
  });

  it.each([null, undefined, Number.NaN, Number.POSITIVE_INFINITY])("%s is a dash", (value) => {
    expect(orNone(value, String)).toBe("–");
  });
});
