import { describe, expect, it } from "vitest";
import { changeText, limitChanges } from "../../../src/core/risk/limit-changes.ts";
import { DEFAULT_LIMITS, LIMITS, readLimits } from "../../../src/core/risk/limits.ts";
import { parseLimits } from "../../../src/core/risk/parse-limits.ts";

const errors = (...texts: string[]) => {
  const parsed = parseLimits(texts, DEFAULT_LIMITS);
  return parsed.kind === "invalid" ? parsed.errors : [];
};
const limits = (...texts: string[]) => {
  const parsed = parseLimits(texts, DEFAULT_LIMITS);
  if (parsed.kind === "invalid") throw new Error(parsed.errors.join());
  return parsed.limits;
};
const changes = (from: readonly string[], to: readonly string[]) =>
  limitChanges(limits(...from), limits(...to)).map((change) => [changeText(change), change.raises]);

describe("limits", () => {
  it("are on where a figure was named: heat 25 %, day loss 2 %, correlated 15 % above 0.7, price band 5 %", () => {
    expect(Object.entries(DEFAULT_LIMITS).filter(([, value]) => value !== null)).toEqual([
      ["heat_pct", 25],
      ["day_loss_pct", 2],
      ["correlated_pct", 15],
      ["correlation", 0.7],
      ["price_band_pct", 5],
    ]);
  });

  it.each([
    [["heat=20"], ["unknown limit heat; did you mean heat_pct?"]],
    [["heat_pct=0"], ["heat_pct=0: expected a percentage above 0 and at most 100"]],
    [["heat_pct=none"], ["heat_pct=none: expected a percentage above 0 and at most 100"]],
    [["max_positions=2.5"], ["max_positions=2.5: expected a whole number from 1 to 1000, or none"]],
    [["heat_pct"], ["heat_pct: expected name=value"]],
    [["heat_pct=5", "heat_pct=6"], ["heat_pct is given twice"]],
  ])("refuse %j", (texts, expected) => {
    expect(errors(...texts)).toEqual(expected);
  });

  it.each([
    [
      ["max_positions=4", "max_positions_symbol=5"],
      "max_positions_symbol=5 is above max_positions=4: one symbol cannot hold more than all together",
    ],
    [
      ["max_positions=4", "max_positions_strategy=5"],
      "max_positions_strategy=5 is above max_positions=4: one strategy cannot hold more than all together",
    ],
    [
      ["orders_per_minute=20", "trades_per_day=10"],
      "orders_per_minute=20 is above trades_per_day=10: a minute cannot hold more entries than its day",
    ],
    [
      ["day_loss_pct=10", "drawdown_pct=8"],
      "day_loss_pct=10 is above drawdown_pct=8: a day would have to lose more than the account may lose at all",
    ],
    [
      ["no_entry_open_minutes=200", "no_entry_close_minutes=190"],
      "no_entry_open_minutes and no_entry_close_minutes come to 390 of the 390 minutes of a session: no entry could ever be made",
    ],
  ])("contradict each other in %j, and are refused with the reason", (texts, reason) => {
    expect(errors(...texts)).toEqual([reason]);
  });

  it("contradict also what was set before", () => {
    const before = limits("max_positions=4");
    expect(parseLimits(["max_positions_symbol=5"], before)).toMatchObject({ kind: "invalid" });
    expect(parseLimits(["max_positions=none", "max_positions_symbol=5"], before)).toMatchObject({
      kind: "ok",
    });
  });

  it.each([
    [["heat_pct=25"], ["heat_pct=20"], "heat_pct 25% → 20%", false],
    [["heat_pct=25"], ["heat_pct=30%"], "heat_pct 25% → 30%", true],
    [[], ["max_position_value=5000"], "max_position_value none → $5,000.00", false],
    [["max_position_value=5000"], [], "max_position_value $5,000.00 → none", true],
    [["cooldown_minutes=30"], ["cooldown_minutes=60"], "cooldown_minutes 30 min → 60 min", false],
    [["cooldown_minutes=30"], ["cooldown_minutes=10"], "cooldown_minutes 30 min → 10 min", true],
    [["correlation=0.7"], ["correlation=0.6"], "correlation 0.7 → 0.6", false],
  ])("know which way is looser: from %j to %j", (from, to, text, raises) => {
    expect(changes(from, to)).toEqual([[text, raises]]);
  });

  it("are read back as they were stored; what is missing has its default", () => {
    const set = limits("heat_pct=20", "max_positions=8");
    expect(readLimits(JSON.parse(JSON.stringify(set)))).toEqual(set);
    expect(readLimits({ heat_pct: 20, renamed: 1 })).toEqual(limits("heat_pct=20"));
    expect(readLimits(undefined)).toEqual(DEFAULT_LIMITS);
  });

  it("have a name, a unit and words for what they are about each", () => {
    expect(LIMITS.map((limit) => limit.name)).toEqual(Object.keys(DEFAULT_LIMITS));
    for (const { description } of LIMITS) expect(description).not.toBe("");
  });
});
