import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { orderId } from "../../src/core/client-order-id.ts";
import { money, ZERO, type Money } from "../../src/core/money.ts";
import type { BrokerOrder } from "../../src/core/order.ts";
import type {
  Broker,
  BrokerListener,
  MarketData,
  OrderRequest,
  Placement,
  ReplaceRequest,
  Subscription,
  TradeUpdate,
} from "../../src/ports.ts";

/** One broker with an empty account that can buy ten shares of each symbol, in an open market. */
export interface BrokerGround {
  readonly broker: Broker;
  readonly market: MarketData;
  /** Two tradable symbols whose prices are known and above $10. */
  readonly symbol: string;
  readonly otherSymbol: string;
  readonly unknownSymbol: string;
  /** Lets a little of the venue's time pass; called until what is awaited has happened. */
  advance(): Promise<void>;
  close(): Promise<void>;
}

const DEADLINE_MS = 5_000;
const ROUNDS = 400;

/** What src/ports.ts promises of every `Broker` with its `MarketData`. */
export function brokerContract(name: string, begin: () => Promise<BrokerGround>): void {
  describe(`${name} keeps the broker contract`, () => {
    let ground: BrokerGround;
    let updates: TradeUpdate[];
    let connected: number;
    let subscription: Subscription;
    let placed: number;

    const listener: BrokerListener = {
      onUpdate: (update) => void updates.push(update),
      onConnected: () => {
        connected += 1;
      },
      onDisconnected: () => undefined,
    };

    beforeEach(async () => {
      ground = await begin();
      updates = [];
      connected = 0;
      placed = 0;
      subscription = ground.broker.subscribe(listener);
      await until("the stream to listen", async () => connected > 0);
    });

    afterEach(async () => {
      await subscription.close();
      await ground.close();
    });

    async function until(what: string, happened: () => Promise<boolean>): Promise<void> {
      for (let round = 0; round < ROUNDS; round++) {
        if (await happened()) return;
        await ground.advance();
      }
      throw new Error(`waited in vain for ${what}`);
    }

    function request(changes: Partial<OrderRequest> = {}): OrderRequest {
      placed += 1;
      return {
        clientOrderId: orderId(`contract-${placed}`, "entry", 1),
        symbol: ground.symbol,
        side: "buy",
        type: "market",
        quantity: money(2),
        limitPrice: null,
        stopPrice: null,
        timeInForce: "day",
        extendedHours: false,
        ...changes,
      };
    }

    const place = (order: OrderRequest): Promise<Placement> =>
      ground.broker.place(order, "entry", DEADLINE_MS);

    async function accepted(order: OrderRequest): Promise<BrokerOrder> {
      const placement = await place(order);
      if (placement.kind !== "answered") throw new Error(`not answered but ${JSON.stringify(placement)}`);
      return placement.report;
    }

    async function filled(order: OrderRequest): Promise<BrokerOrder> {
      await accepted(order);
      return ended(order.clientOrderId, "filled");
    }

    async function ended(clientOrderId: string, status: BrokerOrder["status"]): Promise<BrokerOrder> {
      const found = (): BrokerOrder | undefined =>
        updates.findLast(({ report }) => report.clientOrderId === clientOrderId && report.status === status)
          ?.report;
      await until(`${clientOrderId} to be ${status}`, async () => found() !== undefined);
      return found()!;
    }

    async function price(symbol = ground.symbol): Promise<number> {
      return (await ground.market.latestPrices([symbol])).get(symbol)!.price;
    }

    it("tells an account whose figures agree", async () => {
      const account = await ground.broker.account();
      expect(account.accountNumber).not.toBe("");
      expect(account.equity.eq(account.cash)).toBe(true);
      expect(account.buyingPower.gt(0)).toBe(true);
      expect(account.lastEquity.gt(0)).toBe(true);
      expect(account.tradingBlocked).toBe(false);
    });

    it("tells the market's time, and an open market closes after now", async () => {
      const clock = await ground.broker.clock();
      expect(clock.isOpen).toBe(true);
      expect(clock.nextCloseMs).toBeGreaterThan(clock.nowMs);
      expect(clock.nextOpenMs).toBeGreaterThan(clock.nowMs);
    });

    it("lists sessions ascending, within the days asked for, each with an opening before its close", async () => {
      const sessions = await ground.broker.calendar("2026-03-02", "2026-03-13");
      const dates = sessions.map((session) => session.date);
      expect(dates.length).toBeGreaterThanOrEqual(10);
      expect(dates).toEqual([...new Set(dates)].toSorted());
      expect(dates[0]).toBe("2026-03-02");
      expect(dates.at(-1)).toBe("2026-03-13");
      for (const session of sessions) expect(session.openMs).toBeLessThan(session.closeMs);
    });

    it("knows its assets and answers undefined for others", async () => {
      expect(await ground.broker.asset(ground.symbol)).toMatchObject({
        symbol: ground.symbol,
        tradable: true,
      });
      expect(await ground.broker.asset(ground.unknownSymbol)).toBeUndefined();
    });

    it("takes a market order and reports its executions, which sum up to the fill, with ids of their own", async () => {
      const order = request();
      const answer = await accepted(order);
      expect(answer).toMatchObject({
        clientOrderId: order.clientOrderId,
        symbol: ground.symbol,
        side: "buy",
        type: "market",
      });
      expect(answer.quantity.toString()).toBe("2");
      const report = await ended(order.clientOrderId, "filled");
      expect(report.filledQuantity.toString()).toBe("2");
      expect(report.brokerOrderId).toBe(answer.brokerOrderId);
      const executions = updates.flatMap((update) =>
        update.report.clientOrderId === order.clientOrderId ? (update.execution ?? []) : [],
      );
      expect(executions.reduce((sum, execution) => sum.plus(execution.quantity), ZERO).toString()).toBe("2");
      expect(new Set(executions.map((execution) => execution.executionId)).size).toBe(executions.length);
      const positions = await ground.broker.positions("reconcile");
      expect(positions.map((held) => [held.symbol, held.quantity.toString()])).toEqual([
        [ground.symbol, "2"],
      ]);
      expect(positions[0]!.avgEntryPrice.minus(report.filledAvgPrice!).abs().lt("0.0001")).toBe(true);
    });

    it("takes the money for what was bought", async () => {
      const before = await ground.broker.account();
      const report = await filled(request());
      const after = await ground.broker.account();
      const paid = before.cash.minus(after.cash);
      expect(paid.minus(report.filledAvgPrice!.times(2)).abs().lte("0.01")).toBe(true);
    });

    it("never lets a cumulative quantity fall, whatever the stream brings", async () => {
      await filled(request());
      await filled(request({ side: "sell" }));
      const highest = new Map<string, number>();
      for (const { report } of updates) {
        const now = report.filledQuantity.toNumber();
        expect(now).toBeGreaterThanOrEqual(highest.get(report.clientOrderId) ?? 0);
        highest.set(report.clientOrderId, now);
      }
      expect(await ground.broker.positions("reconcile")).toEqual([]);
    });

    it("recognises a client id it has seen, open or done, and places nothing again", async () => {
      const order = request();
      await filled(order);
      expect(await place(order)).toEqual({ kind: "duplicate" });
      const resting = request({ type: "limit", limitPrice: wholeDollars((await price()) * 0.8) });
      await accepted(resting);
      expect(await place(resting)).toEqual({ kind: "duplicate" });
      expect((await ground.broker.positions("reconcile"))[0]!.quantity.toString()).toBe("2");
      expect(await ground.broker.openOrders("reconcile")).toHaveLength(1);
    });

    it("finds an order by its client id, and undefined for one it never saw", async () => {
      const order = request({ type: "limit", limitPrice: wholeDollars((await price()) * 0.8) });
      const answer = await accepted(order);
      const found = await ground.broker.orderByClientId(order.clientOrderId, "reconcile");
      expect(found?.brokerOrderId).toBe(answer.brokerOrderId);
      expect(await ground.broker.orderByClientId("contract-never", "reconcile")).toBeUndefined();
    });

    it("finds an order by the broker's own id, and undefined for one it never gave", async () => {
      const answer = await accepted(
        request({ type: "limit", limitPrice: wholeDollars((await price()) * 0.8) }),
      );
      const found = await ground.broker.orderByBrokerId(answer.brokerOrderId, "reconcile");
      expect(found?.clientOrderId).toBe(answer.clientOrderId);
      const never = "00000000-0000-4000-8000-000000000000";
      expect(await ground.broker.orderByBrokerId(never, "reconcile")).toBeUndefined();
    });

    it("lets a GTC stop rest, with its price, among the open orders", async () => {
      await filled(request());
      const stopPrice = wholeDollars((await price()) * 0.8);
      const stop = request({ side: "sell", type: "stop", stopPrice, timeInForce: "gtc" });
      await accepted(stop);
      const open = await ground.broker.openOrders("reconcile");
      expect(open.map((order) => [order.clientOrderId, order.status, order.timeInForce])).toEqual([
        [stop.clientOrderId, "working", "gtc"],
      ]);
      expect(open[0]!.stopPrice?.toString()).toBe(stopPrice.toString());
    });

    it("cancels: requested, then reported, then among the closed orders; again is gone", async () => {
      const { createdAt, ...order } = await accepted(
        request({ type: "limit", limitPrice: wholeDollars((await price()) * 0.8) }),
      );
      expect(await ground.broker.cancel(order.brokerOrderId, "exit")).toBe("requested");
      await ended(order.clientOrderId, "canceled");
      expect(await ground.broker.openOrders("reconcile")).toEqual([]);
      const closed = await ground.broker.closedOrders(createdAt - 1_000);
      expect(closed.map((each) => [each.clientOrderId, each.status])).toEqual([
        [order.clientOrderId, "canceled"],
      ]);
      expect(await ground.broker.cancel(order.brokerOrderId, "exit")).toBe("gone");
    });

    it("answers gone for the cancel of an order that filled or never was", async () => {
      const report = await filled(request());
      expect(await ground.broker.cancel(report.brokerOrderId, "exit")).toBe("gone");
      expect(await ground.broker.cancel("00000000-0000-4000-8000-000000000000", "exit")).toBe("gone");
    });

    it("lists what closed since a moment, filled ones included", async () => {
      const report = await filled(request());
      const closed = await ground.broker.closedOrders(report.createdAt - 1_000);
      expect(closed.map((each) => [each.clientOrderId, each.status])).toEqual([
        [report.clientOrderId, "filled"],
      ]);
    });

    it("holds the shares of a resting stop: they cannot be sold a second time", async () => {
      await filled(request());
      await accepted(
        request({
          side: "sell",
          type: "stop",
          stopPrice: wholeDollars((await price()) * 0.8),
          timeInForce: "gtc",
        }),
      );
      expect(await place(request({ side: "sell", quantity: money(1) }))).toMatchObject({ kind: "rejected" });
    });

    it("refuses an order opposite to a resting stop in the same symbol, and takes one in another", async () => {
      await filled(request());
      await accepted(
        request({
          side: "sell",
          type: "stop",
          stopPrice: wholeDollars((await price()) * 0.8),
          timeInForce: "gtc",
        }),
      );
      const refused = await place(request());
      expect(refused.kind).toBe("rejected");
      expect(refused.kind === "rejected" && refused.reason.length).toBeGreaterThan(0);
      await filled(request({ symbol: ground.otherSymbol }));
    });

    it("frees the shares once the cancel is confirmed", async () => {
      await filled(request());
      const stop = request({
        side: "sell",
        type: "stop",
        stopPrice: wholeDollars((await price()) * 0.8),
        timeInForce: "gtc",
      });
      const { brokerOrderId } = await accepted(stop);
      await ground.broker.cancel(brokerOrderId, "exit");
      await ended(stop.clientOrderId, "canceled");
      await filled(request({ side: "sell" }));
      expect(await ground.broker.positions("reconcile")).toEqual([]);
    });

    describe("replace", () => {
      let stop: OrderRequest;
      let resting: BrokerOrder;

      beforeEach(async () => {
        await filled(request());
        stop = request({
          side: "sell",
          type: "stop",
          stopPrice: wholeDollars((await price()) * 0.8),
          timeInForce: "gtc",
        });
        await accepted(stop);
        // Alpaca replaces nothing that has not reached the venue, which no report of ours tells apart.
        for (let round = 0; round < 10; round++) await ground.advance();
        resting = (await ground.broker.orderByClientId(stop.clientOrderId, "stop"))!;
      });

      function change(changes: Partial<ReplaceRequest> = {}): ReplaceRequest {
        placed += 1;
        return {
          brokerOrderId: resting.brokerOrderId,
          clientOrderId: orderId(`contract-${placed}`, "stop", 2),
          quantity: null,
          limitPrice: null,
          stopPrice: null,
          ...changes,
        };
      }

      const replace = (wanted: ReplaceRequest): Promise<Placement> =>
        ground.broker.replace(wanted, "stop", DEADLINE_MS);

      it("gives a resting stop a new price under a new id, and the old one is reported as replaced by it", async () => {
        const raised = change({ stopPrice: wholeDollars((await price()) * 0.9) });
        const answer = await replace(raised);
        if (answer.kind !== "answered") throw new Error(JSON.stringify(answer));
        expect(answer.report.brokerOrderId).not.toBe(resting.brokerOrderId);
        expect((await ended(stop.clientOrderId, "replaced")).replacedBy).toBe(answer.report.brokerOrderId);
        await until("the new stop to stand", async () => {
          const open = await ground.broker.openOrders("reconcile");
          return open.length === 1 && open[0]!.clientOrderId === raised.clientOrderId;
        });
        const [open] = await ground.broker.openOrders("reconcile");
        expect(open).toMatchObject({ side: "sell", type: "stop", timeInForce: "gtc", status: "working" });
        expect(open!.stopPrice!.eq(raised.stopPrice!)).toBe(true);
        expect(open!.quantity.toString()).toBe("2");
        // Held all the while: nothing of it can be sold a second time.
        expect(await place(request({ side: "sell", quantity: money(1) }))).toMatchObject({
          kind: "rejected",
        });
      });

      it("frees the shares of a stop that is made smaller, and the rest stays held", async () => {
        await replace(change({ quantity: money(1) }));
        await ended(stop.clientOrderId, "replaced");
        await filled(request({ side: "sell", quantity: money(1) }));
        expect(await place(request({ side: "sell", quantity: money(1) }))).toMatchObject({
          kind: "rejected",
        });
      });

      it("recognises a client id it has seen, and changes nothing", async () => {
        const raised = change({ stopPrice: wholeDollars((await price()) * 0.9) });
        await replace(raised);
        await ended(stop.clientOrderId, "replaced");
        const again = (await ground.broker.orderByClientId(raised.clientOrderId, "stop"))!;
        const repeated = { ...raised, brokerOrderId: again.brokerOrderId };
        expect(await replace({ ...repeated, stopPrice: wholeDollars((await price()) * 0.85) })).toEqual({
          kind: "duplicate",
        });
        expect(await ground.broker.openOrders("reconcile")).toHaveLength(1);
      });

      it("refuses a stop above the market, and the old one stays", async () => {
        const refused = await replace(change({ stopPrice: wholeDollars((await price()) * 1.1) }));
        expect(refused).toMatchObject({ kind: "rejected", reason: expect.stringMatching(/price/) });
        const open = await ground.broker.openOrders("reconcile");
        expect(open.map((order) => order.clientOrderId)).toEqual([stop.clientOrderId]);
      });

      it("refuses what is over", async () => {
        await ground.broker.cancel(resting.brokerOrderId, "stop");
        await ended(stop.clientOrderId, "canceled");
        const refused = await replace(change({ stopPrice: wholeDollars((await price()) * 0.9) }));
        expect(refused.kind).toBe("rejected");
        expect(await ground.broker.openOrders("reconcile")).toEqual([]);
      });
    });

    /** A stop and a target that are far from the market. */
    async function farBracket(): Promise<NonNullable<OrderRequest["bracket"]>> {
      const now = await price();
      return { stopPrice: wholeDollars(now * 0.8), targetPrice: wholeDollars(now * 1.5) };
    }

    const legsOf = async (clientOrderId: string): Promise<readonly BrokerOrder[]> =>
      (await ground.broker.orderByClientId(clientOrderId, "reconcile"))?.legs ?? [];

    it("takes a bracket as one order with a stop and a target, which have ids of their own and wait for the fill", async () => {
      const bracket = await farBracket();
      const order = request({
        type: "limit",
        limitPrice: wholeDollars((await price()) * 0.9),
        timeInForce: "gtc",
        bracket,
      });
      const { legs } = await accepted(order);
      expect(new Set([order.clientOrderId, ...legs!.map((leg) => leg.clientOrderId)]).size).toBe(3);
      const both = [
        `sell limit ${bracket.targetPrice!.toString()} gtc working`,
        `sell stop ${bracket.stopPrice.toString()} gtc working`,
      ];
      expect(legs!.map(legText).toSorted()).toEqual(both);
      expect((await legsOf(order.clientOrderId)).map(legText).toSorted()).toEqual(both);
      // They oppose nothing before the entry has filled.
      await filled(request({ quantity: money(1) }));
    });

    it("ends the legs of a bracket with its entry", async () => {
      const order = request({
        type: "limit",
        limitPrice: wholeDollars((await price()) * 0.9),
        timeInForce: "gtc",
        bracket: await farBracket(),
      });
      const { brokerOrderId } = await accepted(order);
      await ground.broker.cancel(brokerOrderId, "entry");
      await ended(order.clientOrderId, "canceled");
      await until("the legs to be canceled", async () => {
        const legs = await legsOf(order.clientOrderId);
        return legs.length === 2 && legs.every((leg) => leg.status === "canceled");
      });
      expect(await ground.broker.openOrders("reconcile")).toEqual([]);
    });

    it("holds the shares of a filled bracket once, and frees them when one of its legs is canceled", async () => {
      const order = request({ timeInForce: "gtc", bracket: await farBracket() });
      await filled(order);
      await until("the legs to be at work", async () => (await legsOf(order.clientOrderId)).length === 2);
      expect(await place(request({ side: "sell" }))).toMatchObject({ kind: "rejected" });
      expect((await place(request())).kind).toBe("rejected");
      const [leg] = await legsOf(order.clientOrderId);
      await ground.broker.cancel(leg!.brokerOrderId, "exit");
      await until("both legs to be canceled", async () =>
        (await legsOf(order.clientOrderId)).every(({ status }) => status === "canceled"),
      );
      await filled(request({ side: "sell" }));
      expect(await ground.broker.positions("reconcile")).toEqual([]);
    });

    it("takes an entry with a stop alone, which rests once the entry has filled", async () => {
      const { stopPrice } = await farBracket();
      const order = request({ timeInForce: "gtc", bracket: { stopPrice, targetPrice: null } });
      await filled(order);
      await until("the stop to rest", async () => (await ground.broker.openOrders("reconcile")).length === 1);
      const [stop] = await ground.broker.openOrders("reconcile");
      expect([stop!.side, stop!.type, stop!.stopPrice?.toString()]).toEqual([
        "sell",
        "stop",
        stopPrice.toString(),
      ]);
      expect((await legsOf(order.clientOrderId)).map((leg) => leg.clientOrderId)).toEqual([
        stop!.clientOrderId,
      ]);
    });

    it("refuses a bracket whose stop is not below its entry", async () => {
      const now = await price();
      const bracket = { stopPrice: wholeDollars(now * 1.2), targetPrice: wholeDollars(now * 1.5) };
      expect(await place(request({ timeInForce: "gtc", bracket }))).toMatchObject({ kind: "rejected" });
    });

    it("refuses what the account cannot pay, with a reason", async () => {
      const refused = await place(request({ quantity: money(100_000_000) }));
      expect(refused).toMatchObject({ kind: "rejected", reason: expect.stringMatching(/buying power/i) });
      expect(await ground.broker.openOrders("reconcile")).toEqual([]);
    });

    it("refuses a symbol it does not know", async () => {
      expect(await place(request({ symbol: ground.unknownSymbol }))).toMatchObject({ kind: "rejected" });
    });

    it("tells a closed subscription nothing more", async () => {
      await subscription.close();
      const before = updates.length;
      const order = request();
      await accepted(order);
      await until("the fill", async () => {
        const found = await ground.broker.orderByClientId(order.clientOrderId, "reconcile");
        return found?.status === "filled";
      });
      expect(updates).toHaveLength(before);
    });

    it("gives the latest prices of all symbols at once, with their times", async () => {
      const { nowMs } = await ground.broker.clock();
      const prices = await ground.market.latestPrices([ground.symbol, ground.otherSymbol]);
      expect([...prices.keys()].toSorted()).toEqual([ground.symbol, ground.otherSymbol].toSorted());
      for (const { atMs, price: latest } of prices.values()) {
        expect(latest).toBeGreaterThan(0);
        expect(atMs).toBeLessThanOrEqual(nowMs + 60_000);
      }
    });

    it("gives bars of several symbols, ascending, started within the range and sound", async () => {
      const { nowMs } = await ground.broker.clock();
      const startMs = nowMs - 3 * 3_600_000;
      const bars = await ground.market.bars("5Min", [ground.symbol, ground.otherSymbol], startMs, nowMs);
      for (const symbol of [ground.symbol, ground.otherSymbol]) {
        const series = bars.get(symbol) ?? [];
        expect(series.length, `bars of ${symbol}`).toBeGreaterThan(0);
        const times = series.map((bar) => bar.time);
        expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
        for (const bar of series) {
          expect(bar.time).toBeGreaterThanOrEqual(startMs);
          expect(bar.time).toBeLessThanOrEqual(nowMs);
          expect(bar.low).toBeGreaterThan(0);
          expect(bar.low).toBeLessThanOrEqual(Math.min(bar.open, bar.close));
          expect(bar.high).toBeGreaterThanOrEqual(Math.max(bar.open, bar.close));
          expect(bar.volume).toBeGreaterThanOrEqual(0);
        }
      }
    });
  });
}

const wholeDollars = (amount: number): Money => money(Math.floor(amount));

const legText = (leg: BrokerOrder): string =>
  [leg.side, leg.type, (leg.stopPrice ?? leg.limitPrice)?.toString(), leg.timeInForce, leg.status].join(" ");
