import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decideExternal } from "../../src/app/externals.ts";
import { decideForeign, foreignViews } from "../../src/app/foreign-decisions.ts";
import { reconcile } from "../../src/app/reconcile.ts";
import { requestExit } from "../../src/app/record.ts";
import { riskView } from "../../src/app/reports.ts";
import { BY, openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const WITHIN_15_S = { timeout: 15_000, interval: 100 };
const positions = () => ground.ledger.openPositions("paper");
const ownBuys = () =>
  ground.alpaca
    .orders()
    .filter((order) => order.side === "buy" && String(order.client_order_id).startsWith("af-"));
const again = () => reconcile(ground.running.engine, Date.now());
const foreignTold = async () => (await ground.told()).filter((text) => text.startsWith("EXTERNAL order"));

/** A person's order at the broker, without AlphaFlow; returns the broker's id. */
async function byHand(order: Readonly<Record<string, string>>): Promise<string> {
  const answer = await fetch(`${ground.alpaca.tradingUrl}/v2/orders`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "APCA-API-KEY-ID": ground.alpaca.keyId,
      "APCA-API-SECRET-KEY": ground.alpaca.secret,
    },
    body: JSON.stringify({ symbol: "AAPL", type: "limit", time_in_force: "gtc", ...order }),
  });
  const placed: unknown = await answer.json();
  if (typeof placed !== "object" || placed === null || !("id" in placed))
    throw new Error(JSON.stringify(placed));
  return String(placed.id);
}

const lowBid = (qty = "10") => byHand({ side: "buy", qty, limit_price: "150" });
const decide = (action: "cancel" | "ignore", id: string | null = null) =>
  decideForeign(ground.running.engine, action, "AAPL", id, BY);
/** The last line of the card that asks, and how many buttons it has. */
const card = async (id: string) => {
  const message = await ground.ledger.alertMessage(`foreign-order:paper:${id}`);
  return [message?.text.split("\n").at(-1), message?.buttons?.length ?? 0];
};
const stored = () => ground.ledger.setting("foreign_orders:paper");

describe("an order that nobody here placed", () => {
  it("is told once with what it is, freezes its symbol, and a second reconciliation writes nothing", async () => {
    const id = await lowBid();
    await again();
    const before = [await ground.told(), await stored()];
    await again();
    expect([await ground.told(), await stored()]).toEqual(before);
    expect(await foreignTold()).toEqual([
      expect.stringMatching(/^EXTERNAL order BUY 10 AAPL limit \$150\.00 gtc: .* AAPL takes no new entries/),
    ]);
    expect((await card(id))[1]).toBe(2);
    await ground.start(["AAPL"]);
    await ground.running.tick();
    expect(ownBuys()).toEqual([]);
    const [decision] = await ground.ledger.decisions({ accountId: "paper", limit: 1 });
    expect(decision).toMatchObject({ code: "FROZEN" });
    expect(decision?.text).toContain("BUY 10 AAPL limit $150.00 gtc");
  });

  it("is known after a restart, is not told again, and counts in the risk figures while it buys", async () => {
    const id = await lowBid();
    await byHand({ symbol: "MSFT", side: "sell", qty: "1", limit_price: "300" });
    await again();
    const running = await ground.restart();
    expect(await foreignTold()).toHaveLength(2);
    const views = (await foreignViews(running.engine)).toSorted((a, b) => a.symbol.localeCompare(b.symbol));
    expect(views).toMatchObject([
      { symbol: "AAPL", brokerOrderId: id, side: "buy", ignored: false },
      { symbol: "MSFT", side: "sell", ignored: false },
    ]);
    const { exposure, openRisk } = await riskView(running.engine);
    expect([exposure, openRisk]).toEqual([1500, 1500]);
  });

  it("can be cancelled from the chat", async () => {
    const id = await lowBid();
    await again();
    expect(await decide("cancel", id)).toMatchObject({ kind: "done" });
    expect(await card(id)).toEqual(["→ cancel asked by ann (Console)", 0]);
    await expect.poll(stored, WITHIN_15_S).toEqual([]);
    expect(ground.alpaca.openOrders()).toEqual([]);
    expect(await decide("cancel", id)).toMatchObject({ kind: "refused" });
  });

  it("no longer asks once somebody else has cancelled it", async () => {
    const id = await lowBid();
    await again();
    ground.alpaca.expire(id);
    await again();
    expect(await card(id)).toEqual(["→ no longer open at the broker", 0]);
  });

  it("can be ignored: its symbol takes entries again, but not beside a sell that the broker would hold against them", async () => {
    ground.alpaca.setPosition("AAPL", "7", "180");
    const id = await byHand({ side: "sell", qty: "7", limit_price: "200" });
    await again();
    await decideExternal(ground.running.engine, "ignore", "AAPL", null, BY);
    expect(await decide("ignore")).toMatchObject({ kind: "done" });
    expect(await card(id)).toEqual(["→ left alone by ann (Console)", 0]);
    await ground.start(["AAPL"]);
    await ground.running.tick();
    expect(ownBuys()).toEqual([]);
    const [decision] = await ground.ledger.decisions({ accountId: "paper", limit: 1 });
    expect(decision).toMatchObject({ code: "OPPOSING" });
    ground.alpaca.addBar("AAPL", "1Min", nextBar());
    await ground.start(["AAPL"], ["entry=limit", "fraction=0.02"]);
    await ground.running.tick();
    await expect.poll(() => ownBuys().map((order) => order.type), WITHIN_15_S).toEqual(["limit"]);
  });
});

