import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { halt } from "../../src/app/control.ts";
import { setLimits } from "../../src/app/limits.ts";
import { placeOrder } from "../../src/app/manual-order.ts";
import { money } from "../../src/core/money.ts";
import { changeRuns } from "../../src/app/runs.ts";
import { BY, openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
  ground.alpaca.setFillMode("AAPL", "manual");
});
afterEach(() => ground.close());

const SOON = { timeout: 10_000 };
const positions = () => ground.ledger.openPositions("paper");
const resting = () => ground.resting();
const buys = () => ground.alpaca.orders().filter((order) => order.side === "buy");

async function waiting(...settings: readonly string[]): Promise<void> {
  await ground.start(["AAPL"], ["entry=limit", "limit_offset_bps=-10", ...settings]);
  await ground.running.tick();
  // 185.50 × 0.999 = 185.3145 → 185.31; floor(0.01 × 100,000 / 185.31) = 5
  await expect.poll(resting).toEqual(["buy limit 5 @ 185.31 day"]);
}

/** Lets the timeout be over without waiting for it. */
async function overdue(): Promise<void> {
  const entry = (await ground.ledger.liveOrders("paper")).find((order) => order.purpose === "entry");
  if (entry === undefined) throw new Error("no entry waits");
  await ground.ledger.updateOrder({ ...entry, workUntil: Date.now() });
}

/** Lets the account fall to this equity, and the engine see it without waiting for its next reading. */
async function accountIs(equity: string): Promise<void> {
  ground.alpaca.setAccount({ cash: equity, last_equity: "100000" });
  const { state } = ground.running.engine;
  state.account = null;
  await expect.poll(() => state.account?.equity.toString()).toBe(equity);
}

