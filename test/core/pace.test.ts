import { describe, expect, it } from "vitest";
import { createPacer, type PaceRule } from "../../src/core/pace.ts";

const RULE: PaceRule = { windowMs: 5_000, free: 3, most: 5, spacingMs: 1_000 };

/** Sends as soon as the rule allows, `count` times from 0 on; the times of sending. */
function times(count: number, rule: PaceRule): readonly number[] {
  const pacer = createPacer();
  let now = 0;
  return Array.from({ length: count }, () => {
    now += pacer.waitMs(rule, now);
    pacer.send(now);
    return now;
  });
}

describe("a pacer", () => {
  it("lets three go at once and the next a second apart, never six in five seconds", () => {
    expect(times(8, RULE)).toEqual([0, 0, 0, 1_000, 2_000, 5_000, 6_000, 7_000]);
  });

  it("tells how many may go at once", () => {
    const pacer = createPacer();
    expect(pacer.freeNow(RULE, 0)).toBe(3);
    pacer.send(0);
    expect(pacer.freeNow(RULE, 0)).toBe(2);
    pacer.send(0);
    pacer.send(0);
    expect(pacer.freeNow(RULE, 0)).toBe(0);
    expect(pacer.freeNow(RULE, 1_000)).toBe(1);
  });

  it("waits as long as it was told to", () => {
    const pacer = createPacer();
    pacer.close(7_000, 100);
    expect(pacer.waitMs(RULE, 200)).toBe(6_900);
    expect(pacer.waitMs(RULE, 7_100)).toBe(0);
  });

  it("waits no longer and sends no more when the clock is set back", () => {
    const pacer = createPacer();
    const hour = 3_600_000;
    for (const at of [0, 0, 0, 1_000, 2_000]) pacer.send(hour + at);
    expect(pacer.waitMs(RULE, 0)).toBe(3_000);
    expect(pacer.freeNow(RULE, 0)).toBe(0);
    expect(pacer.waitMs(RULE, 2_999)).toBe(1);
    expect(pacer.waitMs(RULE, 3_000)).toBe(0);
    pacer.close(7_000, 3_000);
    expect(pacer.waitMs(RULE, -hour)).toBe(7_000);
    expect(pacer.waitMs(RULE, -hour + 7_000)).toBe(0);
  });

  it("leaves room to a laxer rule that asks the same pacer", () => {
    const pacer = createPacer();
    const cards: PaceRule = { windowMs: 5_000, free: 1, most: 2, spacingMs: 2_000 };
    pacer.send(0);
    pacer.send(100);
    expect(pacer.waitMs(cards, 200)).toBe(4_800);
    expect(pacer.waitMs(RULE, 200)).toBe(0);
  });
});
