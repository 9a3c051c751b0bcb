import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBarStore } from "../../src/app/bar-store.ts";
import { readClock } from "../../src/app/market-hours.ts";
import { createTrackers } from "../../src/app/trackers.ts";
import { SELL } from "../../src/core/signal.ts";
import { strategyById } from "../../src/core/strategies/index.ts";
import { openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";

const MINUTE_MS = 60_000;

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const fourToOne = (bar: ReturnType<typeof risingBars>[number]): typeof bar => ({
  ...bar,
  o: bar.o / 4,
  h: bar.h / 4,
  l: bar.l / 4,
  c: bar.c / 4,
});

describe("the bars of a running bot", () => {
  it("are taken anew after a split, and no strategy sees a fall where there was none", async () => {
    const { engine } = ground.running;
    const run = await ground.start(["AAPL"]);
    const strategy = strategyById(run.strategyId);
    if (strategy === undefined) throw new Error("no strategy");
    const { nowMs } = await readClock(engine);
    const bars = risingBars(nowMs, 700);
    const store = createBarStore(engine);
    const trackers = createTrackers(store);
    const evaluated = async (atMs: number) => {
      for (const [timeframe, from] of trackers.needs(run, strategy, atMs))
        await store.refresh(timeframe, new Map([["AAPL", from]]), atMs);
      return trackers.evaluate(run, strategy, "AAPL", bars.at(-3)?.t);
    };

    ground.alpaca.setBars("AAPL", "1Min", bars.slice(0, -1));
    const before = await evaluated(nowMs - MINUTE_MS);
    expect(before.at(-1)?.signal).not.toBe(SELL);

    ground.alpaca.setBars("AAPL", "1Min", bars.map(fourToOne));
    const after = await evaluated(nowMs);
    expect(after.at(-1)?.signal).not.toBe(SELL);
    expect(after.at(-1)?.close).toBeCloseTo((bars.at(-1)?.c ?? 0) / 4, 6);
    expect(after.at(-1)?.atr).toBeCloseTo(2.5 / 4, 6);
    expect(Math.max(...store.bars("1Min", "AAPL").map((bar) => bar.high))).toBeLessThan(50);
  });

  it("stay as they are when one bar is corrected", async () => {
    const { engine } = ground.running;
    const { nowMs } = await readClock(engine);
    const bars = risingBars(nowMs, 50);
    const store = createBarStore(engine);
    const refresh = (atMs: number) =>
      store.refresh("1Min", new Map([["AAPL", nowMs - 60 * MINUTE_MS]]), atMs);
    ground.alpaca.setBars("AAPL", "1Min", bars.slice(0, -1));
    await refresh(nowMs - MINUTE_MS);
    const kept = store.bars("1Min", "AAPL");
    const corrected = bars.map((bar, index) => (index === 48 ? { ...bar, l: bar.l * 0.9 } : bar));
    ground.alpaca.setBars("AAPL", "1Min", corrected);
    await refresh(nowMs);
    expect(store.bars("1Min", "AAPL").slice(0, kept.length)).toEqual(kept);
    expect(store.edition("1Min", "AAPL")).toBe(0);
  });
});
