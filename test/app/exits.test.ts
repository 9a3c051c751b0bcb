import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exchangeDay } from "../../src/core/calendar.ts";
import { money } from "../../src/core/money.ts";
import type { Order } from "../../src/core/order.ts";
import type { Position } from "../../src/core/position.ts";
import { closeByHand, moveStopByHand } from "../../src/app/by-hand.ts";
import { readClock } from "../../src/app/market-hours.ts";
import { tendPosition } from "../../src/app/protect.ts";
import { requestExit } from "../../src/app/record.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const SOON = { timeout: 10_000 };
const MOVED =
  "Trailing stop of 5 AAPL raised to $192.00 (was $180.50, entry $185.50, high $200.00) · multi_timeframe · PAPER";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const restingStops = () =>
  ground.alpaca
    .openOrders()
    .map((order) => [order.type, order.qty, "@", order.stop_price, order.status].join(" "));
const requests = (method: string) =>
  ground.alpaca.requests.filter((each) => each.route === `${method} /v2/orders/:id`);
const told = (start: string) => async () =>
  (await ground.told()).filter((text) => text.startsWith(start)).length;

async function position(): Promise<Position> {
  const [found] = await ground.ledger.openPositions("paper");
  if (found === undefined) throw new Error("no open position");
  return found;
}

async function stops(): Promise<readonly Order[]> {
  const orders = await ground.ledger.recentOrders({ accountId: "paper", limit: 100 });
  return orders.filter((order) => order.purpose === "stop").toReversed();
}

/** Five AAPL at 185.50 with the stop at 180.50, so R is 5. */
async function bought(...settings: readonly string[]): Promise<void> {
  await ground.start(["AAPL"], settings);
  await ground.running.tick();
  await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 180.5 new"]);
  // The broker has it before its row says so.
  await expect.poll(async () => (await stops()).map(({ state }) => state), SOON).toEqual(["ACCEPTED"]);
}

describe("a trailing stop", () => {
  it("follows the high by replace, is told, and sells when it is hit: 200 × 0.96 = 192", async () => {
    await bought("trail_pct=4");
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 192 new"]);
    await expect
      .poll(async () => (await stops()).map((stop) => stop.state), SOON)
      .toEqual(["REPLACED", "ACCEPTED"]);
    expect(await ground.told()).toContain(MOVED);
    // Never cancelled: the shares were protected all the while.
    expect([requests("PATCH").length, requests("DELETE").length]).toEqual([1, 0]);
    ground.alpaca.setPrice("AAPL", 191.9);
    await expect.poll(told("SELL 5 AAPL @ $191.90 · trailing stop · P&L +$32.00"), SOON).toBe(1);
    expect(ground.alpaca.positions()).toEqual([]);
  });

  it("that a price fell through before it was raised is crossed: sold", async () => {
    await bought("trail_pct=4");
    // As a crash leaves it between the mark and the stop: 200 × 0.96 = 192.
    await ground.ledger.seePrice((await position()).id, money(200));
    ground.alpaca.setPrice("AAPL", 190);
    await expect.poll(told("SELL 5 AAPL @ $190.00 · trailing stop"), SOON).toBe(1);
  });

  it("follows no price from outside the session, and the first one inside it: 190 × 0.96 = 182.40", async () => {
    await bought("trail_pct=4");
    ground.alpaca.setOpen(false);
    // The clock names a real session's end before it comes; of this one the engine hears when it asks next.
    await expect.poll(async () => (await readClock(ground.running.engine)).isOpen, SOON).toBe(false);
    ground.alpaca.setPrice("AAPL", 200);
    await ground.running.tick();
    expect((await position()).highWater.toString()).toBe("185.5");
    ground.alpaca.setPrice("AAPL", 190);
    ground.alpaca.setOpen(true);
    await ground.running.tick();
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 182.4 new"]);
    expect((await position()).highWater.toString()).toBe("190");
  });

  it("never falls with the price, and asks for nothing then", async () => {
    await bought("trail_atr=2");
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 195 new"]);
    for (const price of [198, 196, 199]) {
      ground.alpaca.setPrice("AAPL", price);
      await ground.running.tick();
    }
    expect(restingStops()).toEqual(["stop 5 @ 195 new"]);
    expect(requests("PATCH")).toHaveLength(1);
    expect((await position()).stop.toString()).toBe("195");
  });

  it("spares the broker small steps; the engine watches the exact stop and sells at it", async () => {
    await bought("trail_pct=4");
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 192 new"]);
    // 200.40 × 0.96 = 192.384, 0.39 more than what rests: less than a tenth of R.
    ground.alpaca.setPrice("AAPL", 200.4);
    await expect.poll(async () => (await position()).stop.toString(), SOON).toBe("192.39");
    expect(restingStops()).toEqual(["stop 5 @ 192 new"]);
    ground.alpaca.setPrice("AAPL", 192.3);
    await expect.poll(told("SELL 5 AAPL @ $192.30 · trailing stop"), SOON).toBe(1);
  });

  it("waits for its activation: at 195.49 nothing, at 195.50 (2 R) 195.50 × 0.99 = 193.545, up to the tick", async () => {
    await bought("trail_pct=1", "trail_after_r=2");
    ground.alpaca.setPrice("AAPL", 195.49);
    await ground.running.tick();
    expect((await position()).highWater.toString()).toBe("195.49");
    expect(restingStops()).toEqual(["stop 5 @ 180.5 new"]);
    ground.alpaca.setPrice("AAPL", 195.5);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 193.55 new"]);
  });

  it("moves the stop leg of a bracket, whose target stays: 185.50 × 1.10 = 204.05", async () => {
    await ground.start(["AAPL"], ["entry=bracket", "take_profit_pct=10", "trail_pct=4"]);
    await ground.running.tick();
    await expect.poll(restingStops, SOON).toEqual(["limit 5 @  new", "stop 5 @ 180.5 held"]);
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(restingStops, SOON).toEqual(["limit 5 @  new", "stop 5 @ 192 held"]);
    ground.alpaca.setPrice("AAPL", 191.9);
    await expect.poll(told("SELL 5 AAPL @ $191.90 · trailing stop"), SOON).toBe(1);
    await expect.poll(restingStops, SOON).toEqual([]);
    expect(ground.alpaca.positions()).toEqual([]);
  });

  it("works without the broker where the engine protects", async () => {
    await ground.start(["AAPL"], ["trail_pct=4", "protection=engine"]);
    await ground.running.tick();
    await expect.poll(async () => (await ground.ledger.openPositions("paper")).length, SOON).toBe(1);
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(async () => (await position()).stop.toString(), SOON).toBe("192");
    ground.alpaca.setPrice("AAPL", 191);
    await expect.poll(told("SELL 5 AAPL @ $191.00 · trailing stop"), SOON).toBe(1);
    expect(requests("PATCH")).toEqual([]);
  });
});

