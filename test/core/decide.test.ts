import { describe, expect, it } from "vitest";
import { decide, type DecisionInput } from "../../src/core/decide.ts";
import { money, roundUpToTick } from "../../src/core/money.ts";
import { gates } from "../../src/core/risk/index.ts";
import { NO_TRADES } from "../../src/core/size/trade-record.ts";
import { BUY, HOLD, SELL } from "../../src/core/signal.ts";
import { gateFigures, holding } from "../support/gate-figures.ts";

const input = (
  changes: Partial<DecisionInput> = {},
  figuresChanges: Parameters<typeof gateFigures>[0] = {},
): DecisionInput => ({
  symbol: "AAPL",
  signal: BUY,
  long: false,
  price: 185.5,
  atr: 2.5,
  rules: {
    sizing: { rule: "fixed_fraction", fraction: 0.01 },
    limits: { decimals: 0 },
    barsPerSession: 26,
    stopAtr: 2,
    exits: {},
    stopRequired: true,
    roundStop: (stop) => (stop > 0 ? roundUpToTick(money(stop)).toNumber() : stop),
  },
  equity: 100_000,
  record: NO_TRADES,
  gates,
  figures: gateFigures({
    market: { last: { price: changes.price ?? 185.5, atMs: 0 } },
    ...figuresChanges,
  }),
  ...changes,
});

describe("a decision", () => {
  it("buys floor(0.01 × 100,000 / 185.50) = 5 shares with the stop at 185.50 − 2 × 2.50 = 180.50", () => {
    expect(decide(input())).toMatchObject({ kind: "enter", intent: { shares: 5 }, stop: 180.5 });
  });

  it("rounds a live stop up to the tick: 185.50 − 2 × 2.4987 = 180.5026 becomes 180.51, and 0.8 − 2 × 0.033333 is 0.7334", () => {
    expect(decide(input({ atr: 2.4987 }))).toMatchObject({ stop: 180.51 });
    expect(decide(input({ price: 0.8, atr: 0.033333 }))).toMatchObject({ stop: 0.7334 });
  });

  it("sets a target in percent of the price when the run has one", () => {
    const { rules } = input();
    expect(decide(input({ price: 200, rules: { ...rules, exits: { takeProfitPct: 5 } } }))).toMatchObject({
      target: 210,
    });
  });

  it("sets a target in multiples of the risk: 185.50 + 3 × (185.50 − 180.50) = 200.50", () => {
    const { rules } = input();
    expect(decide(input({ rules: { ...rules, exits: { takeProfitR: 3 } } }))).toMatchObject({
      target: 200.5,
    });
  });

  it.each([
    ["BUY while long", { long: true }],
    ["SELL while flat", { signal: SELL as -1 }],
    ["HOLD", { signal: HOLD as 0 }],
  ])("does nothing on %s", (_name, changes) => {
    expect(decide(input(changes))).toEqual({ kind: "hold" });
  });

  it("sells on SELL while long", () => {
    expect(decide(input({ signal: SELL, long: true }))).toEqual({ kind: "exit", reason: "signal" });
  });

  it.each([
    ["NO_SIZE", input({ price: 1_000.01, atr: 1 })],
    ["NO_STOP", input({ atr: undefined })],
    ["NO_STOP", input({ atr: 92.75 })],
    ["NO_STOP", input({ atr: 0 })],
    ["DAILY_LOSS", input({}, { equity: 98_000 })],
    ["BUYING_POWER", input({}, { buyingPower: 927.49 })],
    ["LIVE_CAPITAL", input({}, { maxCapital: 5_000, holdings: [holding({ value: 4_072.51 })] })],
  ])("refuses with %s", (code, given) => {
    expect(decide(given)).toMatchObject({ kind: "refused", code });
  });

  it.each([
    ["a loss of 1.99 %", input({}, { equity: 98_010 })],
    ["exactly the cost of buying power, 5 × 185.50 = 927.50", input({}, { buyingPower: 927.5 })],
    [
      "capital that reaches the cap exactly, 4,072.50 + 927.50",
      input({}, { maxCapital: 5_000, holdings: [holding({ value: 4_072.5 })] }),
    ],
  ])("lets %s pass", (_name, given) => {
    expect(decide(given).kind).toBe("enter");
  });

  it("tells every gate's figures, also of those that passed", () => {
    const decision = decide(input({}, { equity: 97_500 }));
    expect(decision).toMatchObject({
      checks: [
        { gate: "day_loss", ok: false, text: "day loss 2.5 of 2%" },
        ...gates.slice(1).map(({ id }) => ({ gate: id, ok: true })),
      ],
    });
  });
});
