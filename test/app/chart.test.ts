import { afterEach, beforeEach, expect, it } from "vitest";
import { chartView } from "../../src/app/chart.ts";
import type { ChartView } from "../../src/ports.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

async function chartOf(request: Parameters<typeof chartView>[1]): Promise<ChartView> {
  const outcome = await chartView(ground.running.engine, request);
  if (outcome.kind === "refused") throw new Error(outcome.text);
  return outcome.value;
}

it("shows the run's own bars and averages, its fill, and what is open", async () => {
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await expect.poll(() => ground.ledger.openPositions("paper"), { timeout: 10_000 }).toHaveLength(1);
  const view = await chartOf({ symbol: "AAPL" });
  expect(view).toMatchObject({
    timeframe: "1Min",
    strategyId: "multi_timeframe",
    price: 185.5,
    fills: [{ side: "buy", price: 185.5 }],
    positions: [{ position: { symbol: "AAPL" } }],
  });
  expect(view.bars).toHaveLength(120);
  expect(view.plot?.lines.map(({ label }) => label)).toEqual(["SMA 5", "SMA 20", "SMA 50"]);
  // Bars rise a cent each: the mean of the last 50 lies 24.5 cents below the newest, and is there from the first bar shown.
  const [, , slow] = view.plot?.lines ?? [];
  const closed = slow?.values.findLastIndex((value) => !Number.isNaN(value)) ?? -1;
  expect(slow?.values[closed]).toBeCloseTo((view.bars[closed]?.close ?? 0) - 0.245, 9);
  expect(slow?.values[0]).not.toBeNaN();
  expect(slow?.values).toHaveLength(120);
});

it("shows no average on bars of another length than the run's", async () => {
  await ground.start(["AAPL"]);
  const view = await chartOf({ symbol: "AAPL", timeframe: "1Day" });
  expect(view).toMatchObject({ timeframe: "1Day", strategyId: null, plot: null });
});

it("is empty for a symbol without bars", async () => {
  expect(await chartOf({ symbol: "MSFT", timeframe: "1Day" })).toMatchObject({ bars: [], fills: [] });
});

it("refuses a symbol that the broker does not list, and names the one that was meant", async () => {
  await ground.start(["AAPL"]);
  const outcome = await chartView(ground.running.engine, { symbol: "APPLE" });
  expect(outcome).toEqual({
    kind: "refused",
    text: "unknown symbol APPLE: Alpaca does not list it; did you mean AAPL?",
  });
});