describe("the answer to a replace", () => {
  it("that was lost after it was accepted is found: one stop, told once, nothing asked again", async () => {
    await bought("trail_pct=4");
    ground.alpaca.faults.next("PATCH /v2/orders/:id", { kind: "accept-then-drop" });
    ground.alpaca.setPrice("AAPL", 200);
    await expect
      .poll(async () => (await stops()).map((stop) => stop.state), SOON)
      .toEqual(["REPLACED", "ACCEPTED"]);
    expect(restingStops()).toEqual(["stop 5 @ 192 new"]);
    expect(requests("PATCH")).toHaveLength(1);
    expect((await ground.told()).filter((text) => text === MOVED)).toHaveLength(1);
  });

  it("that was lost with the request leaves the old stop, and the raise is asked for again once that is known", async () => {
    await bought("trail_pct=4");
    ground.alpaca.faults.next("PATCH /v2/orders/:id", { kind: "drop-before" });
    ground.alpaca.setPrice("AAPL", 200);
    await expect
      .poll(async () => (await stops()).map((stop) => stop.state), SOON)
      .toEqual(["ACCEPTED", "UNKNOWN"]);
    expect(restingStops()).toEqual(["stop 5 @ 180.5 new"]);
    await expect.poll(restingStops, { timeout: 20_000 }).toEqual(["stop 5 @ 192 new"]);
    await expect
      .poll(async () => (await stops()).map((stop) => stop.state), SOON)
      .toEqual(["REPLACED", "UNSEEN", "ACCEPTED"]);
  });

  it("that was lost with the request does not keep an exit waiting", async () => {
    await bought("trail_pct=4");
    ground.alpaca.faults.next("PATCH /v2/orders/:id", { kind: "drop-before" });
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(async () => (await stops()).at(-1)?.state, SOON).toBe("UNKNOWN");
    const { id } = await position();
    await requestExit(ground.running.engine, id, "manual", Date.now());
    ground.running.engine.tendSoon(id);
    await expect.poll(told("SELL 5 AAPL @ $200.00 · closed by hand"), SOON).toBe(1);
    expect((await stops()).map((stop) => stop.state)).toEqual(["CANCELED", "REJECTED"]);
    expect(await told("Order")()).toBe(0);
  });

  it("that refuses falls back to cancel, confirmation and a new stop, without an alarm", async () => {
    await bought("trail_pct=4");
    ground.alpaca.faults.next("PATCH /v2/orders/:id", {
      kind: "status",
      code: 422,
      body: { code: 42210000, message: "order cannot be replaced" },
    });
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 192 new"]);
    await expect
      .poll(async () => (await stops()).map((stop) => stop.state), SOON)
      .toEqual(["CANCELED", "REJECTED", "ACCEPTED"]);
    expect((await position()).stopRefusals).toBe(0);
    expect(await told("Order")()).toBe(0);
  });

  it("that asks to wait (429) is asked again later under another id", async () => {
    await bought("trail_pct=4");
    ground.alpaca.faults.next("PATCH /v2/orders/:id", { kind: "429", retryAfterSeconds: 1 });
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 192 new"]);
    expect(await told("Order")()).toBe(0);
  });

  it("does not matter when the old stop fills first: sold once, the new one over without a fill", async () => {
    await bought("trail_pct=4");
    ground.alpaca.setDelays({ replaceMs: 4_000 });
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(async () => (await stops()).length, SOON).toBe(2);
    const [old] = await stops();
    ground.alpaca.fill(String(old?.brokerOrderId), 5, 180.5);
    // The venue's refusal and our cancelling of what no longer has a position are on their way at once.
    await expect
      .poll(async () => (await stops()).map(({ state }) => (state === "CANCELED" ? "REJECTED" : state)), SOON)
      .toEqual(["FILLED", "REJECTED"]);
    expect(ground.alpaca.positions()).toEqual([]);
    expect(await told("SELL 5 AAPL @ $180.50")()).toBe(1);
  });

  it("while it is awaited, an exit waits for the venue to decide, then cancels what stands", async () => {
    await bought("trail_pct=4");
    ground.alpaca.setDelays({ replaceMs: 1_500 });
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(async () => (await stops()).at(-1)?.state, SOON).toBe("ACCEPTED");
    const { id } = await position();
    await requestExit(ground.running.engine, id, "manual", Date.now());
    ground.running.engine.tendSoon(id);
    await expect.poll(told("SELL 5 AAPL @ $200.00 · closed by hand"), SOON).toBe(1);
    expect(ground.alpaca.seen["insufficient-qty"] ?? 0).toBe(0);
    expect(ground.alpaca.positions()).toEqual([]);
  });
});

