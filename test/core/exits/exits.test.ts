import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Timeframe } from "../../../src/core/bar.ts";
import { follow, highestStop, partDue } from "../../../src/core/exits/follow.ts";
import { partialPrice, partOf } from "../../../src/core/exits/partial.ts";
import { movesStop, planExits, type ExitPlan } from "../../../src/core/exits/plan.ts";
import { raisedStop } from "../../../src/core/exits/raise.ts";
import type { Held } from "../../../src/core/exits/risk.ts";
import type { ExitRules } from "../../../src/core/exits/rules.ts";
import { targetPrice } from "../../../src/core/exits/target.ts";
import { closedBars } from "../../../src/core/exits/time-stop.ts";
import { money } from "../../../src/core/money.ts";
import { openPosition, type Position } from "../../../src/core/position.ts";
import { anOrder } from "../../support/orders.ts";

/** Bought at 185.50 with the stop at 180.50: R is 5. */
const HELD: Held = { entryPrice: 185.5, initialStop: 180.5, stop: 180.5, highWater: 185.5 };

function plan(rules: ExitRules, atr = 2.5): ExitPlan {
  const made = planExits(rules, "15Min", atr);
  if (made === null) throw new Error("these rules make no plan");
  return made;
}

describe("the target", () => {
  it.each<[string, ExitRules, number | undefined, number | undefined]>([
    ["5 % over 200", { takeProfitPct: 5 }, 190, 210],
    ["2 R over 200: 200 + 2 × (200 − 190)", { takeProfitR: 2 }, 190, 220],
    ["none when nothing asks for one", {}, 190, undefined],
    ["none in R without a stop to measure by", { takeProfitR: 2 }, undefined, undefined],
    ["none in R with the stop at the price", { takeProfitR: 2 }, 200, undefined],
  ])("is %s", (_text, rules, stop, target) => {
    expect(targetPrice(rules, 200, stop)).toBe(target);
  });
});

describe("a raised stop", () => {
  it.each<[string, ExitRules, number, ReturnType<typeof raisedStop>]>([
    ["2 % under 200 is 196", { trailPct: 2 }, 200, { stop: 196, by: "trailing" }],
    ["3 ATRs of 2.50 under 200 is 192.50", { trailAtr: 3 }, 200, { stop: 192.5, by: "trailing" }],
    ["2 % under 184 is 180.32, lower than it is", { trailPct: 2 }, 184, undefined],
    ["1 R is 190.50: one cent less does nothing yet", { breakevenR: 1 }, 190.49, undefined],
    ["at 190.50 it is the entry price", { breakevenR: 1 }, 190.5, { stop: 185.5, by: "breakeven" }],
    ["trailing waits for 2 R, 195.50", { trailPct: 1, trailAfterR: 2 }, 195.49, undefined],
    [
      "and is 195.50 × 0.99 = 193.545 then",
      { trailPct: 1, trailAfterR: 2 },
      195.5,
      { stop: 193.545, by: "trailing" },
    ],
    [
      "the higher of both: breakeven 185.50 over 4 % under 191, 183.36",
      { trailPct: 4, breakevenR: 1 },
      191,
      { stop: 185.5, by: "breakeven" },
    ],
    [
      "the higher of both: 4 % under 200, 192",
      { trailPct: 4, breakevenR: 1 },
      200,
      { stop: 192, by: "trailing" },
    ],
  ])("%s", (_text, rules, highWater, raise) => {
    const found = raisedStop(plan(rules), { ...HELD, highWater });
    const rounded = found === undefined ? undefined : { ...found, stop: Number(found.stop.toFixed(9)) };
    expect(rounded).toEqual(raise);
  });

  it("takes the last digits of a double for nothing: 10.10 − 9.90 is 0.1999…, and 1 R lies at 10.30", () => {
    const held = { entryPrice: 10.1, initialStop: 9.9, stop: 9.9, highWater: 10.3 };
    expect(raisedStop(plan({ breakevenR: 1 }), held)).toEqual({ stop: 10.1, by: "breakeven" });
  });

  it("has no R to go by without a stop, but trails", () => {
    const held = { entryPrice: 100, initialStop: 0, stop: 0, highWater: 150 };
    expect(raisedStop(plan({ breakevenR: 1 }), held)).toBeUndefined();
    expect(raisedStop(plan({ trailPct: 10, trailAfterR: 1 }), held)).toBeUndefined();
    expect(raisedStop(plan({ trailPct: 10 }), held)).toEqual({ stop: 135, by: "trailing" });
  });

  it("never falls and is never above the price it was raised at, whatever the prices", () => {
    const rules = fc.oneof(
      fc.record({ trailPct: fc.double({ min: 0.1, max: 50, noNaN: true }) }),
      fc.record({ trailAtr: fc.double({ min: 0.01, max: 20, noNaN: true }), breakevenR: fc.constant(1) }),
      fc.record({ breakevenR: fc.double({ min: 0.01, max: 10, noNaN: true }) }),
      fc.record({
        trailPct: fc.double({ min: 0.1, max: 50, noNaN: true }),
        trailAfterR: fc.double({ min: 0, max: 5, noNaN: true }),
      }),
    );
    const prices = fc.array(fc.double({ min: 1, max: 1_000, noNaN: true }), { maxLength: 60 });
    fc.assert(
      fc.property(rules, prices, (given, path) => {
        const made = plan(given);
        let held: Held = { entryPrice: 100, initialStop: 95, stop: 95, highWater: 100 };
        for (const price of path) {
          if (price <= held.stop) return;
          held = { ...held, highWater: Math.max(held.highWater, price) };
          const raise = raisedStop(made, held);
          if (raise === undefined) continue;
          expect(raise.stop).toBeGreaterThan(held.stop);
          expect(raise.stop).toBeLessThan(held.highWater);
          held = { ...held, stop: raise.stop };
        }
      }),
    );
  });
});

