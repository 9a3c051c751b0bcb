import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { money, sum, type Money } from "../../src/core/money.ts";
import { openPosition, reducePosition, type Position } from "../../src/core/position.ts";
import { splitHolders, type SplitHolders, type SplitPosition } from "../../src/core/split-holders.ts";
import { anOrder } from "../support/orders.ts";

/** So many shares at 185.50, or at `price`, with the stop at 180.50. */
function held(quantity: number, price = 185.5): Position {
  return openPosition(
    anOrder(),
    {
      quantity: money(quantity),
      price: money(price),
      executionId: null,
      atMs: 1,
      decisionPrice: money(price),
    },
    { id: "p1", stop: money(180.5), target: money(200), protection: "broker", heldSince: 0, entryText: null },
  );
}

/** `into` for `per`; the broker holds `total` then, at 100 on average. */
function after(
  positions: readonly Position[],
  [into, per]: readonly [number, number],
  total: number | string,
  external = 0,
): SplitHolders {
  const broker = { quantity: money(total), average: money(100) };
  return splitHolders(positions, money(external), money(into).div(per), broker);
}

const first = ({ positions }: SplitHolders): SplitPosition => {
  const [found] = positions;
  if (found === undefined) throw new Error("no position");
  return found;
};
const quantities = ({ positions }: SplitHolders) =>
  positions.map(({ position }) => position.quantity.toString());
/** What stays of each: whole shares, where all is well. */
const kept = ({ positions }: SplitHolders) =>
  positions.map(({ position, paidOut, passedOn }) =>
    position.quantity.minus(paidOut).minus(passedOn).toString(),
  );
const costOf = ({ entryPrice, boughtQuantity }: Position): Money => entryPrice.times(boughtQuantity);

describe("a position after a split", () => {
  it("keeps the money and the risk: (185.50 − 180.50) × 5 = (46.375 − 45.125) × 20 = 25", () => {
    const { position } = first(after([held(5)], [4, 1], 20));
    expect([position.quantity, position.entryPrice, position.stop, position.target].map(String)).toEqual([
      "20",
      "46.375",
      "45.125",
      "50",
    ]);
    expect(position.entryPrice.minus(position.stop).times(position.quantity).toString()).toBe("25");
  });

  it("forgets refusals and a crossed price: both were of the prices of before", () => {
    const { position } = first(after([{ ...held(5), stopRefusals: 1, crossedSince: 9 }], [4, 1], 20));
    expect([position.stopRefusals, position.crossedSince]).toEqual([0, null]);
  });
});