describe("a position beside somebody's buy order", () => {
  it("is watched by the engine, which sends no stop that the broker would refuse", async () => {
    const id = await boughtBesideBid();
    await expect.poll(foreignTold, WITHIN_15_S).toHaveLength(1);
    ground.alpaca.setPrice("AAPL", 180);
    await expect.poll(async () => (await positions()).length, WITHIN_15_S).toBe(0);
    expect((await ground.ledger.trades({ accountId: "paper", limit: 1 }))[0]).toMatchObject({
      exitReason: "stop-loss",
    });
    expect(ground.alpaca.order(id)).toMatchObject({ status: "canceled" });
  });

  it("gets its stop when that order is gone; refusals by the broker meanwhile did not have it sold", async () => {
    const id = await boughtBesideBid();
    await expect.poll(foreignTold, WITHIN_15_S).toHaveLength(1);
    expect(await positions()).toMatchObject([{ status: "open", exitReason: null }]);
    await decide("ignore");
    await again();
    await again();
    // The first stop may have gone before anybody knew of the bid; a second one would have had the position sold.
    expect(ground.alpaca.seen["wash-trade"] ?? 0).toBeLessThanOrEqual(1);
    expect(ground.resting()).toEqual(["buy limit 10 @ 150 gtc"]);
    await decide("cancel", id);
    await expect.poll(() => ground.resting(), WITHIN_15_S).toEqual(["sell stop 5 @ 180.5 gtc"]);
  });

  it("is sold when asked: what stood against the exit is cancelled after the refusal, and told", async () => {
    const id = await boughtBesideBid();
    await expect.poll(foreignTold, WITHIN_15_S).toHaveLength(1);
    const [position] = await positions();
    await requestExit(ground.running.engine, String(position?.id), "manual", Date.now());
    ground.running.engine.tendSoon(String(position?.id));
    await expect.poll(async () => (await positions()).length, WITHIN_15_S).toBe(0);
    expect(ground.alpaca.order(id)).toMatchObject({ status: "canceled" });
    expect(await ground.told()).toContain(
      "Cancelled an order placed outside AlphaFlow that stood against an exit: buy 10 AAPL · PAPER",
    );
    expect(ground.alpaca.positions()).toEqual([]);
  });

  it("leaves when its stop is crossed, also while that order fills piece by piece", async () => {
    const id = await boughtBesideBid("100");
    await expect.poll(foreignTold, WITHIN_15_S).toHaveLength(1);
    const fillOne = (): void => {
      if (ground.alpaca.order(id)?.status !== "canceled") ground.alpaca.fill(id, 1, 180);
    };
    fillOne();
    const filling = setInterval(fillOne, 250);
    try {
      ground.alpaca.setPrice("AAPL", 180);
      await expect
        .poll(async () => (await positions()).map((each) => each.exitReason), WITHIN_15_S)
        .not.toEqual([null]);
    } finally {
      clearInterval(filling);
    }
    await expect.poll(async () => (await positions()).length, WITHIN_15_S).toBe(0);
    expect((await ground.ledger.trades({ accountId: "paper", limit: 1 }))[0]).toMatchObject({
      exitReason: "stop-loss",
    });
  });

  it("is split with it: as many shares more as the order would buy are no reason to sell at the price of after", async () => {
    await boughtBesideBid("10");
    await expect.poll(foreignTold, WITHIN_15_S).toHaveLength(1);
    ground.alpaca.setFillMode("AAPL", "manual");
    ground.alpaca.setPosition("AAPL", "10", "92.75");
    ground.alpaca.setPrice("AAPL", 92.5);
    await expect
      .poll(
        async () => (await positions()).map((each) => [String(each.quantity), String(each.stop)]),
        WITHIN_15_S,
      )
      .toEqual([["10", "90.25"]]);
    expect(await positions()).toMatchObject([{ exitReason: null }]);
    expect(
      ground.alpaca.orders().filter((order) => order.side === "sell" && order.type === "market"),
    ).toEqual([]);
  });

  it("forgets the refusals that the order caused: one more after it is over does not have the position sold", async () => {
    const id = await boughtBesideBid();
    await expect.poll(foreignTold, WITHIN_15_S).toHaveLength(1);
    const [position] = await positions();
    if (position === undefined) throw new Error("no position");
    const refusals = async () => (await positions()).map((each) => each.stopRefusals);
    await ground.ledger.updatePosition({ ...position, stopRefusals: 2 });
    ground.running.engine.tendSoon(position.id);
    await expect.poll(refusals, WITHIN_15_S).toEqual([0]);
    // As when the order came since the orders were read last.
    await ground.ledger.updatePosition({ ...position, stopRefusals: 2 });
    ground.running.engine.state.foreignOrders = [];
    ground.running.engine.tendSoon(position.id);
    await expect.poll(refusals, WITHIN_15_S).toEqual([0]);
    await decide("cancel", id);
    await expect.poll(() => ground.resting(), WITHIN_15_S).toEqual(["sell stop 5 @ 180.5 gtc"]);
    expect(await positions()).toMatchObject([{ exitReason: null }]);
  });

  /** Five AAPL, and a bid that somebody placed while they were being bought; returns its id. */
  async function boughtBesideBid(qty = "10"): Promise<string> {
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"]);
    await ground.running.tick();
    await expect.poll(() => ownBuys().length, WITHIN_15_S).toBe(1);
    const id = await lowBid(qty);
    ground.alpaca.fill(String(ownBuys()[0]?.id), 5, 185.5);
    ground.alpaca.setFillMode("AAPL", "auto");
    await expect.poll(async () => (await positions()).length, WITHIN_15_S).toBe(1);
    return id;
  }
});

/** The bar after those that the ground began with. */
function nextBar() {
  const newest = risingBars(Date.now()).at(-1);
  if (newest === undefined) throw new Error("no bars");
  return { ...newest, t: newest.t + 60_000 };
}
