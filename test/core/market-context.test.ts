import { describe, expect, it } from "vitest";
import { marketContext, marketContextLine } from "../../src/core/market-context.ts";
import { Rsi } from "../../src/core/indicators/rsi.ts";
import { Atr } from "../../src/core/indicators/atr.ts";
import { ZScore } from "../../src/core/indicators/z-score.ts";
import { walk } from "./series-builder.ts";

describe("market context", () => {
  it("reads as one line", () => {
    const context = { rsi: 61.2, macdHistogram: 0.42, atrPct: 1.31, bollingerPct: 82.4, adx: 24 };
    expect(marketContextLine(context)).toBe("RSI 61 · MACD +0.42 · ATR 1.3% · Bollinger 82% · ADX 24");
    expect(marketContextLine({ rsi: 40, macdHistogram: -0.00012 })).toBe("RSI 40 · MACD -0.00012");
    expect(marketContextLine({})).toBe("");
  });

  it("agrees with the kernels", () => {
    const bars = walk(200);
    const rsi = new Rsi(14);
    const atr = new Atr(14);
    const z = new ZScore(20);
    for (const bar of bars) {
      rsi.step(bar.close);
      atr.step(bar.high, bar.low, bar.close);
      z.step(bar.close);
    }
    const context = marketContext(bars);
    expect(context.rsi).toBeCloseTo(rsi.value, 1);
    expect(context.atrPct).toBeCloseTo((atr.value / bars.at(-1)!.close) * 100, 8);
    // The bands lie 2 population deviations out: (z·√(19/20) + 2) / 4.
    expect(context.bollingerPct).toBeCloseTo(((z.value / Math.sqrt(19 / 20) + 2) / 4) * 100, 6);
    expect(Object.keys(context)).toEqual(["rsi", "macdHistogram", "atrPct", "bollingerPct", "adx"]);
  });

  it("leaves out what the bars do not suffice for", () => {
    expect(marketContext([])).toEqual({});
    expect(Object.keys(marketContext(walk(16)))).toEqual(["rsi", "atrPct"]);
    // Flat bars have no band to lie in.
    const flat = walk(60).map((bar) => ({ ...bar, open: 5, high: 5, low: 5, close: 5 }));
    expect(marketContext(flat).bollingerPct).toBeUndefined();
  });
});
