import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { reconcile } from "../../src/app/reconcile.ts";
import { requestExit } from "../../src/app/record.ts";
import { kill } from "../../src/app/control.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const positions = () => ground.ledger.openPositions("paper");
const engine = () => ground.running.engine;
/** What rests at the broker: "sell stop 5 @ 180.5 held". */
const resting = () =>
  ground.alpaca
    .openOrders()
    .map((order) =>
      [order.side, order.type, order.qty, "@", order.limit_price ?? order.stop_price, order.status].join(" "),
    )
    .toSorted();
const buys = () => ground.alpaca.orders().filter((order) => order.side === "buy");
const sells = () => ground.alpaca.orders().filter((order) => order.side === "sell");
const leg = (type: string) => String(sells().find((order) => order.type === type)?.id);

// 185.50 × 1.03 = 191.065, up to the cent: 191.07; the stop 185.50 − 2 × 2.50 = 180.50
const BOTH_LEGS = ["sell limit 5 @ 191.07 new", "sell stop 5 @ 180.5 held"];

async function started(...settings: readonly string[]): Promise<void> {
  await ground.start(["AAPL"], ["entry=bracket", ...settings]);
  await ground.running.tick();
}

async function bought(): Promise<void> {
  await started("take_profit_pct=3");
  await expect.poll(resting, { timeout: 10_000 }).toEqual(BOTH_LEGS);
  await expect.poll(async () => (await positions()).length).toBe(1);
}

