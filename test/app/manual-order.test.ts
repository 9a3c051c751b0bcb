import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kill, resume } from "../../src/app/control.ts";
import { placeOrder, previewOrder } from "../../src/app/manual-order.ts";
import type { By, ManualTicket } from "../../src/ports.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const engine = () => ground.running.engine;
const positions = () => ground.ledger.openPositions("paper");
const resting = () => ground.resting();
const buys = () => ground.alpaca.orders().filter((order) => order.side === "buy");
const held = async (): Promise<readonly string[]> =>
  (await positions()).map((each) => `${each.strategyId} ${each.quantity.toString()}`);

function ticket(changes: Partial<ManualTicket> = {}): ManualTicket {
  return {
    side: "buy",
    symbol: "AAPL",
    size: { kind: "shares", amount: 5 },
    limit: null,
    stop: 180,
    target: null,
    trailPct: null,
    timeInForce: "day",
    seen: null,
    ...changes,
  };
}

const press = (deliveryId: string): By => ({ ...BY, deliveryId });

describe("an order by hand", () => {
  it("shows price, stop, risk and every gate before it is placed, and writes nothing", async () => {
    const outcome = await previewOrder(engine(), ticket());
    if (outcome.kind === "refused") throw new Error(outcome.text);
    // (185.50 − 180) × 5 = 27.50
    expect(outcome.value).toMatchObject({ side: "buy", price: 185.5, stop: 180, risk: 27.5, limit: null });
    expect(outcome.value.shares.toString()).toBe("5");
    expect(outcome.value.checks.find((check) => check.gate === "buying_power")?.text).toMatch(
      /^cost \$927\.50/,
    );
    expect(outcome.value.checks.every((check) => check.ok)).toBe(true);
    expect(await ground.ledger.recentOrders({ accountId: "paper", limit: 10 })).toEqual([]);
  });

  it("is a position of manual with its stop at the broker, decided and told like every other", async () => {
    const outcome = await placeOrder(engine(), ticket({ target: 200, trailPct: 3 }), press("p1"));
    expect(outcome.text).toMatch(
      /^sent: buy 5 AAPL at market, stop \$180\.00; the fill is told here \(af-h-/,
    );
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 5 @ 180 gtc"]);
    expect(await positions()).toMatchObject([{ strategyId: "manual", runId: null, exits: { trailPct: 3 } }]);
    expect((await positions())[0]?.target?.toString()).toBe("200");
    expect(await ground.told()).toContain("BUY 5 AAPL @ $185.50 · stop $180.00 · manual · PAPER");
    expect(await ground.ledger.decisions({ accountId: "paper", limit: 5 })).toMatchObject([
      { strategyId: "manual", outcome: "entered", signal: "BUY" },
    ]);
  });

  it("for dollars buys what they pay for in whole shares", async () => {
    // floor(1,000 / 185.50) = 5
    const outcome = await previewOrder(engine(), ticket({ size: { kind: "usd", amount: 1000 } }));
    expect(outcome.kind === "done" && outcome.value.shares.toString()).toBe("5");
    const little = await previewOrder(engine(), ticket({ size: { kind: "usd", amount: 185 } }));
    expect(little).toMatchObject({ kind: "refused", text: expect.stringContaining("buys no whole share") });
  });

  it("is told as not sent when the desk was killed while the request limit held it back", async () => {
    ground.alpaca.faults.next("POST /v2/orders", { kind: "429", retryAfterSeconds: 2 }, 1);
    const outcome = placeOrder(engine(), ticket(), press("p1"));
    await expect
      .poll(() => ground.alpaca.requests.filter((each) => each.route === "POST /v2/orders").length)
      .toBe(1);
    await kill(engine(), BY);
    expect(await outcome).toEqual({
      kind: "refused",
      text: "not sent: buy 5 AAPL at market; entries were stopped while it waited for the limiter",
    });
    expect(buys()).toEqual([]);
  });

  it("is refused while the request limit leaves entries no room, and says for how long", async () => {
    // 50 % of 200 requests a minute
    for (let call = 0; call < 100; call += 1) await engine().broker.positions("exit");
    expect((await placeOrder(engine(), ticket(), press("p1"))).text).toMatch(
      /^the broker's request limit is used up for \d+ s: nothing was sent; give it again then$/,
    );
    expect(buys()).toEqual([]);
  });

  it("delivered twice is placed once", async () => {
    await Promise.all([
      placeOrder(engine(), ticket(), press("same")),
      placeOrder(engine(), ticket(), press("same")),
    ]);
    expect(buys()).toHaveLength(1);
  });

  it("passes the gates of a strategy's entry: nothing past the daily loss limit", async () => {
    ground.alpaca.setAccount({ cash: "97999", last_equity: "100000" });
    engine().state.account = null;
    const outcome = await placeOrder(engine(), ticket(), press("p1"));
    expect(outcome).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("day loss 2.001 of 2%"),
    });
    expect(buys()).toEqual([]);
  });

  it("is looked at again on the press: gates that have closed since refuse it, and the decision says so", async () => {
    const shown = await previewOrder(engine(), ticket());
    expect(shown.kind).toBe("done");
    await ground.ledger.setControl({
      ...(await ground.ledger.control()),
      halted: true,
      by: "ann",
      reason: "news",
    });
    const outcome = await placeOrder(engine(), ticket(), press("p1"));
    expect(outcome).toMatchObject({ kind: "refused", text: expect.stringContaining("halted by ann: news") });
    expect(buys()).toEqual([]);
  });

  it("is refused when the market has left the price that was shown", async () => {
    ground.alpaca.setPrice("AAPL", 188);
    // 188 / 185.50 − 1 = 1.35%
    expect(await placeOrder(engine(), ticket({ seen: 185.5 }), press("p1"))).toEqual({
      kind: "refused",
      text: "AAPL was $185.50 when you were asked and is $188.00 now: give the order again",
    });
    expect(buys()).toEqual([]);
  });

  it.each([
    [{ stop: 186 }, "stop=186 is not below $185.50"],
    [{ target: 185 }, "target=185 is not above $185.50"],
    [{ symbol: "ZZZZ" }, "unknown symbol ZZZZ: Alpaca does not list it"],
    [{ stop: null, symbol: "MSFT" }, "MSFT has no ATR(14) to set a stop by; say stop=PRICE, below $185.50"],
  ])("with %j is refused with the reason", async (changes, text) => {
    expect(await previewOrder(engine(), ticket(changes))).toEqual({ kind: "refused", text });
  });

  it("without a stop gets one 2 ATR(14) of 15-minute bars under the price", async () => {
    const quarter = 15 * 60_000;
    const newest = Math.floor(Date.now() / quarter) * quarter - quarter;
    // Every bar spans 2.50, so ATR(14) is 2.50: 185.50 − 2 × 2.50 = 180.50
    ground.alpaca.setBars(
      "AAPL",
      "15Min",
      Array.from({ length: 100 }, (_, index) => ({
        t: newest - (99 - index) * quarter,
        o: 185,
        h: 186.25,
        l: 183.75,
        c: 185,
        v: 1000,
      })),
    );
    const outcome = await previewOrder(engine(), ticket({ stop: null }));
    expect(outcome).toMatchObject({ kind: "done", value: { stop: 180.5, risk: 25 } });
  });

  it("halts the desk after three refusals by the broker, which is told, and goes again after the resume", async () => {
    ground.alpaca.faults.next(
      "POST /v2/orders",
      { kind: "status", code: 403, body: { code: 40310000, message: "not today" } },
      3,
    );
    for (const id of ["p1", "p2", "p3"])
      expect((await placeOrder(engine(), ticket(), press(id))).text).toMatch(
        /^the broker refused to buy 5 AAPL/,
      );
    expect((await placeOrder(engine(), ticket(), press("p4"))).text).toContain(
      "the broker rejected 3 entries in a row",
    );
    expect(await ground.ledger.control()).toMatchObject({ halted: true, by: "AlphaFlow" });
    expect(await ground.told()).toContainEqual(
      expect.stringMatching(/^No new entries: the broker rejected 3 entries in a row: /),
    );
    expect((await resume(engine(), BY)).kind).toBe("done");
    expect((await placeOrder(engine(), ticket(), press("p5"))).text).toMatch(/^sent: buy 5 AAPL/);
    expect(buys()).toHaveLength(1);
  });

  it("with a limit waits in the book, and is cancelled when the desk is halted", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await placeOrder(engine(), ticket({ limit: 184.999 }), press("p1"));
    expect(resting()).toEqual(["buy limit 5 @ 184.99 day"]);
    await ground.ledger.setControl({ ...(await ground.ledger.control()), halted: true, by: "ann" });
    await expect.poll(resting, { timeout: 10_000 }).toEqual([]);
  });

  it("makes the stops of a strategy in its symbol way, and they are armed again", async () => {
    await ground.start(["AAPL"]);
    await ground.running.tick();
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 5 @ 180.5 gtc"]);
    await placeOrder(engine(), ticket({ size: { kind: "shares", amount: 3 } }), press("p1"));
    await expect
      .poll(() => resting().toSorted(), { timeout: 15_000 })
      .toEqual(["sell stop 3 @ 180 gtc", "sell stop 5 @ 180.5 gtc"]);
  });
});

