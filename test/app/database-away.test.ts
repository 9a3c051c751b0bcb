import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";

/** One story: each step builds on those before. */
describe("the database goes away while a position is open", () => {
  let postgres: TestPostgres;
  let ground: EngineGround;

  beforeAll(async () => {
    postgres = await startPostgres();
    ground = await openEngineGround(await postgres.freshDatabase());
  });
  afterAll(async () => {
    await ground.close();
    await postgres.stop();
  });

  it("sends nothing meanwhile, and does not fall over", async ({ skip }) => {
    if (!postgres.canCrash) skip("the server of TEST_DATABASE_URL is not ours to crash");
    await ground.start(["AAPL"]);
    await ground.running.tick();
    await expect.poll(() => ground.alpaca.openOrders().length, { timeout: 10_000 }).toBe(1);
    await postgres.crash();
    const orders = ground.alpaca.orders().length;
    ground.alpaca.setPrice("AAPL", 180);
    await expect(ground.running.tick()).rejects.toThrow(/database|connect/i);
    await sleep(2_000);
    expect(ground.alpaca.orders()).toHaveLength(orders);
  });

  it("books what the broker's stop did in between once it is back, and tells it once", async ({ skip }) => {
    if (!postgres.canCrash) skip("the server of TEST_DATABASE_URL is not ours to crash");
    await postgres.restart();
    await expect
      .poll(async () => (await ground.told()).filter((text) => text.includes("stop-loss")).length, {
        timeout: 30_000,
      })
      .toBe(1);
    expect(await ground.ledger.openPositions("paper")).toEqual([]);
    expect(await ground.ledger.trades({ accountId: "paper" })).toHaveLength(1);
  });

  it("trades on", async () => {
    await expect(ground.running.tick()).resolves.toBeUndefined();
    await ground.start(["MSFT"]);
    await expect
      .poll(
        async () => {
          await ground.running.tick();
          return ground.alpaca.orders().filter((order) => order.symbol === "MSFT" && order.side === "buy")
            .length;
        },
        { timeout: 20_000 },
      )
      .toBe(1);
  });
});
