import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const SOON = { timeout: 15_000 };

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const positions = async () =>
  (await ground.ledger.openPositions("paper")).map(
    ({ quantity, stop, exitReason }) =>
      `${quantity.toString()} stop ${stop.toString()}${exitReason === null ? "" : ` ${exitReason}`}`,
  );
const sales = () =>
  ground.alpaca
    .orders()
    .filter((order) => order.side === "sell")
    .map((order) => [order.type, order.qty, order.stop_price, order.status].join(" "));

/** Five AAPL at 185.50 with the stop at 180.50. */
async function bought(...settings: readonly string[]): Promise<void> {
  await ground.start(["AAPL"], settings);
  await ground.running.tick();
  await expect.poll(positions, SOON).toEqual(["5 stop 180.5"]);
}

describe("a split that the broker has booked and our rows have not", () => {
  it("sends no stop of before when the broker has cancelled the one that rested", async () => {
    await bought();
    await expect.poll(sales, SOON).toEqual(["stop 5 180.5 new"]);
    await ground.running.stop();
    for (const order of ground.alpaca.openOrders()) ground.alpaca.expire(String(order.id));
    // Overnight; the latest trade is still yesterday's.
    ground.alpaca.setOpen(false);
    ground.alpaca.setPosition("AAPL", "20", "46.375");
    await ground.restart();
    await expect.poll(sales, SOON).toEqual(["stop 5 180.5 expired", "stop 20 45.13 accepted"]);
    expect(await positions()).toEqual(["20 stop 45.125"]);
  });

  it("is no stop-out of a position that the engine watches, at a start in the session, even after a rise", async () => {
    await bought("protection=engine");
    await ground.running.stop();
    // 300 before the split of 2:1.
    ground.alpaca.setPosition("AAPL", "10", "92.75");
    ground.alpaca.setPrice("AAPL", 150);
    await ground.restart();
    expect([await positions(), sales()]).toEqual([["10 stop 90.25"], []]);
  });

  it("is no target reached after a reverse split", async () => {
    await bought("protection=engine", "take_profit_pct=50");
    await ground.running.stop();
    ground.alpaca.setPosition("AAPL", "1", "927.5");
    ground.alpaca.setPrice("AAPL", 930);
    await ground.restart();
    expect([await positions(), sales()]).toEqual([["1 stop 902.5"], []]);
  });
});
