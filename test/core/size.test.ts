import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeEntry, type Sized, type SizeLimits, type Sizing } from "../../src/core/size/index.ts";
import type { NoSize, SizeBasis } from "../../src/core/size/contract.ts";
import { shrunkKelly } from "../../src/core/size/kelly.ts";
import { NO_TRADES, recordOf, type TradeRecord } from "../../src/core/size/trade-record.ts";
import { dailyDeviation } from "../../src/core/size/volatility.ts";

const BASIS: SizeBasis = {
  equity: 100_000,
  price: 185.5,
  stop: 180.5,
  atr: 2.5,
  barsPerSession: 26,
  record: NO_TRADES,
};
const WHOLE: SizeLimits = { decimals: 0 };
const LIVE: SizeLimits = { decimals: 0, maxPositionPct: 10, buyingPower: 100_000 };

/** `wins` trades of +`win` % and `losses` of −`loss` %. */
const record = (wins: number, win: number, losses: number, loss: number): TradeRecord =>
  recordOf([...Array.from({ length: wins }, () => win), ...Array.from({ length: losses }, () => -loss)]);

function sized(sizing: Sizing, basis: Partial<SizeBasis> = {}, limits: SizeLimits = WHOLE): Sized | NoSize {
  return sizeEntry(sizing, { ...BASIS, ...basis }, limits);
}
const sharesOf = (size: Sized | NoSize): number => (size.kind === "sized" ? size.shares : 0);