describe("a bracket", () => {
  it("goes to the broker as one request, and its legs are rows of the position", async () => {
    await bought();
    expect(ground.alpaca.requests.filter((each) => each.route === "POST /v2/orders")).toHaveLength(1);
    const [position] = await positions();
    const rows = await ground.ledger.ordersOfPosition(String(position?.id));
    expect(
      new Set(rows.map((order) => [order.purpose, order.state, order.parentId ?? "no parent"].join(" "))),
    ).toEqual(
      new Set([
        "entry FILLED no parent",
        `stop ACCEPTED ${String(position?.entryOrderId)}`,
        `target ACCEPTED ${String(position?.entryOrderId)}`,
      ]),
    );
    // Nothing more is placed, now or after a reconciliation, which writes nothing.
    const before = await ground.ledger.recentOrders({ accountId: "paper", limit: 100 });
    await reconcile(engine(), Date.now() - 60_000);
    await reconcile(engine(), Date.now() - 60_000);
    expect(await ground.ledger.recentOrders({ accountId: "paper", limit: 100 })).toEqual(before);
    expect(resting()).toEqual(BOTH_LEGS);
  });

  it("is closed by its stop, and the broker takes the target away", async () => {
    await bought();
    ground.alpaca.setPrice("AAPL", 180);
    await expect
      .poll(() => ground.told(), { timeout: 15_000 })
      .toContain("SELL 5 AAPL @ $180.00 · stop-loss · P&L -$27.50 (-2.96%) · multi_timeframe · PAPER");
    await expect.poll(resting).toEqual([]);
    expect(ground.alpaca.positions()).toEqual([]);
    expect(new Set(sells().map((order) => [order.type, order.status].join(" ")))).toEqual(
      new Set(["limit canceled", "stop filled"]),
    );
    expect((await ground.told()).filter((text) => /cancel/i.test(text))).toEqual([]);
  });

  it("is closed by its target, and the broker takes the stop away", async () => {
    await bought();
    ground.alpaca.setPrice("AAPL", 192);
    // (191.07 or better) − 185.50: filled at 192, 6.50 × 5 = 32.50
    await expect
      .poll(
        async () =>
          (await ground.told()).some((text) =>
            text.startsWith("SELL 5 AAPL @ $192.00 · take-profit · P&L +$32.50"),
          ),
        {
          timeout: 15_000,
        },
      )
      .toBe(true);
    await expect.poll(resting).toEqual([]);
    expect(sells()).toHaveLength(2);
  });

  it("of which the target took a part is stopped for the rest", async () => {
    await bought();
    ground.alpaca.setFillMode("AAPL", "manual");
    ground.alpaca.fill(leg("limit"), 2, 191.07);
    await expect
      .poll(async () => (await positions()).map((each) => each.quantity.toString()), { timeout: 10_000 })
      .toEqual(["3"]);
    // The broker has made the stop smaller by itself: it stays.
    expect(resting()).toEqual(["sell limit 5 @ 191.07 partially_filled", "sell stop 3 @ 180.5 held"]);
    ground.alpaca.setFillMode("AAPL", "auto");
    ground.alpaca.setPrice("AAPL", 180);
    await expect.poll(async () => (await positions()).length, { timeout: 15_000 }).toBe(0);
    expect(ground.alpaca.positions()).toEqual([]);
  });

  it("whose answer was lost is found with its legs, and nothing is sent twice", async () => {
    ground.alpaca.faults.next("POST /v2/orders", { kind: "accept-then-drop" }, 1);
    await bought();
    await expect
      .poll(async () => (await ground.ledger.liveOrders("paper")).map((order) => order.purpose).toSorted(), {
        timeout: 15_000,
      })
      .toEqual(["stop", "target"]);
    expect(ground.alpaca.orders()).toHaveLength(3);
    expect(resting()).toEqual(BOTH_LEGS);
  });

  it("whose answer was lost and that only the stream tells of is asked for its legs before anything is sold", async () => {
    ground.alpaca.faults.next("POST /v2/orders", { kind: "accept-then-drop" }, 1);
    const broken = { kind: "status", code: 503, body: { message: "unavailable" } } as const;
    ground.alpaca.faults.next("GET /v2/orders", broken, 4);
    await bought();
    await requestExit(engine(), String((await positions())[0]?.id), "manual", Date.now());
    engine().tendSoon(String((await positions())[0]?.id));
    await expect.poll(() => ground.alpaca.positions(), { timeout: 15_000 }).toEqual([]);
    expect(ground.alpaca.seen["insufficient-qty"] ?? 0).toBe(0);
    expect(sells().map((order) => [order.type, order.status].join(" "))).toEqual([
      "limit canceled",
      "stop canceled",
      "market filled",
    ]);
  });

  it("whose stop filled while the bot was away is booked once after the restart", async () => {
    await bought();
    await ground.running.stop();
    ground.alpaca.setPrice("AAPL", 180);
    await ground.restart();
    await expect.poll(async () => (await positions()).length, { timeout: 10_000 }).toBe(0);
    expect((await ground.told()).filter((text) => text.includes("stop-loss"))).toHaveLength(1);
    expect(resting()).toEqual([]);
  });

  it("filled in part is watched by the engine, and keeps a plain stop for what it has when it ends", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await started("take_profit_pct=3");
    await expect.poll(() => buys().length).toBe(1);
    ground.alpaca.fill(String(buys()[0]?.id), 2, 185.5);
    await expect.poll(async () => (await positions()).map((each) => each.quantity.toString())).toEqual(["2"]);
    expect(resting()).toEqual([
      "buy market 5 @  partially_filled",
      "sell limit 5 @ 191.07 held",
      "sell stop 5 @ 180.5 held",
    ]);
    ground.alpaca.expire(String(buys()[0]?.id));
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 2 @ 180.5 new"]);
    expect((await ground.told()).filter((text) => text.includes("bracket"))).toEqual([]);
  });

  it("filled in part is sold when the price crosses its stop meanwhile", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await started("take_profit_pct=3");
    await expect.poll(() => buys().length).toBe(1);
    ground.alpaca.fill(String(buys()[0]?.id), 2, 185.5);
    await expect.poll(async () => (await positions()).length).toBe(1);
    ground.alpaca.setFillMode("AAPL", "auto");
    ground.alpaca.setPrice("AAPL", 180);
    await expect
      .poll(async () => ground.alpaca.positions().length + (await positions()).length, { timeout: 15_000 })
      .toBe(0);
    expect(resting()).toEqual([]);
  });

  it("is left by signal: both legs are cancelled and confirmed before the sale", async () => {
    await bought();
    const [position] = await positions();
    await requestExit(engine(), String(position?.id), "signal", Date.now());
    engine().tendSoon(String(position?.id));
    await expect.poll(async () => (await positions()).length, { timeout: 10_000 }).toBe(0);
    expect(ground.alpaca.seen["insufficient-qty"] ?? 0).toBe(0);
    expect(resting()).toEqual([]);
  });

  it("that somebody cancelled at the broker is told, and its stop rests again", async () => {
    await bought();
    await fetch(`${ground.alpaca.tradingUrl}/v2/orders/${leg("stop")}`, {
      method: "DELETE",
      headers: { "APCA-API-KEY-ID": ground.alpaca.keyId, "APCA-API-SECRET-KEY": ground.alpaca.secret },
    });
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 5 @ 180.5 new"]);
    expect(await ground.told()).toContain(
      "The bracket of 5 AAPL @ $185.50, stop $180.50 was cancelled at the broker; its stop is put back, the engine watches the target · multi_timeframe · PAPER",
    );
  });

  it("whose target somebody moved at the broker is followed", async () => {
    await bought();
    await fetch(`${ground.alpaca.tradingUrl}/v2/orders/${leg("limit")}`, {
      method: "PATCH",
      headers: {
        "APCA-API-KEY-ID": ground.alpaca.keyId,
        "APCA-API-SECRET-KEY": ground.alpaca.secret,
        "content-type": "application/json",
      },
      body: JSON.stringify({ limit_price: "195" }),
    });
    await expect
      .poll(
        async () => {
          engine().reconcileSoon();
          return (await positions()).map((each) => each.target?.toString());
        },
        { timeout: 15_000 },
      )
      .toEqual(["195"]);
    expect(resting()).toEqual(["sell limit 5 @ 195 new", "sell stop 5 @ 180.5 held"]);
  });

  it("makes way for another run in its symbol, and is a plain stop with a watched target afterwards", async () => {
    await bought();
    await ground.start(["AAPL"], ["fraction=0.02"]);
    await ground.running.tick();
    await expect.poll(() => buys().length, { timeout: 10_000 }).toBe(2);
    await expect
      .poll(resting, { timeout: 15_000 })
      .toEqual(["sell stop 10 @ 180.5 new", "sell stop 5 @ 180.5 new"]);
    expect((await positions()).map((each) => each.target?.toString() ?? "-").toSorted()).toEqual([
      "-",
      "191.07",
    ]);
  });

  it("is ended by the kill switch with everything that belongs to it", async () => {
    await bought();
    await kill(engine(), BY);
    await expect
      .poll(async () => [resting(), ground.alpaca.positions(), await positions()], { timeout: 15_000 })
      .toEqual([[], [], []]);
  });

  it("whose stop trails moves it by replacing the leg, and the target stays", async () => {
    await started("take_profit_pct=3", "trail_pct=1");
    await expect.poll(async () => (await ground.ledger.openPositions("paper")).length).toBe(1);
    ground.alpaca.setPrice("AAPL", 185.5);
    // 185.50 × 0.99 = 183.645, up to the cent
    await expect
      .poll(resting, { timeout: 15_000 })
      .toEqual(["sell limit 5 @ 191.07 new", "sell stop 5 @ 183.65 held"]);
    expect(sells().filter((order) => order.status === "replaced")).toHaveLength(1);
  });

  it("without a target is one request with a stop alone", async () => {
    await started();
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 5 @ 180.5 new"]);
    expect(ground.alpaca.requests.filter((each) => each.route === "POST /v2/orders")).toHaveLength(1);
  });
});