describe("a restart", () => {
  it("knows the high that was seen before, and what was recorded and not yet sent", async () => {
    await bought("trail_pct=4");
    await ground.running.stop();
    const before = await position();
    await ground.ledger.updatePosition({ ...before, highWater: money(200), stop: money(192) });
    ground.alpaca.setPrice("AAPL", 198);
    await ground.restart();
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 192 new"]);
    expect((await position()).highWater.toString()).toBe("200");
  });

  it("in the middle of a replace finds the new stop and makes no second one", async () => {
    await bought("trail_pct=4");
    ground.alpaca.faults.next("PATCH /v2/orders/:id", { kind: "accept-then-hang" });
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(() => requests("PATCH").length, SOON).toBe(1);
    await ground.restart();
    await expect
      .poll(async () => (await stops()).map((stop) => stop.state), SOON)
      .toEqual(["REPLACED", "ACCEPTED"]);
    expect(restingStops()).toEqual(["stop 5 @ 192 new"]);
    expect(requests("PATCH")).toHaveLength(1);
  });
});

describe("a breakeven move", () => {
  it("lifts the stop to the entry at +1 R, once and told", async () => {
    await bought("breakeven_r=1");
    ground.alpaca.setPrice("AAPL", 190.5);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 185.5 new"]);
    ground.alpaca.setPrice("AAPL", 195);
    await ground.running.tick();
    expect(await told("Stop of 5 AAPL moved to breakeven $185.50 (was $180.50")()).toBe(1);
    expect(requests("PATCH")).toHaveLength(1);
  });
});

