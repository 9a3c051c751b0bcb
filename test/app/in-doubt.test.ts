import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kill } from "../../src/app/control.ts";
import { requestExit } from "../../src/app/record.ts";
import { BY, openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const WITHIN_15_S = { timeout: 15_000, interval: 100 };
const posts = () => ground.alpaca.requests.filter((each) => each.route === "POST /v2/orders").length;
const sells = () =>
  ground.alpaca
    .orders()
    .filter((order) => order.side === "sell")
    .map((order) => [String(order.client_order_id).slice(-3), order.type, order.qty, order.status].join(" "));
const positions = () => ground.ledger.openPositions("paper");

/** Five AAPL, bought; what came of the POST of their stop is up to the test. */
async function buy(beforeStop: () => void): Promise<void> {
  ground.alpaca.setFillMode("AAPL", "manual");
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await expect.poll(() => ground.alpaca.openOrders().length).toBe(1);
  beforeStop();
  const [entry] = ground.alpaca.openOrders();
  ground.alpaca.fill(String(entry?.id), 5, 185.5);
  ground.alpaca.setFillMode("AAPL", "auto");
}

async function boughtAndProtected(): Promise<string> {
  await buy(() => undefined);
  await expect.poll(sells, WITHIN_15_S).toEqual(["-s1 stop 5 new"]);
  const [position] = await positions();
  return position?.id ?? "";
}

describe("a sale whose POST was lost", () => {
  it.each(["drop-before", "hang"] as const)(
    "leaves a position without its stop for 15 s at most (%s)",
    async (kind) => {
      await buy(() => ground.alpaca.faults.next("POST /v2/orders", { kind }, 1));
      await expect.poll(sells, WITHIN_15_S).toEqual(["-s2 stop 5 new"]);
    },
  );

  it("is followed by another attempt once the broker proves that the shares are all there", async () => {
    const id = await boughtAndProtected();
    ground.alpaca.faults.next("POST /v2/orders", { kind: "drop-before" }, 1);
    await requestExit(ground.running.engine, id, "manual", Date.now());
    ground.running.engine.tendSoon(id);
    await expect.poll(sells, WITHIN_15_S).toEqual(["-s1 stop 5 canceled", "-x2 market 5 filled"]);
    await expect.poll(async () => (await positions()).length).toBe(0);
  });

  it("is not repeated while something holds the shares, though no query shows what", async () => {
    await ground.start(["AAPL"], ["protection=engine"]);
    await ground.running.tick();
    await expect.poll(async () => (await positions()).length).toBe(1);
    const [position] = await positions();
    ground.alpaca.setFillMode("AAPL", "manual");
    ground.alpaca.muteStream(true);
    ground.alpaca.faults.next("POST /v2/orders", { kind: "accept-then-drop" }, 1);
    ground.alpaca.faults.next("GET /v2/orders", { kind: "status", code: 200, body: [] }, 100);
    const unknown = { kind: "status", code: 404, body: { message: "order not found" } } as const;
    ground.alpaca.faults.next("GET /v2/orders:by_client_order_id", unknown, 100);
    await requestExit(ground.running.engine, position?.id ?? "", "manual", Date.now());
    const lookups = () =>
      ground.alpaca.requests.filter((each) => each.route === "GET /v2/orders:by_client_order_id").length;
    await expect.poll(lookups, { timeout: 25_000 }).toBeGreaterThan(5);
    expect([sells(), posts()]).toEqual([["-x1 market 5 new"], 2]);
    ground.alpaca.faults.clear();
    await expect
      .poll(async () => (await ground.ledger.liveOrders("paper")).map(({ state }) => state), WITHIN_15_S)
      .toEqual(["ACCEPTED"]);
    expect(posts()).toBe(2);
  });

  it.each(["", ", a restart between"])(
    "is not repeated for shares that the desk never bought%s",
    async (between) => {
      await ground.start(["AAPL"], ["protection=engine"]);
      await ground.running.tick();
      await expect.poll(async () => (await positions()).length).toBe(1);
      // Five are ours and five are not: once ours are sold, the others look like shares that nobody sold.
      ground.alpaca.setPosition("AAPL", 10, 185.5);
      ground.running.engine.reconcileSoon();
      const externals = () =>
        ground.running.engine.state.externals.map((each) => `${each.quantity.toString()} ${each.symbol}`);
      await expect.poll(externals, WITHIN_15_S).toEqual(["5 AAPL"]);
      const [position] = await positions();
      ground.alpaca.muteStream(true);
      ground.alpaca.faults.next("POST /v2/orders", { kind: "accept-then-drop" }, 1);
      ground.alpaca.faults.next("GET /v2/orders", { kind: "status", code: 200, body: [] }, 100);
      const unknown = { kind: "status", code: 404, body: { message: "order not found" } } as const;
      ground.alpaca.faults.next("GET /v2/orders:by_client_order_id", unknown, 100);
      await requestExit(ground.running.engine, position?.id ?? "", "manual", Date.now());
      ground.running.engine.tendSoon(position?.id ?? "");
      await expect.poll(sells).toEqual(["-x1 market 5 filled"]);
      if (between !== "") await ground.restart();
      const lookups = () =>
        ground.alpaca.requests.filter((each) => each.route === "GET /v2/orders:by_client_order_id").length;
      const before = lookups();
      await expect.poll(lookups, { timeout: 25_000 }).toBeGreaterThan(before + 4);
      expect([sells(), externals()]).toEqual([["-x1 market 5 filled"], ["5 AAPL"]]);
      ground.alpaca.faults.clear();
      await expect.poll(async () => (await positions()).length, WITHIN_15_S).toBe(0);
      expect(ground.alpaca.positions()).toMatchObject([{ symbol: "AAPL", qty: "5" }]);
    },
  );

  it("does not keep a kill from ending within 15 s", async () => {
    await boughtAndProtected();
    ground.alpaca.faults.next("POST /v2/orders", { kind: "hang" }, 1);
    void kill(ground.running.engine, BY);
    await expect
      .poll(() => [...ground.alpaca.openOrders(), ...ground.alpaca.positions()].length, WITHIN_15_S)
      .toBe(0);
  });
});

describe("an entry whose POST was lost", () => {
  it("keeps another run's position in its symbol without a stop for 15 s at most", async () => {
    await boughtAndProtected();
    await ground.start(["AAPL"], ["fraction=0.02"]);
    ground.alpaca.faults.next("POST /v2/orders", { kind: "drop-before" }, 1);
    await ground.running.tick();
    await expect.poll(sells, WITHIN_15_S).toEqual(["-s1 stop 5 canceled", "-s2 stop 5 new"]);
    const entries = await ground.ledger.liveOrders("paper");
    expect(entries.map(({ purpose, state }) => [purpose, state].join(" "))).toContain("entry UNKNOWN");
  });

  it("does not keep another run's position in its symbol from being sold", async () => {
    const id = await boughtAndProtected();
    await ground.start(["AAPL"], ["fraction=0.02"]);
    ground.alpaca.faults.next("POST /v2/orders", { kind: "drop-before" }, 1);
    await ground.running.tick();
    await requestExit(ground.running.engine, id, "manual", Date.now());
    ground.running.engine.tendSoon(id);
    await expect.poll(() => ground.alpaca.positions(), WITHIN_15_S).toEqual([]);
  });
});

describe("a kill", () => {
  it("does not wait where stops and reconciling have used up their share of the requests", async () => {
    await boughtAndProtected();
    const before = ground.alpaca.requests.filter(({ host }) => host === "trading").length;
    // 90 % of 200 requests a minute
    for (let call = before; call < 180; call += 1) await ground.running.engine.broker.positions("exit");
    const { text } = await kill(ground.running.engine, BY);
    expect(text).toContain("The broker reports 0 orders and 0 positions");
  });
});

describe("an entry that the request limit holds back", () => {
  it("is not decided while there is no room for it, and keeps nothing waiting; its bar is decided when there is", async () => {
    await ground.start(["AAPL"]);
    // 50 % of 200 requests a minute
    for (let call = 0; call < 100; call += 1) await ground.running.engine.broker.positions("exit");
    await ground.running.tick();
    expect([posts(), await ground.ledger.decisions({ accountId: "paper", limit: 5 })]).toEqual([0, []]);
    // The minute is over at the broker, and the next process counts anew.
    ground.alpaca.setRateLimit(200, 1);
    await ground.restart();
    await ground.running.tick();
    await expect.poll(async () => (await positions()).length, WITHIN_15_S).toBe(1);
  });

  it("does not have the bars before it decided again on every tick", async () => {
    await ground.start(["AAPL"]);
    await ground.running.tick();
    await expect.poll(async () => (await positions()).length).toBe(1);
    const newest = risingBars(Date.now()).at(-1);
    if (newest === undefined) throw new Error("no bars");
    // One closed bar far under every average, and one far above them.
    for (const [minute, price] of [
      [1, 150],
      [2, 220],
    ] as const)
      ground.alpaca.addBar("AAPL", "1Min", {
        ...newest,
        t: newest.t + minute * 60_000,
        o: price,
        h: price + 1,
        l: price - 1,
        c: price,
      });
    ground.alpaca.setClock(newest.t + 185_000, "running");
    for (let call = 0; call < 120; call += 1) await ground.running.engine.broker.positions("exit");
    for (let tick = 0; tick < 3; tick += 1) await ground.running.tick();
    const decisions = await ground.ledger.decisions({ accountId: "paper", limit: 10 });
    expect(decisions.map(({ signal, outcome }) => `${signal} ${outcome}`)).toEqual([
      "SELL exited",
      "BUY entered",
    ]);
  });

  it("is given up when stops of its symbol would be away for longer than they may", async () => {
    await boughtAndProtected();
    await ground.start(["AAPL"], ["fraction=0.02"]);
    ground.alpaca.faults.next("POST /v2/orders", { kind: "429", retryAfterSeconds: 9 }, 1);
    await ground.running.tick();
    await expect.poll(sells, WITHIN_15_S).toEqual(["-s1 stop 5 canceled", "-s2 stop 5 new"]);
    expect(ground.alpaca.orders().filter((order) => order.side === "buy")).toHaveLength(1);
    const orders = await ground.ledger.recentOrders({ accountId: "paper", limit: 10 });
    expect(orders.filter((order) => order.purpose === "entry").map(({ state }) => state)).toEqual([
      "CANCELED",
      "FILLED",
    ]);
  });
});

describe("a sale that the request limit held back", () => {
  it("is withdrawn when the shares were sold by hand meanwhile: what is left is sold, and nothing short", async () => {
    const id = await boughtAndProtected();
    ground.alpaca.faults.next("POST /v2/orders", { kind: "429", retryAfterSeconds: 2 }, 1);
    const before = posts();
    await requestExit(ground.running.engine, id, "manual", Date.now());
    ground.running.engine.tendSoon(id);
    await expect.poll(posts, WITHIN_15_S).toBe(before + 1);
    ground.alpaca.setPosition("AAPL", 2, 185.5);
    await expect.poll(sells, WITHIN_15_S).toEqual(["-s1 stop 5 canceled", "-x2 market 2 filled"]);
    expect(ground.alpaca.positions()).toEqual([]);
  });
});

describe("a purchase that the request limit held back", () => {
  it("goes when it buys back what is held short, though the desk was killed meanwhile", async () => {
    ground.alpaca.setPosition("AAPL", -5, 185.5);
    ground.running.engine.reconcileSoon();
    await expect
      .poll(() => ground.running.engine.state.externals.map((each) => each.quantity.toString()), WITHIN_15_S)
      .toEqual(["-5"]);
    ground.alpaca.faults.next("POST /v2/orders", { kind: "429", retryAfterSeconds: 1 }, 1);
    await kill(ground.running.engine, BY);
    await expect.poll(() => ground.alpaca.positions(), WITHIN_15_S).toEqual([]);
    const bought = ground.alpaca
      .orders()
      .map((order) => [String(order.client_order_id).slice(-3), order.side, order.qty, order.status]);
    expect([posts(), bought]).toEqual([2, [["-x1", "buy", "5", "filled"]]]);
  });
});