describe("a size", () => {
  it.each<[string, Sizing, Partial<SizeBasis>, number]>([
    ["floor(0.01 × 100,000 / 185.50) = floor(5.39) = 5", { rule: "fixed_fraction", fraction: 0.01 }, {}, 5],
    [
      "floor(0.95 × 100,000 / 185.50) = floor(512.1) = 512",
      { rule: "fixed_fraction", fraction: 0.95 },
      {},
      512,
    ],
    [
      "1 % of 100,000 is 1,000 at risk; ÷ (185.50 − 180.50) = 200",
      { rule: "fixed_risk", riskPct: 1 },
      {},
      200,
    ],
    [
      "0.5 % is 500; ÷ (50 − 49.30) = 714.2…",
      { rule: "fixed_risk", riskPct: 0.5 },
      { price: 50, stop: 49.3 },
      714,
    ],
    [
      // σ of a day = 2.50 ÷ √(8/π) × √26 = 2.50 ÷ 1.59577 × 5.09902 = 7.98834
      "0.2 % is a swing of 200; ÷ 7.98834 = 25.03",
      { rule: "volatility", targetVolPct: 0.2 },
      {},
      25,
    ],
    [
      "a 1Day bar is the whole day: 200 ÷ (2.50 ÷ 1.59577) = 127.66",
      { rule: "volatility", targetVolPct: 0.2 },
      { barsPerSession: 1 },
      127,
    ],
    [
      // W = 36/60 = 0.6, R = 1.2/0.8 = 1.5: 0.6 − 0.4/1.5 = 0.33333; × 60/(60 + 30) = 0.22222; half of it 0.11111
      "kelly 0.11111 × 100,000 / 185.50 = 59.89",
      { rule: "kelly", kellyFraction: 0.5, fraction: 0.01 },
      { record: record(36, 1.2, 24, 0.8) },
      59,
    ],
    [
      "with 29 trades kelly is 1 % of equity",
      { rule: "kelly", kellyFraction: 0.5, fraction: 0.01 },
      { record: record(29, 1, 0, 1) },
      5,
    ],
    [
      // W = 1 without a loss: 1 × 30/(30 + 30) × 0.5 = 0.25 of equity
      "with 30 wins of 30 kelly is 0.25 × 100,000 / 185.50 = 134.77",
      { rule: "kelly", kellyFraction: 0.5, fraction: 0.01 },
      { record: record(30, 1, 0, 1) },
      134,
    ],
  ])("%s", (_arithmetic, sizing, basis, shares) => {
    expect(sharesOf(sized(sizing, basis))).toBe(shares);
  });

  it.each<[string, SizeLimits, number, string]>([
    [
      "10 % of 100,000 is 10,000; ÷ 185.50 = 53.9",
      LIVE,
      53,
      "53 shares: 200 wanted, cut to max_position_pct, 10% of $100,000.00",
    ],
    [
      "buying power 5,000 ÷ (185.50 × 1.04 = 192.92) = 25.9",
      { ...LIVE, buyingPower: 5_000 },
      25,
      "25 shares: 200 wanted, cut to the buying power, $5,000.00 at 4% above the price",
    ],
    [
      "in parts of a share: 10,000 ÷ 185.50 = 53.908355…",
      { ...LIVE, decimals: 6 },
      53.908355,
      "53.908355 shares: 200 wanted, cut to max_position_pct, 10% of $100,000.00",
    ],
  ])("is cut to the lowest cap, and says so: %s", (_arithmetic, limits, shares, notice) => {
    expect(sized({ rule: "fixed_risk", riskPct: 1 }, {}, limits)).toMatchObject({ shares, notice });
  });

  it("that no cap touches has nothing to notice, and explains itself", () => {
    const size = sized({ rule: "fixed_fraction", fraction: 0.01 }, {}, LIVE);
    expect(size).toHaveProperty("notice", undefined);
    expect(size.kind === "sized" && size.explain()).toBe("5 shares: 1% of $100,000.00 equity at $185.50");
  });

  it("says that kelly fell back, with the numbers", () => {
    const size = sized(
      { rule: "kelly", kellyFraction: 0.5, fraction: 0.01 },
      { record: record(5, 1, 2, 1) },
      LIVE,
    );
    const notice = "kelly needs 30 closed trades and this run has 7: sized by fixed fraction";
    expect(size).toMatchObject({ notice });
    expect(size.kind === "sized" && size.explain()).toBe(
      `5 shares: 1% of $100,000.00 equity at $185.50; ${notice}`,
    );
  });

  it.each<[string, Sizing, Partial<SizeBasis>, SizeLimits, NoSize["code"], string]>([
    [
      "is dearer than the fraction",
      { rule: "fixed_fraction", fraction: 0.01 },
      { price: 1_000.01 },
      WHOLE,
      "NO_SIZE",
      "no whole share: 1% of $100,000.00 equity at $1,000.01",
    ],
    [
      "cannot be paid",
      { rule: "fixed_fraction", fraction: 0.01 },
      {},
      { ...LIVE, buyingPower: 185.5 },
      "BUYING_POWER",
      "no whole share: 1% of $100,000.00 equity at $185.50; 5 wanted, cut to the buying power, $185.50 at 4% above the price",
    ],
    [
      "has no stop to size by",
      { rule: "fixed_risk", riskPct: 1 },
      { stop: undefined },
      LIVE,
      "NO_STOP",
      "fixed_risk sizes by the distance to the stop, and there is none",
    ],
    [
      "has no ATR yet",
      { rule: "volatility", targetVolPct: 1 },
      { atr: undefined },
      LIVE,
      "NO_SIZE",
      "volatility sizes by ATR(14), which is not yet known",
    ],
    [
      // 0.5 − 0.5/0.8 < 0
      "lost on average",
      { rule: "kelly", kellyFraction: 0.5, fraction: 0.01 },
      { record: record(20, 0.8, 20, 1) },
      LIVE,
      "NO_SIZE",
      "kelly finds no edge in the run's 40 closed trades (20 of 40 won, average win 0.8%, average loss 1%)",
    ],
    [
      "is worth less than a dollar",
      { rule: "fixed_fraction", fraction: 0.01 },
      { equity: 99 },
      { ...LIVE, decimals: 6 },
      "NO_SIZE",
      "less than $1.00 of shares: 1% of $99.00 equity at $185.50",
    ],
  ])("is refused when the share %s", (_why, sizing, basis, limits, code, text) => {
    expect(sized(sizing, basis, limits)).toEqual({ kind: "none", code, text });
  });
});