describe("a partial take-profit", () => {
  it("sells half at 1 R, keeps a stop for exactly the rest, and the trade covers the whole round trip", async () => {
    await bought("partial_r=1");
    ground.alpaca.setPrice("AAPL", 190.5);
    await expect
      .poll(
        told("SELL 2 AAPL @ $190.50 · partial take-profit · P&L +$10.00 (+2.70%) · 3 left, stop $180.50 ·"),
        SOON,
      )
      .toBe(1);
    await expect.poll(restingStops, SOON).toEqual(["stop 3 @ 180.5 new"]);
    // The rest was protected all the while: the stop was made smaller, not cancelled.
    expect(requests("DELETE")).toHaveLength(0);
    ground.alpaca.setPrice("AAPL", 192);
    await ground.running.tick();
    expect((await position()).quantity.toString()).toBe("3");
    ground.alpaca.setPrice("AAPL", 180);
    await expect.poll(async () => (await ground.ledger.openPositions("paper")).length, SOON).toBe(0);
    const [trade] = await ground.ledger.trades({ accountId: "paper" });
    // (2 × 190.50 + 3 × 180) / 5 = 184.20; 2 × 5 − 3 × 5.50 = −6.50
    expect([trade?.quantity, trade?.exitPrice, trade?.pnl, trade?.exitReason].map(String)).toEqual([
      "5",
      "184.2",
      "-6.5",
      "stop-loss",
    ]);
  });

  it("goes on after a restart where it was", async () => {
    await bought("partial_r=1");
    ground.alpaca.setFillMode("AAPL", "manual");
    ground.alpaca.setPrice("AAPL", 190.5);
    await expect.poll(restingStops, SOON).toEqual(["stop 3 @ 180.5 new", "market 2 @  new"]);
    ground.alpaca.setFillMode("AAPL", "auto");
    await ground.restart();
    await expect.poll(restingStops, SOON).toEqual(["stop 3 @ 180.5 new"]);
    expect((await position()).quantity.toString()).toBe("3");
    expect(await told("SELL 2 AAPL")()).toBe(1);
  });

  it("waits until the rest has its stop, where none rests", async () => {
    await bought("partial_r=1");
    const [stop] = await stops();
    await ground.running.stop();
    ground.alpaca.expire(String(stop?.brokerOrderId));
    ground.alpaca.setPrice("AAPL", 190.5);
    await ground.restart();
    await expect.poll(told("SELL 2 AAPL @ $190.50 · partial take-profit"), SOON).toBe(1);
    expect(ground.alpaca.orders().map((order) => [order.side, order.type, order.qty].join(" "))).toEqual([
      "buy market 5",
      "sell stop 5",
      "sell stop 3",
      "sell market 2",
    ]);
    expect(restingStops()).toEqual(["stop 3 @ 180.5 new"]);
  });

  it("is given up when the broker refuses it twice, and the stop is whole again", async () => {
    await bought("partial_r=1");
    const refusal = { kind: "status", code: 422, body: { code: 42210000, message: "not now" } } as const;
    ground.alpaca.faults.next("POST /v2/orders", refusal, 2);
    ground.alpaca.setPrice("AAPL", 190.5);
    await expect.poll(told("Order rejected: SELL 2 AAPL (exit)"), SOON).toBe(1);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 180.5 new"]);
    const orders = await ground.ledger.recentOrders({ accountId: "paper", limit: 20 });
    const refused = orders.find((order) => order.state === "REJECTED" && order.purpose === "exit");
    if (refused === undefined) throw new Error("no refused sale");
    await ground.ledger.updateOrder({ ...refused, updatedAt: Date.now() - 30_000 });
    await expect.poll(told("The broker refused twice to sell 2 of 5 AAPL"), { timeout: 15_000 }).toBe(1);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 180.5 new"]);
    expect(await position()).toMatchObject({ partQuantity: null, partialTaken: true });
  });

  it("falls back to cancelling the stop when it cannot be made smaller, and arms the rest again", async () => {
    await bought("partial_r=1");
    ground.alpaca.faults.next("PATCH /v2/orders/:id", {
      kind: "status",
      code: 422,
      body: { code: 42210000, message: "qty cannot be changed" },
    });
    ground.alpaca.setPrice("AAPL", 190.5);
    await expect.poll(told("SELL 2 AAPL @ $190.50 · partial take-profit"), SOON).toBe(1);
    await expect.poll(restingStops, SOON).toEqual(["stop 3 @ 180.5 new"]);
  });
});

const dayFromNow = (days: number): string => exchangeDay(Date.now() + days * 86_400_000);

