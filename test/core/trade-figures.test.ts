import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import type { Booking } from "../../src/core/order.ts";
import { addToPosition, isExtreme, openPosition, reducePosition, tradeOf } from "../../src/core/position.ts";
import type { Position, Trade } from "../../src/core/position.ts";
import { splitHolders } from "../../src/core/split-holders.ts";
import { tradeFigures, type Slippage } from "../../src/core/trade-figures.ts";
import { anOrder } from "../support/orders.ts";

interface Fill {
  readonly quantity: number;
  readonly price: number;
  /** The price decided on. */
  readonly at?: number;
}

function booking({ quantity, price, at }: Fill, atMs = 1): Booking {
  return {
    quantity: money(quantity),
    price: money(price),
    executionId: null,
    atMs,
    decisionPrice: at === undefined ? null : money(at),
  };
}

/** Bought and sold as told, with the stop at 180.50; `seen` are prices while it was open. */
function roundTrip(
  bought: readonly [Fill, ...Fill[]],
  sold: readonly Fill[],
  seen: readonly number[] = [],
): Trade {
  const [first, ...more] = bought;
  let position: Position = openPosition(anOrder(), booking(first, 1_000), {
    id: "p1",
    stop: money(180.5),
    target: null,
    protection: "broker",
    heldSince: 0,
    entryText: null,
  });
  for (const fill of more) position = addToPosition(position, booking(fill));
  for (const price of seen) position = seenAt(position, price);
  for (const fill of sold) position = reducePosition(position, booking(fill, 61_000));
  return tradeOf(position, "signal", 61_000, "fell under its average");
}

/** As the ledger does it, in one statement. */
function seenAt(position: Position, price: number): Position {
  const seen = money(price);
  if (!isExtreme(position, seen)) return position;
  return seen.gt(position.highWater) ? { ...position, highWater: seen } : { ...position, lowWater: seen };
}

describe("excursions and R", () => {
  // 5 bought at 185.50 with the stop at 180.50: $25 at risk.
  it.each<[string, readonly number[], number, [string, number, string, number, number]]>([
    // MAE (183 − 185.50) × 5, MFE (191 − 185.50) × 5, R 12.50 / 25.
    ["down, then up, out at 188", [183, 191], 188, ["-12.5", -0.5, "27.5", 1.1, 0.5]],
    // The stop fills under every price that was seen: the fill counts too.
    ["stopped at 180", [184], 180, ["-27.5", -1.1, "0", 0, -1.1]],
    // And a sale above all prices seen.
    ["out at a spike of 195.50", [187], 195.5, ["0", 0, "50", 2, 2]],
    ["nothing seen, out where it came in", [], 185.5, ["0", 0, "0", 0, 0]],
  ])("%s", (_name, seen, exit, expected) => {
    const figures = tradeFigures(
      roundTrip([{ quantity: 5, price: 185.5 }], [{ quantity: 5, price: exit }], seen),
    );
    const { mae, maeR, mfe, mfeR, rMultiple, holdingMs, initialRisk } = figures;
    expect([mae?.toString(), maeR, mfe?.toString(), mfeR, rMultiple]).toEqual(expected);
    expect([holdingMs, initialRisk?.toString()]).toEqual([60_000, "25"]);
  });

  it("are measured from the average entry over all fills", () => {
    // (2 × 185 + 3 × 186) / 5 = 185.60; the lowest price is the first fill: (185 − 185.60) × 5.
    const trade = roundTrip(
      [
        { quantity: 2, price: 185 },
        { quantity: 3, price: 186 },
      ],
      [{ quantity: 5, price: 187 }],
    );
    expect(tradeFigures(trade).mae?.toString()).toBe("-3");
    expect(tradeFigures(trade).mfe?.toString()).toBe("7");
  });

  it("are not defined without a stop below the entry, and not known for positions older than their record", () => {
    const trade = roundTrip([{ quantity: 5, price: 185.5 }], [{ quantity: 5, price: 188 }]);
    expect(tradeFigures({ ...trade, initialStop: money(0) })).toMatchObject({
      initialRisk: null,
      rMultiple: null,
      maeR: null,
    });
    expect(tradeFigures({ ...trade, initialStop: money(186) }).rMultiple).toBeNull();
    expect(tradeFigures({ ...trade, lowWater: null, highWater: null })).toMatchObject({
      mae: null,
      mfeR: null,
      rMultiple: 0.5,
    });
  });

  it("are the same money after a split", () => {
    const before = roundTrip([{ quantity: 4, price: 200 }], [{ quantity: 4, price: 210 }], [190]);
    const open = openPosition(anOrder(), booking({ quantity: 4, price: 200 }), {
      id: "p1",
      stop: money(180.5),
      target: null,
      protection: "broker",
      heldSince: 0,
      entryText: null,
    });
    const held = { quantity: money(16), average: money(50) };
    const [split] = splitHolders([seenAt(open, 190)], money(0), money(4), held).positions;
    if (split === undefined) throw new Error("no position");
    const after = tradeOf(
      reducePosition(split.position, booking({ quantity: 16, price: 52.5 })),
      "signal",
      2,
      null,
    );
    expect(tradeFigures(after).mae?.toString()).toBe(tradeFigures(before).mae?.toString());
    expect(tradeFigures(after).mae?.toString()).toBe("-40");
  });
});

/** Decision price, cost in dollars, basis points. */
function text(slippage: Slippage | null): readonly (string | number)[] | null {
  return slippage === null
    ? null
    : [slippage.decisionPrice.toString(), slippage.cost.toString(), Number(slippage.bps.toFixed(4))];
}

describe("slippage", () => {
  it.each<[string, Parameters<typeof roundTrip>, ReturnType<typeof text>, ReturnType<typeof text>]>([
    [
      // (185.60 − 185.50) × 5 = 0.50 of 927.50; stopped at 180.50, sold at 180.20: 0.30 × 5 = 1.50 of 902.50.
      "costs on both sides",
      [[{ quantity: 5, price: 185.6, at: 185.5 }], [{ quantity: 5, price: 180.2, at: 180.5 }]],
      ["185.5", "0.5", 5.3908],
      ["180.5", "1.5", 16.6205],
    ],
    [
      "is negative where the fill was better than the decision",
      [[{ quantity: 10, price: 99.9, at: 100 }], [{ quantity: 10, price: 101, at: 100 }]],
      ["100", "-1", -10],
      ["100", "-10", -100],
    ],
    [
      // Decided at 100 and 102: 2 × 100 + 2 × 102 = 404 for 4, paid 2 × 101 + 2 × 102 = 406.
      "is over all fills, each against its own decision",
      [
        [
          { quantity: 2, price: 101, at: 100 },
          { quantity: 2, price: 102, at: 102 },
        ],
        [
          { quantity: 1, price: 110, at: 111 },
          { quantity: 3, price: 108, at: 108 },
        ],
      ],
      ["101", "2", 49.505],
      // 111 + 3 × 108 = 435 decided, 110 + 324 = 434 taken.
      ["108.75", "1", 22.9885],
    ],
    [
      "is unknown as soon as one decision price is",
      [
        [
          { quantity: 2, price: 101, at: 100 },
          { quantity: 2, price: 102 },
        ],
        [{ quantity: 4, price: 110 }],
      ],
      null,
      null,
    ],
  ])("%s", (_name, [bought, sold], entry, exit) => {
    const figures = tradeFigures(roundTrip(bought, sold));
    expect([text(figures.entrySlippage), text(figures.exitSlippage)]).toEqual([entry, exit]);
  });
});
