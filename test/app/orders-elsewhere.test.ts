import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const SOON = { timeout: 15_000 };
const STEM = "af-zzzz-AAPL-sn3k40";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const positions = () => ground.ledger.openPositions("paper");
const resting = () => ground.resting().toSorted((a, b) => a.localeCompare(b));
const stops = async () => (await positions()).map((each) => each.stop.toString());
const orders = () => ground.alpaca.orders();

/** What somebody else does with the keys of the account; answers the order's id. */
async function elsewhere(method: "POST" | "PATCH" | "DELETE", path: string, body?: object): Promise<string> {
  const answer = await fetch(`${ground.alpaca.tradingUrl}/v2/orders${path}`, {
    method,
    headers: {
      "APCA-API-KEY-ID": ground.alpaca.keyId,
      "APCA-API-SECRET-KEY": ground.alpaca.secret,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
  const text = await answer.text();
  return text === "" ? "" : String(JSON.parse(text).id);
}

async function moved(id: string, change: object): Promise<string> {
  const heir = await elsewhere("PATCH", `/${id}`, change);
  await expect.poll(() => ground.alpaca.order(heir)?.["status"]).toMatch(/^(new|held)$/);
  return heir;
}

async function filled(id: string): Promise<void> {
  await expect.poll(() => ground.alpaca.order(id)?.["status"]).toBe("filled");
}

async function bought(): Promise<string> {
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await expect.poll(resting, SOON).toEqual(["sell stop 5 @ 180.5 gtc"]);
  await expect
    .poll(async () => (await ground.ledger.liveOrders("paper")).map((order) => order.state))
    .toEqual(["ACCEPTED"]);
  return String(ground.alpaca.openOrders()[0]?.["id"]);
}

const order = (side: string, purpose: string, more: object) => ({
  symbol: "AAPL",
  qty: "5",
  side,
  type: "market",
  time_in_force: "day",
  client_order_id: `${STEM}-${purpose}`,
  ...more,
});

describe("an order that somebody changed at the broker while nobody looked", () => {
  it("is followed through every change: a stop that was moved twice", async () => {
    const stop = await bought();
    await ground.running.stop();
    await moved(await moved(stop, { stop_price: "182" }), { stop_price: "183" });
    await ground.restart();
    await expect.poll(stops, SOON).toEqual(["183"]);
    await expect.poll(resting, SOON).toEqual(["sell stop 5 @ 183 gtc"]);
    expect((await ground.told()).filter((text) => text.includes("was moved at the broker"))).toEqual([
      "The stop of 5 AAPL @ $185.50, stop $180.50 was moved at the broker to $183.00 · multi_timeframe · PAPER",
    ]);
    // The moves of a person are not undone.
    expect(orders().map((each) => each["status"])).toEqual(["filled", "replaced", "replaced", "new"]);
  });

  it("and then cancelled is put back where it was", async () => {
    const stop = await bought();
    await ground.running.stop();
    await elsewhere("DELETE", `/${await moved(stop, { stop_price: "182" })}`);
    await expect.poll(resting).toEqual([]);
    await ground.restart();
    await expect.poll(resting, SOON).toEqual(["sell stop 5 @ 180.5 gtc"]);
    expect(await stops()).toEqual(["180.5"]);
  });

  it("and that then filled is booked", async () => {
    const stop = await bought();
    await ground.running.stop();
    const heir = await moved(await moved(stop, { stop_price: "182" }), { stop_price: "183" });
    ground.alpaca.setPrice("AAPL", 182.9);
    await filled(heir);
    await ground.restart();
    await expect.poll(positions, SOON).toEqual([]);
    expect((await ground.told()).filter((text) => text.startsWith("SELL"))).toEqual([
      "SELL 5 AAPL @ $182.90 · trailing stop · P&L -$13.00 (-1.40%) · multi_timeframe · PAPER",
    ]);
  });

  it("is followed as an entry: what it bought keeps its position and gets its stop", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"], ["entry=limit", "limit_offset_bps=-10"]);
    await ground.running.tick();
    await expect.poll(resting, SOON).toEqual(["buy limit 5 @ 185.31 day"]);
    const [entry] = orders();
    ground.alpaca.fill(String(entry?.["id"]), 2, 185.3);
    await expect.poll(async () => (await positions()).length, SOON).toBe(1);
    await elsewhere("PATCH", `/${String(entry?.["id"])}`, { limit_price: "185.4" });
    await expect.poll(resting, SOON).toEqual(["sell stop 2 @ 180.31 gtc"]);
    expect((await positions()).map((each) => each.quantity.toString())).toEqual(["2"]);
    await expect
      .poll(() => orders().map((each) => [each["side"], each["status"]].join(" ")))
      .toEqual(["buy replaced", "buy canceled", "sell new"]);
  });
});

describe("orders of ours that are not in the database", () => {
  const STOP = { type: "stop", stop_price: "181", time_in_force: "gtc" };

  it("keep the resting stop of a position as it is", async () => {
    await ground.running.stop();
    await filled(await elsewhere("POST", "", order("buy", "e1", {})));
    await elsewhere("POST", "", order("sell", "s1", STOP));
    await ground.restart();
    await expect.poll(stops, SOON).toEqual(["181"]);
    await expect.poll(async () => (await ground.ledger.liveOrders("paper")).length, SOON).toBe(1);
    await ground.running.tick();
    expect(resting()).toEqual(["sell stop 5 @ 181 gtc"]);
    expect(orders().map((each) => each["status"])).toEqual(["filled", "new"]);
  });

  it("raise the recorded stop where they had trailed it further", async () => {
    const stop = await bought();
    await ground.running.stop();
    const id = String(ground.alpaca.order(stop)?.["client_order_id"]).replace(/-s1$/, "-s2");
    await moved(stop, { stop_price: "184", client_order_id: id });
    await ground.restart();
    await expect.poll(stops, SOON).toEqual(["184"]);
    expect(resting()).toEqual(["sell stop 5 @ 184 gtc"]);
    expect(orders().map((each) => each["status"])).toEqual(["filled", "replaced", "new"]);
  });

  it("are a bracket where the broker shows legs", async () => {
    await ground.running.stop();
    const bracket = {
      order_class: "bracket",
      take_profit: { limit_price: "191" },
      stop_loss: { stop_price: "181" },
      time_in_force: "gtc",
    };
    await filled(await elsewhere("POST", "", order("buy", "e1", bracket)));
    await ground.restart();
    await expect
      .poll(async () => (await positions()).map((each) => [each.stop, each.target].join(" ")), SOON)
      .toEqual(["181 191"]);
    await expect.poll(async () => (await ground.ledger.liveOrders("paper")).length, SOON).toBe(2);
    await ground.running.tick();
    expect(resting()).toEqual(["sell limit 5 @ 191 gtc", "sell stop 5 @ 181 gtc"]);
  });

  it("bring an entry with them that is older than what is read", async () => {
    await ground.running.stop();
    ground.alpaca.setClock(Date.now() - 3 * 86_400_000);
    const entry = await elsewhere("POST", "", order("buy", "e1", {}));
    await filled(entry);
    ground.alpaca.setClock("real");
    await elsewhere("POST", "", order("sell", "s1", STOP));
    await ground.restart();
    await expect.poll(stops, SOON).toEqual(["181"]);
    expect(resting()).toEqual(["sell stop 5 @ 181 gtc"]);
    expect((await ground.told()).some((text) => text.startsWith("EXTERNAL"))).toBe(false);
  });

  it("do not keep the next stop from being sent", async () => {
    await ground.running.stop();
    await filled(await elsewhere("POST", "", order("buy", "e1", {})));
    const stop = await elsewhere("POST", "", order("sell", "s2", STOP));
    await ground.restart();
    await expect.poll(stops, SOON).toEqual(["181"]);
    await expect.poll(async () => (await ground.ledger.liveOrders("paper")).length, SOON).toBe(1);
    await elsewhere("DELETE", `/${stop}`);
    await expect
      .poll(() => ground.alpaca.openOrders().map((each) => each["client_order_id"]), SOON)
      .toEqual([`${STEM}-s3`]);
  });
});
