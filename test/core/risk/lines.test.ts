import { describe, expect, it } from "vitest";
import { checkGates } from "../../../src/core/risk/check.ts";
import { gates } from "../../../src/core/risk/index.ts";
import { checksLine, riskLines } from "../../../src/core/risk/lines.ts";
import { gatedEntry, gateFigures, holding } from "../../support/gate-figures.ts";

/** 11.2 % of heat before, 14 % in what moves with AAPL. */
const checks = checkGates(
  gates,
  gatedEntry({ shares: 99 }),
  gateFigures({
    holdings: [
      holding({ symbol: "NVDA", value: 7_000, risk: 11_200 }),
      holding({ symbol: "AMD", value: 7_000, risk: 0 }),
    ],
    correlation: () => 0.9,
  }),
);

describe("the gates in words", () => {
  it("are one line of a decision: what measures or refuses, and how many others pass", () => {
    expect(checksLine(checks)).toBe(
      "day loss 0.00 of 2% ✓ · heat 11.2 → 11.7 of 25% ✓ · correlated 14.0 → 32.4 of 15% ✗ NVDA, AMD · " +
        "off the last price 0.00 of 5% ✓ · cost $18,364.50 of $100,000.00 ✓ buying power · 15 more ✓",
    );
  });

  it("are what an order does to the desk's risk: what refuses first, then what it moves", () => {
    expect(riskLines(checks)).toEqual([
      "correlated 14.0 → 32.4 of 15% ✗ NVDA, AMD",
      "heat 11.2 → 11.7 of 25% ✓",
    ]);
  });

  it("are the texts alone in decisions of before there were limits", () => {
    expect(
      checksLine([
        { gate: "day_loss", ok: true, text: "day loss 0.10% of 2.00% allowed", figures: { dayLoss: 0.001 } },
      ]),
    ).toBe("day loss 0.10% of 2.00% allowed ✓");
  });
});