describe("a time stop", () => {
  it("sells after so many closed bars, over a restart", async () => {
    ground.alpaca.setCalendar(
      [-1, 0, 1].map((offset) => ({ date: dayFromNow(offset), open: "00:00", close: "23:59" })),
    );
    await bought("time_stop_bars=3");
    const { heldSince } = await position();
    const start = Math.floor(Number(heldSince) / 60_000) * 60_000;
    // Two bars and almost a third one.
    ground.alpaca.setClock(start + 179_000);
    await ground.restart();
    await ground.running.tick();
    expect((await position()).exitReason).toBeNull();
    ground.alpaca.setClock(start + 180_000);
    await ground.running.tick();
    await expect.poll(told("SELL 5 AAPL @ $185.50 · time stop"), SOON).toBe(1);
  });
});

describe("by hand", () => {
  const AAPL = { symbol: "AAPL" };

  it("a stop is raised to a price, at once and told", async () => {
    await bought();
    const outcome = await moveStopByHand(ground.running.engine, AAPL, { kind: "price", price: 184.001 }, BY);
    expect(outcome).toEqual({
      kind: "done",
      value: undefined,
      text: "stop of 5 AAPL (multi_timeframe) raised from $180.50 to $184.01",
    });
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 184.01 new"]);
    expect(await told("Stop of 5 AAPL raised to $184.01 by ann (was $180.50")()).toBe(1);
  });

  it("a stop goes to breakeven only where the price is above it", async () => {
    await bought();
    const { engine } = ground.running;
    const breakeven = { kind: "breakeven" } as const;
    expect(await moveStopByHand(engine, AAPL, breakeven, BY)).toMatchObject({
      kind: "refused",
      text: expect.stringContaining(
        "$185.50 is too near the price $185.50 or above it; $185.40 is the highest",
      ),
    });
    ground.alpaca.setPrice("AAPL", 187);
    expect((await moveStopByHand(engine, AAPL, breakeven, BY)).kind).toBe("done");
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 185.5 new"]);
    expect(await moveStopByHand(engine, AAPL, breakeven, BY)).toMatchObject({
      text: "AAPL (multi_timeframe): its stop is $185.50 already",
    });
  });

  it("a stop is never lowered, and nothing is moved where nothing is open", async () => {
    await bought();
    const { engine } = ground.running;
    expect(await moveStopByHand(engine, AAPL, { kind: "price", price: 175 }, BY)).toEqual({
      kind: "refused",
      text: "AAPL (multi_timeframe): its stop is $180.50, above $175.00; by hand a stop is only raised",
    });
    expect(
      await moveStopByHand(engine, { symbol: "AAPL", strategyId: "momentum" }, { kind: "breakeven" }, BY),
    ).toEqual({ kind: "refused", text: "no open position in AAPL of momentum" });
    expect(requests("PATCH")).toEqual([]);
  });

  it("half is sold, and the rest keeps its stop", async () => {
    await bought();
    const outcome = await closeByHand(ground.running.engine, AAPL, 0.5, BY);
    expect(outcome.text).toBe("selling 2 of 5 AAPL (multi_timeframe) at market; the fill is told here");
    await expect.poll(told("SELL 2 AAPL @ $185.50 · a part closed by hand · P&L +$0.00"), SOON).toBe(1);
    await expect.poll(restingStops, SOON).toEqual(["stop 3 @ 180.5 new"]);
    expect(await closeByHand(ground.running.engine, AAPL, 0.1, { ...BY, deliveryId: "d2" })).toEqual({
      kind: "refused",
      text: "AAPL (multi_timeframe): that part is less than one share",
    });
  });

  it("a part that is delivered again after a crash is sold once", async () => {
    await bought();
    await closeByHand(ground.running.engine, AAPL, 0.5, BY);
    const sold = async (): Promise<unknown> => [
      (await position()).quantity.toString(),
      (await position()).partQuantity,
    ];
    await expect.poll(sold, SOON).toEqual(["3", null]);
    expect(await closeByHand((await ground.restart()).engine, AAPL, 0.5, BY)).toEqual({
      kind: "done",
      value: undefined,
      text: "asked already: selling 2 of 5 AAPL (multi_timeframe) at market; the fill is told here",
    });
    expect(await sold()).toEqual(["3", null]);
  });
});

describe("a price that was read long ago", () => {
  it("sells nothing while newer ones cannot be had", async () => {
    await bought();
    const { state, tendSoon, serial } = ground.running.engine;
    ground.alpaca.faults.next("GET /v2/stocks/trades/latest", { kind: "status", code: 500 }, 1_000);
    const nowMs = Date.now();
    state.prices.set("AAPL", { price: 170, atMs: nowMs, readAtMs: nowMs - 60_000 });
    const { id } = await position();
    tendSoon(id);
    await serial.idle();
    await expect.poll(() => ground.alpaca.faults.pending(), SOON).toBeLessThan(995);
    expect(await position()).toMatchObject({ exitReason: null, crossedSince: null });
  });
});

