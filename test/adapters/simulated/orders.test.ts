import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sessionAt } from "../../../src/adapters/simulated/exchange-day.ts";
import { createMarket } from "../../../src/adapters/simulated/market.ts";
import { DEFAULT_SEED } from "../../../src/adapters/simulated/sandbox.ts";
import { createSimulated } from "../../../src/adapters/simulated/simulated-broker.ts";
import { money, ZERO } from "../../../src/core/money.ts";
import type { OrderRequest, TradeUpdate } from "../../../src/ports.ts";
import {
  clientId,
  openGround,
  quietLog,
  realClock,
  request,
  START_MS,
  type SandboxGround,
} from "./sandbox-ground.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const market = createMarket(DEFAULT_SEED);

/** Start of the first minute after the tests' start in which AAPL plunges by 2 % and comes back. */
const PLUNGE_MS = market
  .bars("AAPL", "1Min", START_MS + HOUR, START_MS + 5 * HOUR, START_MS + 9 * HOUR)
  .find((bar) => bar.low < bar.open * 0.979)!.time;

/** Wall and market time at which a ground begun by `beforePlunge(2 * MINUTE)` stands. */
const BEGUN_MS = PLUNGE_MS - 2 * MINUTE;

let ground: SandboxGround;

beforeEach(() => {
  ground = openGround();
});

afterEach(async () => {
  await ground.close();
  ground.remove();
});

const place = (changes: Partial<OrderRequest>): ReturnType<SandboxGround["broker"]["place"]> =>
  ground.broker.place(request(changes), "entry", 5_000);

async function latest(symbol = "AAPL"): Promise<number> {
  return (await ground.market.latestPrices([symbol])).get(symbol)!.price;
}

const cents = (amount: number): ReturnType<typeof money> => money(amount.toFixed(2));

async function statusOf(clientOrderId: string): Promise<string | undefined> {
  return (await ground.broker.orderByClientId(clientOrderId, "reconcile"))?.status;
}

/** A ground whose market stands `ms` before the plunge. */
async function beforePlunge(ms: number): Promise<void> {
  await ground.close();
  ground.remove();
  ground = openGround({ startMs: PLUNGE_MS - ms });
}

describe("a market order in the sandbox", () => {
  it("is acknowledged as working and fills between 100 and 300 ms later, a cent or two from the trade of that moment", async () => {
    const order = request();
    expect(await ground.broker.place(order, "entry", 5_000)).toMatchObject({
      kind: "answered",
      report: { status: "working", createdAt: START_MS },
    });
    ground.clock.advance(99);
    expect(await statusOf(order.clientOrderId)).toBe("working");
    ground.clock.advance(201);
    const report = await ground.broker.orderByClientId(order.clientOrderId, "reconcile");
    expect(report?.status).toBe("filled");
    const { execution } = ground.updates.at(-1)!;
    expect(execution!.atMs).toBeGreaterThanOrEqual(START_MS + 100);
    expect(execution!.atMs).toBeLessThanOrEqual(START_MS + 300);
    const traded = market.price("AAPL", START_MS + (execution!.atMs - START_MS) * 60);
    expect(report!.filledAvgPrice!.minus(traded).toNumber()).toBeCloseTo(0.02, 9);
  });

  it("above a hundred shares comes in two executions with ids of their own, between which it is partially filled", async () => {
    await ground.fillOrder({ quantity: money(151) });
    expect(
      ground.updates.map(({ execution, report }) => [
        report.status,
        execution?.quantity.toString(),
        report.filledQuantity.toString(),
      ]),
    ).toEqual([
      ["working", undefined, "0"],
      ["partially_filled", "76", "76"],
      ["filled", "75", "151"],
    ]);
    expect(new Set(ground.updates.flatMap(({ execution }) => execution?.executionId ?? [])).size).toBe(2);
  });

  it("fills by itself while somebody listens, on the real clock", async () => {
    const real = createSimulated({
      stateFile: `${ground.folder}/real.json`,
      clock: realClock,
      log: quietLog,
    });
    try {
      const filled = new Promise<TradeUpdate>((resolve) => {
        real.broker.subscribe({
          onUpdate: (update) => void (update.report.status === "filled" && resolve(update)),
          onConnected: () => undefined,
          onDisconnected: () => undefined,
        });
      });
      const startedMs = Date.now();
      expect(await real.broker.place(request(), "entry", 5_000)).toMatchObject({
        report: { status: "working" },
      });
      const { execution } = await filled;
      expect(execution!.atMs - startedMs).toBeGreaterThanOrEqual(99);
      expect(execution!.quantity.toString()).toBe("5");
    } finally {
      await real.close();
    }
  });
});