describe("a limit entry", () => {
  it("is cancelled in time though the request limit has no room for entries, and what it bought is protected", async () => {
    await waiting();
    ground.alpaca.fill(String(buys()[0]?.id), 2, 185.3);
    // 50 % of 200 requests a minute
    for (let call = 0; call < 100; call += 1) await ground.running.engine.broker.positions("exit");
    await overdue();
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 2 @ 180.31 gtc"]);
  });

  it("that is not filled in time is cancelled and told, and a partial fill stays with its stop", async () => {
    await waiting();
    ground.alpaca.fill(String(buys()[0]?.id), 2, 185.3);
    await expect.poll(async () => (await positions()).map((each) => each.quantity.toString())).toEqual(["2"]);
    // While the entry works no opposite order may rest: the engine watches.
    expect(resting()).toEqual(["buy limit 5 @ 185.31 day"]);
    await overdue();
    // 185.31 − 2 × 2.50 = 180.31
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 2 @ 180.31 gtc"]);
    expect(await ground.told()).toContain(
      "BUY 5 AAPL limit $185.31 not filled in 300 s, cancelled; 2 bought · multi_timeframe · PAPER".replace(
        "300",
        String(await waitedSeconds()),
      ),
    );
    expect(buys()).toHaveLength(1);
  });

  it("is sold by the engine when the price crosses the stop while it still works", async () => {
    await waiting();
    ground.alpaca.fill(String(buys()[0]?.id), 2, 185.3);
    await expect.poll(async () => (await positions()).length).toBe(1);
    ground.alpaca.setPrice("AAPL", 180);
    await expect
      .poll(() => ground.alpaca.orders().some((order) => order.side === "sell"), { timeout: 10_000 })
      .toBe(true);
    ground.alpaca.setFillMode("AAPL", "auto");
    await expect.poll(async () => (await positions()).length, { timeout: 10_000 }).toBe(0);
    expect(buys().map((order) => order.status)).toEqual(["canceled"]);
    expect(ground.alpaca.positions()).toEqual([]);
  });

  it("is not sold on a price from before its own fill, and then on the first that comes after it", async () => {
    await ground.start(
      ["AAPL"],
      ["entry=limit", "limit_offset_bps=-100", "take_profit_pct=1", "trail_pct=0.5"],
    );
    await ground.running.tick();
    // 185.50 × 0.99 = 183.645 → 183.64, target 183.64 × 1.01 = 185.4764 → 185.48: under the price of the decision.
    await expect.poll(resting).toEqual(["buy limit 5 @ 183.64 day"]);
    ground.alpaca.fill(String(buys()[0]?.id));
    // 183.64 − 2 × 2.50 = 178.64
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 5 @ 178.64 gtc"]);
    await ground.running.tick();
    expect((await positions()).map(({ stop, highWater }) => [stop.toString(), highWater.toString()])).toEqual(
      [["178.64", "183.64"]],
    );
    expect(resting()).toEqual(["sell stop 5 @ 178.64 gtc"]);
    ground.alpaca.setFillMode("AAPL", "auto");
    ground.alpaca.setPrice("AAPL", 185.5);
    await expect
      .poll(() => ground.told(), { timeout: 10_000 })
      .toContainEqual(expect.stringContaining("SELL 5 AAPL @ $185.50 · take-profit"));
  });

  it("goes on waiting over a restart, and its time goes on with it", async () => {
    await waiting();
    await ground.restart();
    expect(resting()).toEqual(["buy limit 5 @ 185.31 day"]);
    await overdue();
    await expect.poll(resting, { timeout: 10_000 }).toEqual([]);
    expect(buys().map((order) => order.status)).toEqual(["canceled"]);
  });

  it("is cancelled when the desk is halted", async () => {
    await waiting();
    await halt(ground.running.engine, "news", BY);
    await expect.poll(resting, { timeout: 10_000 }).toEqual([]);
  });

  it("is cancelled when the day's loss reaches its limit, one by hand too, and that is told once", async () => {
    await waiting();
    ground.alpaca.setFillMode("MSFT", "manual");
    const byHand = await placeOrder(
      ground.running.engine,
      {
        side: "buy",
        symbol: "MSFT",
        size: { kind: "shares", amount: 2 },
        limit: 184,
        stop: 180,
        target: null,
        trailPct: null,
        timeInForce: "day",
        seen: null,
      },
      BY,
    );
    expect(byHand).toMatchObject({ kind: "done" });
    expect(resting()).toHaveLength(2);
    // (100,000 − 98,001) / 100,000 = 1.999 %, below the limit of 2 %
    await accountIs("98001");
    expect(resting()).toHaveLength(2);
    // (100,000 − 98,000) / 100,000 = 2 %
    await accountIs("98000");
    await expect.poll(resting, { timeout: 10_000 }).toEqual([]);
    expect(buys().map((order) => order.status)).toEqual(["canceled", "canceled"]);
    expect((await ground.told()).filter((text) => text.startsWith("No new entries"))).toEqual([
      "No new entries until the next session: day loss 2.0 of 2% · exits and stops go on · PAPER",
    ]);
  });

  it("is cancelled when the desk is halted, and positions are watched, though the symbol of another is busy", async () => {
    await ground.start(["AAPL", "MSFT"], ["entry=limit", "limit_offset_bps=-10"]);
    await ground.start(["NVDA"], ["protection=engine"]);
    ground.alpaca.setFillMode("MSFT", "manual");
    ground.alpaca.setBars("NVDA", "1Min", risingBars(Date.now()));
    ground.alpaca.setPrice("NVDA", 185.5);
    await ground.running.tick();
    await expect.poll(resting).toHaveLength(2);
    await expect.poll(async () => (await positions()).map(({ symbol }) => symbol)).toEqual(["NVDA"]);
    const busy = new AbortController();
    const done = ground.running.engine.serial.run("AAPL", () => once(busy.signal, "abort"));
    await halt(ground.running.engine, "news", BY);
    await expect
      .poll(() => buys().map(({ symbol, status }) => `${String(symbol)} ${String(status)}`), SOON)
      .toEqual(expect.arrayContaining(["AAPL new", "MSFT canceled"]));
    ground.alpaca.setPrice("NVDA", 170);
    await expect.poll(async () => (await positions()).length, SOON).toBe(0);
    expect(resting()).toHaveLength(1);
    busy.abort();
    await done;
    await expect.poll(resting, SOON).toEqual([]);
  });

  it("is cancelled when its run is paused", async () => {
    await waiting();
    await changeRuns(ground.running.engine, "all", { from: ["running"], to: "paused", word: "paused" }, BY);
    await expect.poll(resting, { timeout: 10_000 }).toEqual([]);
  });
});