describe("whole shares after a split", () => {
  it.each([
    ["3:2 of 5 and 5", [5, 5], [3, 2], 15, 0, ["8", "7"], "0"],
    ["1:10 of 13 and 17", [13, 17], [1, 10], 3, 0, ["1", "2"], "0"],
    ["1:10 of 13 beside 17 EXTERNAL", [13], [1, 10], 3, 17, ["1"], "2"],
    ["1:10 of 17 beside 13 EXTERNAL", [17], [1, 10], 3, 13, ["2"], "1"],
    ["3:2 of 25 and 20, half a share paid out", [25, 20], [3, 2], 67, 0, ["37", "30"], "0"],
    ["3:2 of 20 and 25, half a share paid out", [20, 25], [3, 2], 67, 0, ["30", "37"], "0"],
    ["3:2 of 5, 5 and 5, half a share paid out", [5, 5, 5], [3, 2], 22, 0, ["8", "7", "7"], "0"],
    ["1:3 of 5, 5 and 5", [5, 5, 5], [1, 3], 5, 0, ["2", "2", "1"], "0"],
    ["1:3 of 6", [6], [1, 3], 2, 0, ["2"], "0"],
    ["1:10 of 55, rounded up", [55], [1, 10], 6, 0, ["6"], "0"],
    ["1:10 of 5 and 5: one has nothing left", [5, 5], [1, 10], 1, 0, ["1", "0"], "0"],
    ["1:10 of 3 and 20, 0.3 paid out", [3, 20], [1, 10], 2, 0, ["0", "2"], "0"],
    ["1:10 of 3 beside 17 EXTERNAL", [3], [1, 10], 2, 17, ["0"], "2"],
  ] as const)("are whole for each: %s", (_name, before, ratio, total, external, ours, theirs) => {
    const split = after(
      before.map((quantity) => held(quantity)),
      ratio,
      total,
      external,
    );
    expect([kept(split), split.external.toString()]).toEqual([ours, theirs]);
  });

  it("of a part that goes to another's whole one take along what it cost: 8 × 107.79 + 7 × 124.67 = 5 × 160 + 5 × 187", () => {
    // 5 at 160 and 5 at 187: 7.5 at 106.67 and 7.5 at 124.67.
    const { positions } = after([held(5, 160), held(5, 187)], [3, 2], 15);
    expect(positions.map(({ position }) => position.entryPrice.toFixed(4))).toEqual(["107.7917", "124.6667"]);
    expect(sum(positions.map(({ position }) => costOf(position))).toFixed(20)).toBe(money(1735).toFixed(20));
    // Slippage is measured against what was decided on: there was none, and there is none.
    const slippage = positions.map(({ position: each }) => each.entryDecided?.minus(costOf(each)).abs());
    expect(slippage.map((each) => each?.toFixed(20))).toEqual(Array(2).fill(money(0).toFixed(20)));
  });

  it("leave what was sold before as it was: 5 of 15 at 3:2 are 7.5 of 22.5, and the rest becomes 15", () => {
    const part = { quantity: money(5), price: money(190), executionId: null, atMs: 2, decisionPrice: null };
    const { position } = first(after([reducePosition(held(15), part)], [3, 2], 15));
    expect([position.quantity, position.boughtQuantity, position.soldQuantity].map(String)).toEqual([
      "15",
      "22.5",
      "7.5",
    ]);
    expect(position.soldNotional.toString()).toBe("950");
  });

  it("say what left: what another needed at its cost, what nobody needed in cash, the newest first", () => {
    const leaving = after([held(3), held(3), held(3), held(3)], [1, 10], 1).positions.map(
      ({ paidOut, passedOn }) => [passedOn.toString(), paidOut.toString()],
    );
    // 4 × 0.3 = 1.2: the first one's 0.7 come from the second, the third and 0.1 of the fourth, whose 0.2 are paid out.
    expect(leaving).toEqual([
      ["0", "0"],
      ["0.3", "0"],
      ["0.3", "0"],
      ["0.1", "0.2"],
    ]);
  });

  it("are sold in whole parts: 1 of 5 becomes 1 of 7 or 8, and a part of less than one is none", () => {
    const selling = { partQuantity: money(1), partReason: "manual", partRequestedAt: 1 } as const;
    expect(
      first(after([{ ...held(5), ...selling }, held(5)], [3, 2], 15)).position.partQuantity?.toString(),
    ).toBe("1");
    const { position } = first(
      after([{ ...held(10), ...selling, partialTaken: true }, held(10)], [1, 10], 2),
    );
    expect(position).toMatchObject({ partQuantity: null, partReason: null, partialTaken: true });
  });

  it("come to what the broker holds and cost what they did, whoever holds how many", () => {
    const holders = fc.array(
      fc.record({ quantity: fc.integer({ min: 1, max: 400 }), cents: fc.integer({ min: 50, max: 50_000 }) }),
      { minLength: 1, maxLength: 5 },
    );
    const terms = fc.constantFrom([3, 2], [5, 4], [2, 1], [1, 3], [2, 3], [1, 10], [1, 50], [21, 20]);
    fc.assert(
      fc.property(holders, terms, fc.boolean(), (rows, [into = 1, per = 1], inCash) => {
        const before = rows.map(({ quantity, cents }) => held(quantity, cents / 100));
        const exact = (rows.reduce((total, { quantity }) => total + quantity, 0) * into) / per;
        const total = inCash ? Math.floor(exact + 1e-9) : Math.round(exact);
        if (total === 0) return;
        const split = after(before, [into, per], total);
        const stays = kept(split).map(Number);
        expect(stays.every((each) => Number.isInteger(each))).toBe(true);
        expect(stays.reduce((all, each) => all + each, 0)).toBe(total);
        // What was passed on costs its heirs what it had cost.
        const cost = sum(
          split.positions.map(({ position, passedOn }) =>
            costOf(position).minus(passedOn.times(position.entryPrice)),
          ),
        );
        const paid = sum(before.map(costOf));
        // What is rounded up counts as bought like the rest.
        expect(total - exact > 1e-9 || cost.minus(paid).abs().div(paid).lt(1e-6)).toBe(true);
        for (const { position } of split.positions) {
          expect(position.quantity.lte(position.boughtQuantity)).toBe(true);
          expect(position.entryPrice.gt(0)).toBe(true);
        }
      }),
    );
  });
});

describe("parts of a share after a split", () => {
  it("stay what they are where the broker holds parts: 5 × (1 / 3) is 1.666666667", () => {
    expect(quantities(after([held(5)], [1, 3], "1.666666667"))).toEqual(["1.666666667"]);
  });

  it("stay where somebody held parts before: 2.5 and 2.5 at 2:1", () => {
    expect(quantities(after([held(2.5), held(2.5)], [2, 1], 10))).toEqual(["5", "5"]);
    expect(quantities(after([held(2.5), held(2.5)], [5, 2], "12.5"))).toEqual(["6.25", "6.25"]);
  });

  it("are all of the broker's: the newest position takes what rounding leaves, one way or the other", () => {
    expect(quantities(after([held(5), held(5)], [1, 3], "3.333333333"))).toEqual([
      "1.666666667",
      "1.666666666",
    ]);
    expect(quantities(after([held(5), held(5)], [1, 10], "1.000000001"))).toEqual(["0.5", "0.500000001"]);
  });

  it("that were paid out in cash are still among them, and leave the newest", () => {
    const split = after([held(2.5), held(2.5)], [3, 2], 7);
    expect([quantities(split), kept(split)]).toEqual([
      ["3.75", "3.75"],
      ["3.75", "3.25"],
    ]);
  });
});