describe("a resting order in the sandbox", () => {
  it("as a stop is hit by a plunge inside one minute, even when nobody looked until the price had come back", async () => {
    await beforePlunge(2 * MINUTE);
    await ground.fillOrder({});
    const before = await latest();
    const stopPrice = cents(before * 0.99);
    const order = request({ side: "sell", type: "stop", stopPrice, timeInForce: "gtc" });
    await ground.broker.place(order, "stop", 5_000);
    ground.clock.advance(10_000);
    expect(await latest()).toBeGreaterThan(stopPrice.toNumber());
    const report = await ground.broker.orderByClientId(order.clientOrderId, "reconcile");
    expect(report?.status).toBe("filled");
    expect(report!.filledAvgPrice!.lt(stopPrice)).toBe(true);
    expect(report!.filledAvgPrice!.gt(stopPrice.times(0.998))).toBe(true);
    const wallOfPlunge = BEGUN_MS + (PLUNGE_MS - BEGUN_MS) / 60;
    expect(report!.updatedAt).toBeGreaterThanOrEqual(wallOfPlunge);
    expect(report!.updatedAt).toBeLessThanOrEqual(wallOfPlunge + 1_000);
    expect(await ground.broker.positions("reconcile")).toEqual([]);
  });

  it("as a stop under the plunge stays where it is", async () => {
    await beforePlunge(2 * MINUTE);
    await ground.fillOrder({});
    const order = request({
      side: "sell",
      type: "stop",
      stopPrice: cents((await latest()) * 0.95),
      timeInForce: "gtc",
    });
    await ground.broker.place(order, "stop", 5_000);
    ground.clock.advance(10_000);
    expect(await statusOf(order.clientOrderId)).toBe("working");
  });

  it("as a buy limit fills at the trade that reaches it, never above", async () => {
    await beforePlunge(2 * MINUTE);
    const limitPrice = cents((await latest()) * 0.99);
    const order = request({ type: "limit", limitPrice, timeInForce: "gtc" });
    await ground.broker.place(order, "entry", 5_000);
    ground.clock.advance(10_000);
    const report = await ground.broker.orderByClientId(order.clientOrderId, "reconcile");
    expect(report?.status).toBe("filled");
    expect(report!.filledAvgPrice!.lte(limitPrice)).toBe(true);
  });

  it("as a marketable limit fills at the market, better than its limit", async () => {
    const limitPrice = cents((await latest()) * 1.05);
    const report = await ground.fillOrder({ type: "limit", limitPrice });
    expect(report.filledAvgPrice!.lt(limitPrice.times(0.97))).toBe(true);
  });

  it("as a stop-limit waits for its stop and then for its limit", async () => {
    await beforePlunge(2 * MINUTE);
    await ground.fillOrder({});
    const before = await latest();
    const reachable = request({
      side: "sell",
      type: "stop_limit",
      stopPrice: cents(before * 0.99),
      limitPrice: cents(before * 0.985),
      quantity: money(2),
    });
    // Triggered by the plunge, and its limit lies above everything that trades in the next minutes.
    const beyond = request({
      side: "sell",
      type: "stop_limit",
      stopPrice: cents(before * 0.99),
      limitPrice: cents(before * 1.2),
      quantity: money(2),
    });
    await ground.broker.place(reachable, "stop", 5_000);
    await ground.broker.place(beyond, "stop", 5_000);
    ground.clock.advance(10_000);
    const report = await ground.broker.orderByClientId(reachable.clientOrderId, "reconcile");
    expect(report?.status).toBe("filled");
    expect(report!.filledAvgPrice!.gte(reachable.limitPrice!)).toBe(true);
    expect(await statusOf(beyond.clientOrderId)).toBe("working");
  });

  it.each([
    // The target is within reach of the next minutes, or the stop is.
    ["its target", 1.001, 0.5, ["filled limit", "canceled stop"]],
    ["its stop", 2, 0.999, ["canceled limit", "filled stop"]],
  ])("as a bracket ends by %s, and the other leg with it, once", async (_, up, down, legs) => {
    const price = await latest();
    const bracket = {
      targetPrice: money((price * up).toFixed(2)),
      stopPrice: money((price * down).toFixed(2)),
    };
    const { clientOrderId } = await ground.fillOrder({ timeInForce: "gtc", bracket });
    let found: readonly string[] = [];
    for (let minute = 0; minute < 5_000 && !found.includes(legs[0] ?? ""); minute += 1) {
      ground.clock.advance(1_000);
      const entry = await ground.broker.orderByClientId(clientOrderId, "reconcile");
      found = (entry?.legs ?? []).map((leg) => `${leg.status} ${leg.type}`).toSorted();
    }
    expect(found).toEqual([...legs].toSorted());
    expect(await ground.broker.openOrders("reconcile")).toEqual([]);
    expect(await ground.broker.positions("reconcile")).toEqual([]);
    const executed = ground.updates.flatMap(({ execution }) => execution?.quantity.toString() ?? []);
    expect(executed).toEqual(["5", "5"]);
  });

  it("for now or never ends at once where the market is not there", async () => {
    const price = await latest();
    const order = request({
      type: "limit",
      limitPrice: money(Math.floor(price * 0.9)),
      timeInForce: "ioc",
    });
    await ground.broker.place(order, "entry", 5_000);
    ground.clock.advance(1_000);
    expect(await statusOf(order.clientOrderId)).toBe("canceled");
    await ground.fillOrder({ timeInForce: "fok" });
  });

  it("for the day expires with the session; one until cancelled stays", async () => {
    const low = cents((await latest()) * 0.5);
    const day = request({ type: "limit", limitPrice: low, timeInForce: "day" });
    const gtc = request({ type: "limit", limitPrice: low, timeInForce: "gtc" });
    await ground.broker.place(day, "entry", 5_000);
    await ground.broker.place(gtc, "entry", 5_000);
    const { closeMs } = sessionAt(START_MS);
    ground.clock.set(START_MS + (closeMs - START_MS) / 60 - 1);
    expect(await statusOf(day.clientOrderId)).toBe("working");
    ground.clock.advance(1);
    expect(await statusOf(day.clientOrderId)).toBe("expired");
    expect(await statusOf(gtc.clientOrderId)).toBe("working");
    expect(ground.updates.at(-1)?.report).toMatchObject({
      clientOrderId: day.clientOrderId,
      status: "expired",
    });
  });

  it("is cancelled a moment after the request, and a second request changes nothing", async () => {
    const order = request({ type: "limit", limitPrice: cents((await latest()) * 0.5) });
    const placement = await ground.broker.place(order, "entry", 5_000);
    const brokerOrderId = placement.kind === "answered" ? placement.report.brokerOrderId : "";
    expect(await ground.broker.cancel(brokerOrderId, "exit")).toBe("requested");
    expect(await statusOf(order.clientOrderId)).toBe("working");
    expect(await ground.broker.cancel(brokerOrderId, "exit")).toBe("requested");
    ground.clock.advance(150);
    expect(await statusOf(order.clientOrderId)).toBe("canceled");
    expect(ground.updates.map(({ report }) => report.status)).toEqual(["working", "canceled"]);
  });

  it("may still fill while its cancel is on the way", async () => {
    const order = request();
    const placement = await ground.broker.place(order, "entry", 5_000);
    ground.clock.advance(99);
    const brokerOrderId = placement.kind === "answered" ? placement.report.brokerOrderId : "";
    expect(await ground.broker.cancel(brokerOrderId, "exit")).toBe("requested");
    ground.clock.advance(1_000);
    expect(["filled", "canceled"]).toContain(await statusOf(order.clientOrderId));
    const held = await ground.broker.positions("reconcile");
    expect(held).toHaveLength((await statusOf(order.clientOrderId)) === "filled" ? 1 : 0);
  });
});

