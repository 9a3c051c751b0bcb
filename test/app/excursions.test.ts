import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { requestExit } from "../../src/app/record.ts";
import { tradeFigures } from "../../src/core/trade-figures.ts";
import type { Trade } from "../../src/core/position.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const positions = () => ground.ledger.openPositions("paper");

async function bought(): Promise<string> {
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await expect
    .poll(() => ground.alpaca.openOrders().map((order) => order.type), { timeout: 10_000 })
    .toEqual(["stop"]);
  const [position] = await positions();
  if (position === undefined) throw new Error("nothing was bought");
  return position.id;
}

/** Lets the price be seen by the watch. */
async function priceIs(price: number, water: readonly [string, string]): Promise<void> {
  ground.alpaca.setPrice("AAPL", price);
  await expect
    .poll(
      async () => (await positions()).map((each) => [each.lowWater?.toString(), each.highWater.toString()]),
      {
        timeout: 10_000,
      },
    )
    .toEqual([water]);
}

async function closedTrade(): Promise<Trade> {
  await expect
    .poll(async () => (await ground.ledger.trades({ accountId: "paper" })).length, { timeout: 10_000 })
    .toBe(1);
  const [trade] = await ground.ledger.trades({ accountId: "paper" });
  if (trade === undefined) throw new Error("no trade");
  return trade;
}

describe("a trade", () => {
  it("knows its excursions from before and after a restart, its reasons, and its slippage", async () => {
    const id = await bought();
    await priceIs(184, ["184", "185.5"]);
    await priceIs(188, ["184", "188"]);
    await ground.restart();
    await priceIs(183, ["183", "188"]);
    await priceIs(187, ["183", "188"]);
    await expect.poll(() => ground.running.engine.state.prices.get("AAPL")?.price).toBe(187);
    await requestExit(ground.running.engine, id, "manual", Date.now());
    ground.running.engine.tendSoon(id);
    const trade = await closedTrade();
    const figures = tradeFigures(trade);
    // 5 at 185.50, out at 187: lowest (183 − 185.50) × 5, highest (188 − 185.50) × 5, $25 at risk.
    expect([figures.mae?.toString(), figures.mfe?.toString(), figures.rMultiple]).toEqual([
      "-12.5",
      "12.5",
      0.3,
    ]);
    expect([figures.entrySlippage?.cost.toString(), figures.exitSlippage?.cost.toString()]).toEqual([
      "0",
      "0",
    ]);
    expect(trade.number).toBeGreaterThan(0);
    const [entered] = await ground.ledger.decisions({ accountId: "paper", limit: 1 });
    expect(entered?.outcome).toBe("entered");
    expect(trade.entryText).toBe(entered?.text);
    expect(trade.exitText).toBeNull();
  });

  it("that was stopped has its slippage against the stop, and the fill as its low", async () => {
    await bought();
    ground.alpaca.setPrice("AAPL", 179);
    const trade = await closedTrade();
    expect(trade.exitReason).toBe("stop-loss");
    const { exitSlippage, mae } = tradeFigures(trade);
    // 5 to be sold at 180.50; whatever the fill was, the difference is the slippage.
    expect(exitSlippage?.decisionPrice.toString()).toBe("180.5");
    expect(exitSlippage?.cost.toString()).toBe(trade.exitPrice.minus(180.5).times(-5).toString());
    expect(mae?.lte(trade.pnl)).toBe(true);
  });
});
