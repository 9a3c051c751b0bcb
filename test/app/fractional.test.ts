import { afterEach, beforeEach, expect, it } from "vitest";
import { kill } from "../../src/app/control.ts";
import { setRun } from "../../src/app/runs.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const WANTED = { timeout: 15_000 };
const quantities = async () =>
  (await ground.ledger.openPositions("paper")).map(({ quantity }) => quantity.toString());
const sales = () =>
  ground.alpaca
    .orders()
    .filter((order) => order.side === "sell")
    .map((order) => [order.type, order.qty, order.time_in_force, order.status].join(" "));

/** 1 % of 100,000 ÷ 185.50 = 5.390835…, cut to six places. */
async function bought(): Promise<void> {
  await ground.start(["AAPL"], ["fractional=true", "protection=engine"]);
  await ground.running.tick();
  await expect.poll(quantities, WANTED).toEqual(["5.390835"]);
}

it("buys parts of a share for the day, and the engine sells all of them at the stop", async () => {
  await bought();
  const [entry] = ground.alpaca.orders();
  expect(entry).toMatchObject({ qty: "5.390835", type: "market", time_in_force: "day" });
  await ground.running.tick();
  expect(sales()).toEqual([]);
  ground.alpaca.setPrice("AAPL", 180);
  await expect.poll(quantities, WANTED).toEqual([]);
  expect(sales()).toEqual(["market 5.390835 day filled"]);
  expect(ground.alpaca.positions()).toEqual([]);
  // 5.390835 × (180 − 185.50) = −29.65.
  expect((await ground.told()).join("\n")).toContain(
    "SELL 5.390835 AAPL @ $180.00 · stop-loss · P&L -$29.65 (-2.96%) · multi_timeframe · PAPER",
  );
});

it("is killed to the last part of a share", async () => {
  await bought();
  expect((await kill(ground.running.engine, BY)).text).toContain("0 orders and 0 positions");
  expect(ground.alpaca.positions()).toEqual([]);
  expect(sales()).toEqual(["market 5.390835 day filled"]);
});

it("rests no stop for the part that a sale elsewhere leaves, and sells it at the stop all the same", async () => {
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await expect.poll(() => sales(), WANTED).toEqual(["stop 5 gtc new"]);
  ground.alpaca.setPosition("AAPL", "4.5", "185.50");
  ground.running.engine.reconcileSoon();
  await expect.poll(quantities, WANTED).toEqual(["4.5"]);
  await expect.poll(() => ground.alpaca.openOrders().length, WANTED).toBe(0);
  ground.alpaca.setPrice("AAPL", 180);
  await expect.poll(quantities, WANTED).toEqual([]);
  expect(sales()).toEqual(["stop 5 gtc canceled", "market 4.5 day filled"]);
});

it("is refused by name where the broker sells whole shares only, at the start and by a change", async () => {
  ground.alpaca.setAsset("AAPL", { fractionable: false });
  const said = "AAPL is sold in whole shares only at Alpaca: fractional=false";
  await expect(ground.start(["AAPL"], ["fractional=true", "protection=engine"])).rejects.toThrow(said);
  const run = await ground.start(["AAPL"]);
  const settings = ["fractional=true", "protection=engine"];
  expect(await setRun(ground.running.engine, run.id, settings, BY)).toEqual({ kind: "refused", text: said });
});