describe("what the sandbox refuses", () => {
  it.each<[string, Partial<OrderRequest>, RegExp]>([
    ["a symbol it does not list", { symbol: "ZZZZ" }, /could not find asset "ZZZZ"/],
    ["no shares", { quantity: ZERO }, /qty must be > 0/],
    ["a tenth decimal of a share", { quantity: money("0.0000000001") }, /limited to 9 decimal places/],
    [
      "a fraction until cancelled",
      { quantity: money("0.5"), timeInForce: "gtc" },
      /fractional orders must be DAY orders/,
    ],
    ["a limit order without its price", { type: "limit" }, /limit orders require a limit price/],
    ["a stop order without its price", { type: "stop" }, /stop orders require a stop price/],
    ["a market order with a price", { limitPrice: money(1) }, /market orders take no limit price/],
    [
      "half a cent",
      { type: "limit", limitPrice: money("150.005") },
      /invalid limit_price 150.005. sub-penny increment/,
    ],
    [
      "a fifth decimal below a dollar",
      { type: "limit", limitPrice: money("0.12345") },
      /sub-penny increment/,
    ],
    ["a price of zero", { type: "limit", limitPrice: ZERO }, /limit_price must be > 0/],
    ["extended hours at market", { extendedHours: true }, /must be DAY limit orders/],
    [
      "a client id of 129 characters",
      { clientOrderId: clientId("x".repeat(129)) },
      /between 1 and 128 characters/,
    ],
    [
      "more than the cash",
      { quantity: money(10_000) },
      /insufficient buying power \(cost basis [\d.]+, buying power 100000.00\)/,
    ],
    ["a sale of what is not held", { side: "sell" }, /does not sell short/],
    [
      "a buy stop under the market",
      { type: "stop", stopPrice: money(1) },
      /stop price must be greater than current price/,
    ],
  ])("%s", async (_, changes, reason) => {
    expect(await place(changes)).toEqual({ kind: "rejected", reason: expect.stringMatching(reason) });
    expect(await ground.broker.openOrders("reconcile")).toEqual([]);
    expect(ground.updates).toEqual([]);
  });

  it.each<[string, Partial<OrderRequest>, RegExp]>([
    [
      "more than is held",
      { side: "sell", quantity: money(6) },
      /requested: 6, available: 5, held for orders: 0/,
    ],
    [
      "a sell stop over the market",
      { side: "sell", type: "stop", stopPrice: money(999) },
      /must be less than current price/,
    ],
  ])("with five shares held: %s", async (_, changes, reason) => {
    await ground.fillOrder({});
    expect(await place(changes)).toEqual({ kind: "rejected", reason: expect.stringMatching(reason) });
  });

  it.each<[string, Partial<OrderRequest>, RegExp]>([
    ["a buy opposite to it", {}, /potential wash trade.*opposite side market\/stop order exists/],
    ["the shares it holds", { side: "sell", quantity: money(3) }, /available: 2, held for orders: 3/],
  ])("with a stop resting for three of five shares: %s", async (_, changes, reason) => {
    await ground.fillOrder({});
    const stopPrice = cents((await latest()) * 0.9);
    await place({ side: "sell", type: "stop", stopPrice, quantity: money(3), timeInForce: "gtc" });
    expect(await place(changes)).toEqual({ kind: "rejected", reason: expect.stringMatching(reason) });
  });

  it("nothing where two opposite limits do not cross, and the pair that does", async () => {
    await ground.fillOrder({});
    const now = await latest();
    expect((await place({ side: "sell", type: "limit", limitPrice: cents(now * 1.2) })).kind).toBe(
      "answered",
    );
    expect((await place({ type: "limit", limitPrice: cents(now * 0.8) })).kind).toBe("answered");
    expect(await place({ type: "limit", limitPrice: cents(now * 1.2) })).toMatchObject({ kind: "rejected" });
  });

  it("what open buys have reserved already", async () => {
    const limitPrice = cents((await latest()) * 0.5);
    const quantity = money(90_000).div(limitPrice).floor();
    expect((await place({ type: "limit", limitPrice, quantity })).kind).toBe("answered");
    expect(await place({ symbol: "MSFT", quantity: money(50) })).toMatchObject({
      reason: expect.stringMatching(/buying power/),
    });
    expect((await ground.broker.account()).buyingPower.lte(10_200)).toBe(true);
  });
});