async function boughtWithStop() {
  await bought();
  const [stop] = await stops();
  if (stop === undefined) throw new Error("no stop");
  return { engine: ground.running.engine, id: (await position()).id, stop };
}

const killed = (): Promise<never> => Promise.reject(new Error("killed"));

describe("a stop that the broker refused twice", () => {
  it("is told in the transaction that closes the position: a crash loses neither", async () => {
    const { engine, id, stop } = await boughtWithStop();
    await engine.serial.run("AAPL", async () => {
      await ground.ledger.updateOrder({ ...stop, state: "CANCELED", cancelRequestedAt: Date.now() });
      await ground.ledger.updatePosition({ ...(await position()), stopRefusals: 2 });
      // A second write after the first never comes, as in a crash between them.
      await tendPosition(
        { ...engine, ledger: { ...engine.ledger, insertAlert: killed } },
        id,
        undefined,
      ).catch(() => undefined);
    });
    expect((await ground.ledger.position(id))?.exitReason).toBe("stop-loss");
    expect(await told("The broker refused the stop of 5 AAPL @ $185.50, stop $180.50 twice")()).toBe(1);
  });
});

describe("a stop that the broker refused", () => {
  it("is sent again after a pause, not at once: what was in its way for a moment sells nothing", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"]);
    await ground.running.tick();
    const refusal = { kind: "status", code: 422, body: { code: 42210000, message: "not now" } } as const;
    ground.alpaca.faults.next("POST /v2/orders", refusal, 1);
    ground.alpaca.setFillMode("AAPL", "auto");
    await expect.poll(restingStops, { timeout: 15_000 }).toEqual(["stop 5 @ 180.5 new"]);
    const [refused, again] = await stops();
    if (refused === undefined || again === undefined) throw new Error("not two stops");
    expect(refused.state).toBe("REJECTED");
    expect(again.createdAt - refused.updatedAt).toBeGreaterThanOrEqual(1_000);
    expect(await position()).toMatchObject({ stopRefusals: 1, exitReason: null });
  });

  it("or that was taken away is put back after the pause though nobody looks: the market is closed, nothing is read", async () => {
    await bought();
    ground.alpaca.setOpen(false);
    await ground.running.tick();
    ground.alpaca.faults.next("GET /v2/orders", { kind: "status", code: 500, body: {} }, 1_000);
    const [stop] = await stops();
    ground.alpaca.expire(String(stop?.brokerOrderId));
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 180.5 accepted"]);
    const [ended, again] = await stops();
    if (ended === undefined || again === undefined) throw new Error("not two stops");
    expect(again.createdAt - ended.updatedAt).toBeGreaterThanOrEqual(1_000);
  });

  const refusals = async () => (await position()).stopRefusals;

  it("is forgotten once one has rested for a minute: the next refusal is the first again", async () => {
    const { engine, id, stop } = await boughtWithStop();
    await engine.serial.run("AAPL", async () => {
      await ground.ledger.updatePosition({ ...(await position()), stopRefusals: 1 });
      await ground.ledger.updateOrder({ ...stop, createdAt: Date.now() });
      await tendPosition(engine, id, undefined);
      expect(await refusals()).toBe(1);
      await ground.ledger.updateOrder({ ...stop, createdAt: Date.now() - 60_000 });
      await tendPosition(engine, id, undefined);
      expect(await refusals()).toBe(0);
      // Over the same facts nothing is written.
      await tendPosition({ ...engine, ledger: { ...engine.ledger, transaction: killed } }, id, undefined);
    });
  });

  it("is forgotten although the stop is moved all the time: it rests all the while", async () => {
    await bought("trail_pct=4");
    ground.alpaca.setPrice("AAPL", 200);
    await expect.poll(restingStops, SOON).toEqual(["stop 5 @ 192 new"]);
    const states = async () => (await stops()).map((each) => each.state);
    await expect.poll(states, SOON).toEqual(["REPLACED", "ACCEPTED"]);
    const [replaced] = await stops();
    if (replaced === undefined) throw new Error("no stop");
    await ground.ledger.updateOrder({ ...replaced, createdAt: Date.now() - 60_000 });
    await ground.ledger.updatePosition({ ...(await position()), stopRefusals: 1 });
    await expect.poll(refusals, SOON).toBe(0);
  });
});