describe("Kelly's stake", () => {
  it.each([
    ["30 trades count half: (0.6 − 0.4/1.5) × 30/60", record(18, 1.2, 12, 0.8), 0.166667],
    ["60 count two thirds", record(36, 1.2, 24, 0.8), 0.222222],
    ["an even game is worth nothing", record(15, 1, 15, 1), 0],
    ["no win is worth less than nothing", record(0, 1, 30, 1), Number.NEGATIVE_INFINITY],
  ])("%s", (_arithmetic, trades, stake) => {
    expect(Number(shrunkKelly(trades).toFixed(6))).toBe(stake);
  });
});

it("makes 7.98834 a day of an ATR of 2.50 on 15Min bars: 2.50 ÷ √(8/π) × √26", () => {
  expect(dailyDeviation(2.5, 26)).toBeCloseTo(7.98834, 5);
});

/** Evenly spread thousandths: doubles of fast-check are mostly tiny or huge, and then nothing is bought. */
function amount(max: number): fc.Arbitrary<number> {
  return fc.integer({ min: 1, max: max * 1_000 }).map((thousandths) => thousandths / 1_000);
}

describe("every size", () => {
  const percent = amount(100);
  const sizing: fc.Arbitrary<Sizing> = fc.oneof(
    fc
      .double({ min: 0.001, max: 1, noNaN: true })
      .map((fraction): Sizing => ({ rule: "fixed_fraction", fraction })),
    percent.map((riskPct): Sizing => ({ rule: "fixed_risk", riskPct })),
    percent.map((targetVolPct): Sizing => ({ rule: "volatility", targetVolPct })),
    fc.record({
      rule: fc.constant("kelly" as const),
      kellyFraction: amount(1),
      fraction: amount(1),
    }),
  );

  it("costs at most max_position_pct of equity and the buying power, and is a multiple of what can be bought", () => {
    let bought = 0;
    fc.assert(
      fc.property(
        sizing,
        fc.record({
          equity: amount(10_000_000),
          price: amount(10_000),
          stop: fc.option(amount(0.999), { nil: undefined }),
          atr: fc.option(amount(100), { nil: undefined }),
          barsPerSession: fc.constantFrom(1, 6.5, 26, 390),
          trades: fc.array(
            amount(20).map((pct) => pct - 9),
            { minLength: 0, maxLength: 80 },
          ),
        }),
        fc.record({
          maxPositionPct: percent,
          buyingPower: amount(5_000_000).map((usd) => usd - 1_000),
        }),
        fc.constantFrom(0, 6),
        (rule, { stop, trades, ...figures }, caps, decimals) => {
          const { equity, price } = figures;
          const size = sizeEntry(
            rule,
            { ...figures, stop: stop === undefined ? undefined : stop * price, record: recordOf(trades) },
            { ...caps, decimals },
          );
          if (size.kind === "none") return;
          bought += 1;
          const { shares } = size;
          expect(shares * price).toBeLessThanOrEqual((caps.maxPositionPct / 100) * equity);
          expect(shares * price).toBeLessThanOrEqual(caps.buyingPower);
          expect(shares).toBeGreaterThan(0);
          expect(Number(shares.toFixed(decimals))).toBe(shares);
          const lost = stop === undefined ? 0 : shares * (price - stop * price);
          const risked = rule.rule === "fixed_risk" ? rule.riskPct : 100;
          expect(lost).toBeLessThanOrEqual((risked / 100) * equity * (1 + 1e-9));
        },
      ),
      { numRuns: 3_000 },
    );
    expect(bought, "sizes that were all refused show nothing").toBeGreaterThan(300);
  });
});