describe("the sandbox's account", () => {
  it("takes the equity at the session's end as the next session's last equity", async () => {
    await ground.fillOrder({ quantity: money(100) });
    const { closeMs } = sessionAt(START_MS);
    ground.clock.set(START_MS + (closeMs - START_MS) / 60 + 5_000);
    const { cash, equity, lastEquity } = await ground.broker.account();
    expect(lastEquity.toString()).toBe(cash.plus(money(market.price("AAPL", closeMs)).times(100)).toString());
    expect(equity.eq(lastEquity)).toBe(false);
  });

  const symbols = ["AAPL", "MSFT", "KO"] as const;
  const orders = fc.record({
    deed: fc.constant("order" as const),
    symbol: fc.constantFrom(...symbols),
    side: fc.constantFrom("buy" as const, "buy" as const, "sell" as const),
    type: fc.constantFrom(
      "market" as const,
      "market" as const,
      "limit" as const,
      "stop" as const,
      "stop_limit" as const,
    ),
    quantity: fc.oneof(
      fc.integer({ min: 1, max: 160 }),
      fc.integer({ min: 1, max: 99 }).map((part) => part / 7),
    ),
    away: fc.integer({ min: -150, max: 150 }),
    lasting: fc.boolean(),
  });
  const waits = fc.record({
    deed: fc.constant("wait" as const),
    ms: fc.oneof(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 500, max: 90_000 })),
  });
  const cancels = fc.record({ deed: fc.constant("cancel" as const), which: fc.nat(5) });
  const deeds = fc.oneof(
    { weight: 5, arbitrary: orders },
    { weight: 4, arbitrary: waits },
    { weight: 1, arbitrary: cancels },
  );

  it("is cash plus positions to the cent, owes nothing and is never short, whatever is ordered", async () => {
    let fills = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(deeds, { minLength: 20, maxLength: 50, size: "max" }), async (list) => {
        const own = openGround();
        try {
          for (const step of list) {
            const open = await own.broker.openOrders("reconcile");
            if (step.deed === "wait") own.clock.advance(step.ms);
            else if (step.deed === "cancel")
              await own.broker.cancel(open[step.which]?.brokerOrderId ?? "none", "exit");
            else {
              const price = (await own.market.latestPrices([step.symbol])).get(step.symbol)!.price;
              const near = cents(price * (1 + step.away / 10_000));
              await own.broker.place(
                request({
                  symbol: step.symbol,
                  side: step.side,
                  type: step.type,
                  quantity: money(step.quantity.toFixed(4)),
                  limitPrice: step.type === "limit" || step.type === "stop_limit" ? near : null,
                  stopPrice: step.type === "stop" || step.type === "stop_limit" ? near : null,
                  timeInForce: step.lasting && Number.isInteger(step.quantity) ? "gtc" : "day",
                }),
                "entry",
                5_000,
              );
            }
            const account = await own.broker.account();
            const positions = await own.broker.positions("reconcile");
            const worth = positions.reduce(
              (sum, held) => sum.plus(held.quantity.times(held.currentPrice!)),
              ZERO,
            );
            expect(account.equity.toFixed(2)).toBe(account.cash.plus(worth).toFixed(2));
            expect(account.cash.gte(0)).toBe(true);
            expect(account.cash.decimalPlaces()).toBeLessThanOrEqual(2);
            for (const held of positions) expect(held.quantity.gt(0)).toBe(true);
            for (const symbol of symbols) {
              const owned = positions.find((held) => held.symbol === symbol)?.quantity ?? ZERO;
              const offered = (await own.broker.openOrders("reconcile"))
                .filter((order) => order.symbol === symbol && order.side === "sell")
                .reduce((sum, order) => sum.plus(order.quantity.minus(order.filledQuantity)), ZERO);
              expect(
                offered.lte(owned),
                `${symbol}: offered ${offered.toString()} of ${owned.toString()}`,
              ).toBe(true);
            }
          }
          // The stream alone tells the same story: cash and shares follow from its executions.
          const executions = own.updates.flatMap(({ execution, report }) =>
            execution === undefined
              ? []
              : [{ ...execution, ...report, shares: execution.quantity, price: execution.price }],
          );
          fills += executions.length;
          const spent = executions.reduce((sum, { price, shares, side }) => {
            const value = shares.times(price);
            return side === "buy"
              ? sum.plus(value.toDecimalPlaces(2, 0))
              : sum.minus(value.toDecimalPlaces(2, 1));
          }, ZERO);
          expect((await own.broker.account()).cash.toFixed(2)).toBe(money(100_000).minus(spent).toFixed(2));
          for (const symbol of symbols) {
            const bought = executions
              .filter((each) => each.symbol === symbol)
              .reduce(
                (sum, { shares, side }) => (side === "buy" ? sum.plus(shares) : sum.minus(shares)),
                ZERO,
              );
            const held = (await own.broker.positions("reconcile")).find((each) => each.symbol === symbol);
            expect((held?.quantity ?? ZERO).toString()).toBe(bought.toString());
          }
        } finally {
          await own.close();
          own.remove();
        }
      }),
      { numRuns: 10 },
    );
    expect(fills, "the property saw fills at all").toBeGreaterThan(20);
  });

  it("comes out the same whether orders meet the market in one look or in hundreds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 3, maxLength: 30 }),
        async (pauses) => {
          const often = openGround({ startMs: PLUNGE_MS - 3 * MINUTE });
          const once = openGround({ startMs: PLUNGE_MS - 3 * MINUTE });
          try {
            for (const own of [often, once]) {
              const price = (await own.market.latestPrices(["AAPL"])).get("AAPL")!.price;
              await own.broker.place(
                request({ quantity: money(150), clientOrderId: clientId("same-1") }),
                "entry",
                5_000,
              );
              await own.broker.place(
                request({ symbol: "MSFT", clientOrderId: clientId("same-2") }),
                "entry",
                5_000,
              );
              await own.broker.place(
                request({
                  type: "limit",
                  limitPrice: cents(price * 0.988),
                  clientOrderId: clientId("same-3"),
                }),
                "entry",
                5_000,
              );
            }
            for (const pause of pauses) {
              often.clock.advance(pause);
              once.clock.advance(pause);
              await often.broker.clock();
            }
            const [first, second] = [await story(often), await story(once)];
            expect(second).toEqual(first);
          } finally {
            for (const own of [often, once]) {
              await own.close();
              own.remove();
            }
          }
        },
      ),
      { numRuns: 10 },
    );
  });
});

/** Everything that can be asked of an account, and everything it has told. */
async function story(own: SandboxGround): Promise<unknown> {
  const account = await own.broker.account();
  const positions = await own.broker.positions("reconcile");
  return JSON.parse(JSON.stringify({ account, positions, updates: own.updates }));
}