describe("a limit entry that is to be priced anew", () => {
  const REPRICE = ["entry_on_timeout=reprice", "max_reprices=1"];
  const entries = async (): Promise<readonly string[]> =>
    (await ground.ledger.recentOrders({ accountId: "paper", limit: 10 }))
      .filter((order) => order.purpose === "entry")
      .map((order) => `${order.attempt} ${order.state} @ ${String(order.limitPrice)}`)
      .toSorted((a, b) => a.localeCompare(b));
  const posted = () => ground.alpaca.requests.filter((each) => each.route === "POST /v2/orders").length;

  it("is replaced, not sent a second time, and fills one position whose stop keeps its distance", async () => {
    await waiting(...REPRICE);
    ground.alpaca.setPrice("AAPL", 186);
    await overdue();
    // 186 × 0.999 = 185.814 → 185.81
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["buy limit 5 @ 185.81 day"]);
    await expect.poll(entries).toEqual(["1 REPLACED @ 185.31", "2 ACCEPTED @ 185.81"]);
    expect(posted()).toBe(1);
    await ground.restart();
    ground.alpaca.setFillMode("AAPL", "auto");
    ground.alpaca.setPrice("AAPL", 185.8);
    // 180.31 + (185.81 − 185.31) = 180.81
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 5 @ 180.81 gtc"]);
    expect((await positions()).map((each) => each.quantity.toString())).toEqual(["5"]);
  });

  it("is cancelled when it has been priced anew as often as it may", async () => {
    await waiting(...REPRICE);
    ground.alpaca.setPrice("AAPL", 186);
    await overdue();
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["buy limit 5 @ 185.81 day"]);
    await expect.poll(entries).toEqual(["1 REPLACED @ 185.31", "2 ACCEPTED @ 185.81"]);
    await overdue();
    await expect.poll(entries, { timeout: 10_000 }).toEqual(["1 REPLACED @ 185.31", "2 CANCELED @ 185.81"]);
  });

  it("waits on at the same price when the market has not moved, as long each time", async () => {
    await waiting(...REPRICE, "entry_timeout_s=60");
    const waitsS = async (): Promise<number> =>
      (((await ground.ledger.liveOrders("paper"))[0]?.workUntil ?? 0) - Date.now()) / 1000;
    const [entry] = await ground.ledger.liveOrders("paper");
    if (entry === undefined) throw new Error("no entry waits");
    // Ten times it has waited already.
    await ground.ledger.updateOrder({ ...entry, createdAt: Date.now() - 600_000, workUntil: Date.now() });
    await expect.poll(waitsS).toBeGreaterThan(1);
    expect(await waitsS()).toBeLessThanOrEqual(60);
    expect(await entries()).toEqual(["1 ACCEPTED @ 185.31"]);
  });

  it("is cancelled instead when a gate has closed meanwhile", async () => {
    await waiting(...REPRICE);
    ground.alpaca.setPrice("AAPL", 186);
    // 5 × 185.81 = 929.05
    await setLimits(ground.running.engine, ["max_position_value=929"], false, BY);
    await overdue();
    await expect.poll(entries, { timeout: 10_000 }).toEqual(["1 CANCELED @ 185.31"]);
  });

  it("is cancelled instead while no price can be had", async () => {
    await waiting(...REPRICE);
    ground.alpaca.faults.next("GET /v2/stocks/trades/latest", { kind: "status", code: 500 }, 1_000);
    await overdue();
    await expect.poll(entries, { timeout: 10_000 }).toEqual(["1 CANCELED @ 185.31"]);
  });

  it("is cancelled instead once a part of it has filled", async () => {
    await waiting(...REPRICE);
    ground.alpaca.fill(String(buys()[0]?.id), 2, 185.3);
    await expect.poll(async () => (await positions()).length).toBe(1);
    ground.alpaca.setPrice("AAPL", 186);
    await overdue();
    await expect.poll(entries, { timeout: 10_000 }).toEqual(["1 CANCELED @ 185.31"]);
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 2 @ 180.31 gtc"]);
  });

  it("is given up with its new price when a SELL comes while the one takes the other's place", async () => {
    await waiting(...REPRICE);
    ground.alpaca.setPrice("AAPL", 186);
    // Long enough for the tick to find both of them working, on a busy machine as well.
    ground.alpaca.setDelays({ replaceMs: 8_000 });
    await overdue();
    await expect.poll(entries, { timeout: 10_000 }).toEqual(["1 ACCEPTED @ 185.31", "2 ACCEPTED @ 185.81"]);
    const newest = risingBars(Date.now()).at(-1);
    if (newest === undefined) throw new Error("no bars");
    ground.alpaca.addBar("AAPL", "1Min", { ...newest, t: newest.t + 60_000, o: 150, h: 151, l: 149, c: 150 });
    ground.alpaca.setClock(newest.t + 125_000, "running");
    await ground.running.tick();
    const wishes = (await ground.ledger.liveOrders("paper")).map((order) => order.exitReason);
    expect(wishes).toEqual(["signal", "signal"]);
    await expect.poll(entries, { timeout: 20_000 }).toEqual(["1 REPLACED @ 185.31", "2 CANCELED @ 185.81"]);
    expect([await positions(), resting()]).toEqual([[], []]);
  });

  it("whose old order filled in the same moment is not left to buy those shares again", async () => {
    await waiting(...REPRICE);
    ground.alpaca.setPrice("AAPL", 186);
    await overdue();
    await expect.poll(entries, { timeout: 10_000 }).toEqual(["1 REPLACED @ 185.31", "2 ACCEPTED @ 185.81"]);
    const old = (await ground.ledger.recentOrders({ accountId: "paper", limit: 10 })).find(
      (order) => order.state === "REPLACED",
    );
    if (old === undefined) throw new Error("nothing was replaced");
    await ground.ledger.updateOrder({ ...old, filledQuantity: money(2), filledAvgPrice: money("185.3") });
    await expect.poll(entries, { timeout: 10_000 }).toEqual(["1 REPLACED @ 185.31", "2 CANCELED @ 185.81"]);
  });
});