describe("a sale by hand", () => {
  const sale = (amount: number): ManualTicket =>
    ticket({ side: "sell", stop: null, size: { kind: "shares", amount } });

  it("takes from what was bought by hand, never from a strategy, and never goes short", async () => {
    await ground.start(["AAPL"]);
    await ground.running.tick();
    await expect.poll(held, { timeout: 10_000 }).toEqual(["multi_timeframe 5"]);
    expect(await placeOrder(engine(), sale(1), press("s1"))).toEqual({
      kind: "refused",
      text: "no shares of AAPL were bought by hand; multi_timeframe holds it: /close AAPL multi_timeframe",
    });
    await placeOrder(engine(), ticket({ size: { kind: "shares", amount: 3 } }), press("p1"));
    await expect.poll(held, { timeout: 10_000 }).toEqual(["multi_timeframe 5", "manual 3"]);
    expect(await placeOrder(engine(), sale(4), press("s2"))).toEqual({
      kind: "refused",
      text: "4 AAPL are more than the 3 held by hand: a sale never goes short and never takes from a strategy",
    });
    await placeOrder(engine(), sale(3), press("s3"));
    await expect.poll(held, { timeout: 15_000 }).toEqual(["multi_timeframe 5"]);
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 5 @ 180.5 gtc"]);
    expect(ground.alpaca.positions().map((each) => each.qty)).toEqual(["5"]);
  });

  it("of a part leaves the rest with its stop", async () => {
    await placeOrder(engine(), ticket(), press("p1"));
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 5 @ 180 gtc"]);
    expect((await placeOrder(engine(), sale(2), press("s1"))).text).toMatch(
      /^selling 2 AAPL \(manual\) at market/,
    );
    await expect.poll(held, { timeout: 15_000 }).toEqual(["manual 3"]);
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 3 @ 180 gtc"]);
    expect(ground.alpaca.positions().map((each) => each.qty)).toEqual(["3"]);
  });

  it("delivered again after its shares are sold sells no more, and says so", async () => {
    await placeOrder(engine(), ticket({ size: { kind: "shares", amount: 10 } }), press("p1"));
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 10 @ 180 gtc"]);
    const first = await placeOrder(engine(), sale(5), press("s1"));
    const sold = async (): Promise<unknown> =>
      (await positions()).map((each) => [each.quantity.toString(), each.partQuantity]);
    await expect.poll(sold, { timeout: 15_000 }).toEqual([["5", null]]);
    await ground.restart();
    expect(await placeOrder(engine(), sale(5), press("s1"))).toEqual({
      kind: "done",
      value: undefined,
      text: `asked already: ${first.text}`,
    });
    expect(await sold()).toEqual([["5", null]]);
  });

  it("delivered twice at once is asked for once", async () => {
    await placeOrder(engine(), ticket({ size: { kind: "shares", amount: 10 } }), press("p1"));
    await expect.poll(resting, { timeout: 10_000 }).toEqual(["sell stop 10 @ 180 gtc"]);
    const texts = (
      await Promise.all([
        placeOrder(engine(), sale(5), press("s1")),
        placeOrder(engine(), sale(5), press("s1")),
      ])
    ).map(({ text }) => text);
    expect(texts.filter((text) => text.startsWith("asked already: "))).toHaveLength(1);
    await expect.poll(resting, { timeout: 15_000 }).toEqual(["sell stop 5 @ 180 gtc"]);
  });
});