const bought = (exits: ExitPlan, price: number, stop: number): Position =>
  openPosition(
    anOrder({ plannedExits: exits }),
    { quantity: money(5), price: money(price), executionId: null, atMs: 1, decisionPrice: null },
    { id: "p1", stop: money(stop), target: null, protection: "broker", heldSince: 0, entryText: null },
  );

describe("a position that follows the price", () => {
  it("has its stop on whole ticks, never lower than before, never within 0.05 % of the price it is set at", () => {
    const prices = fc.array(fc.integer({ min: 50, max: 40_000 }), { maxLength: 60 });
    const rules = fc.record({
      trailPct: fc.double({ min: 0.1, max: 50, noNaN: true }),
      breakevenR: fc.double({ min: 0.01, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(rules, prices, (given, path) => {
        let position = bought(plan(given), 100, 95);
        for (const cents of path) {
          const price = money(cents).div(100);
          if (price.lte(position.stop)) return;
          const { position: after, by } = follow(position, price);
          expect(after.highWater.gte(price)).toBe(true);
          expect(after.stop.gte(position.stop)).toBe(true);
          expect(after.stop.eq(position.stop)).toBe(by === undefined);
          const crossed = money(after.highWater)
            .times(1 - (given.trailPct ?? 0) / 100)
            .gte(price);
          expect(by === undefined || crossed || after.stop.lte(price.times(0.9995))).toBe(true);
          expect(after.stop.times(100).isInteger()).toBe(true);
          position = after;
        }
      }),
    );
  });

  it.each([
    [185.5, "185.4"], // 185.50 × 0.9995 = 185.40725
    [0.9, "0.8995"], // 0.90 × 0.9995 = 0.89955, on ticks of $0.0001
    [10, "9.99"], // one tick is more than 0.05 %
  ])("at %f may have its stop at %s at the highest", (price, highest) => {
    expect(highestStop(money(price)).toString()).toBe(highest);
  });

  it.each([
    // A high of 120 was kept but not followed; 120 × 0.98 = 117.60.
    [120, 105, "117.6", "crossed: the price is under the stop that belonged there"],
    [120, 117.6, "117.6", "crossed: at the stop"],
    [120, 117.61, "117.55", "117.61 × 0.9995 = 117.551: not crossed, as near as may be"],
    [100, 105, "102.9", "105 × 0.98"],
  ])("with a high of %f and now at %f has its stop at %s", (high, price, stop) => {
    const position = { ...bought(plan({ trailPct: 2 }), 100, 95), highWater: money(high) };
    const followed = follow(position, money(price));
    expect([followed.position.stop.toString(), followed.by]).toEqual([stop, "trailing"]);
  });

  it("asks for its part once, and for none of a single share", () => {
    const position = bought(plan({ partialR: 1 }), 185.5, 180.5);
    expect(partDue(position, money(190.49))).toBeNull();
    expect(partDue(position, money(190.5))?.toString()).toBe("2");
    expect(partDue({ ...position, partialTaken: true }, money(200))).toBeNull();
    expect(partDue({ ...position, quantity: money(1) }, money(200))).toBeNull();
  });
});

describe("a plan", () => {
  it("is made only where something is to be carried: the target is a price of its own", () => {
    expect(planExits({ takeProfitR: 2 }, "1Min", 1)).toBeNull();
    expect(movesStop(plan({ timeStopBars: 5 }))).toBe(false);
    expect(movesStop(plan({ breakevenR: 1 }))).toBe(true);
  });

  it("fixes the trailing distance at the decision: 2 × 2.50 = 5", () => {
    expect(plan({ trailAtr: 2 }).trailBy).toBe(5);
  });
});

describe("a partial take-profit", () => {
  it("lies at its R over the entry: 185.50 + 1 × 5", () => {
    expect(partialPrice(plan({ partialR: 1 }), HELD)).toBe(190.5);
    expect(partialPrice(plan({ trailPct: 1 }), HELD)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    [5, 0.5, "2"],
    [4, 0.5, "2"],
    [1, 0.5, "0"],
    [10, 0.25, "2"],
    [100, 0.99, "99"],
    [2.5, 0.5, "1.25"],
    [0.000001, 0.5, "0"],
  ])("of %f shares by %f sells %s", (quantity, fraction, part) => {
    expect(partOf(money(quantity), fraction).toString()).toBe(part);
  });
});

const at = (day: number, time: string): number => Date.parse(`2026-03-0${day}T${time}Z`);

describe("closed bars held", () => {
  // Monday and Tuesday, 09:30 to 16:00 in New York, winter time.
  const SESSIONS = [2, 3].map((day) => ({ openMs: at(day, "14:30:00"), closeMs: at(day, "21:00:00") }));

  it.each<[string, Timeframe, number, number, number]>([
    ["the bar of the entry counts once it is closed", "15Min", at(2, "14:45:05"), at(2, "14:59:59"), 0],
    ["", "15Min", at(2, "14:45:05"), at(2, "15:00:00"), 1],
    ["an entry at the very start of a bar is in that bar", "15Min", at(2, "14:45:00"), at(2, "15:15:00"), 2],
    ["the night has no bars", "15Min", at(2, "20:50:00"), at(3, "14:45:00"), 2],
    [
      "the hour of the open is half outside the session, and a bar",
      "1Hour",
      at(2, "14:40:00"),
      at(2, "16:00:00"),
      2,
    ],
    ["a daily bar closes with its session", "1Day", at(2, "14:40:00"), at(2, "21:00:00"), 1],
    ["", "1Day", at(2, "14:40:00"), at(3, "20:59:00"), 1],
    ["all of a day", "1Min", at(2, "14:30:00"), at(3, "00:00:00"), 390],
    ["nothing before the entry", "5Min", at(3, "15:00:00"), at(2, "21:00:00"), 0],
  ])("%s (%s)", (_text, timeframe, sinceMs, nowMs, bars) => {
    expect(closedBars(sinceMs, nowMs, timeframe, SESSIONS)).toBe(bars);
  });
});