describe("what an entry bought before it was given another price", () => {
  it("gets its stop, though the new order was cancelled with nothing filled", async () => {
    await waiting("entry_on_timeout=reprice", "max_reprices=1");
    ground.alpaca.setDelays({ replaceMs: 1_000 });
    ground.alpaca.setPrice("AAPL", 186);
    await overdue();
    await expect.poll(() => buys()[0]?.status, { timeout: 10_000 }).toBe("pending_replace");
    ground.alpaca.fill(String(buys()[0]?.id), 2, 185.3);
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 2 @ 180.31 gtc"]);
    expect(buys().map((order) => [order.status, order.filled_qty].join(" "))).toEqual([
      "replaced 2",
      "canceled 0",
    ]);
  });
});

describe("a stop-limit entry", () => {
  it("rests above the market with its stop from there", async () => {
    await ground.start(["AAPL"], ["entry=stop_limit", "stop_offset_bps=20", "limit_offset_bps=5"]);
    await ground.running.tick();
    // stop 185.50 × 1.002 = 185.871 → 185.88, limit 185.88 × 1.0005 = 185.97294 → 185.98
    await expect
      .poll(() =>
        buys().map((order) => [order.type, order.stop_price, order.limit_price, order.qty].join(" ")),
      )
      .toEqual(["stop_limit 185.88 185.98 5"]);
    ground.alpaca.setFillMode("AAPL", "auto");
    ground.alpaca.setPrice("AAPL", 185.9);
    // 185.88 − 2 × 2.50 = 180.88
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 5 @ 180.88 gtc"]);
  });
});

async function waitedSeconds(): Promise<number> {
  const order = (await ground.ledger.recentOrders({ accountId: "paper", limit: 10 })).find(
    (each) => each.purpose === "entry",
  );
  if (order?.workUntil === null || order === undefined) throw new Error("no timeout in the row");
  return Math.round((order.workUntil - order.createdAt) / 1000);
}
