import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ExitPlan } from "../../src/core/exits/plan.ts";
import { money } from "../../src/core/money.ts";
import type { Order, RunId } from "../../src/core/order.ts";
import type { Position } from "../../src/core/position.ts";
import { describeFilterModels } from "./ledger-filter-models.ts";
import { describeBars } from "./ledger-bars.ts";
import { describeJournal } from "./ledger-journal.ts";
import { describeStudies } from "./ledger-studies.ts";
import type { PriceAlert } from "../../src/core/alerts/price-alert.ts";
import type { AlertRow, Control, Ledger, LedgerOps, PendingAlert } from "../../src/ports.ts";
import {
  clientOrderId,
  runId,
  sampleAlert,
  sampleApproval,
  sampleAudit,
  sampleDecision,
  sampleOrder,
  samplePosition,
  samplePriceAlert,
  sampleRun,
  sampleTrade,
  T0,
} from "./ledger-samples.ts";

export const CONTRACT_SINKS = ["slack:C1", "discord:7"] as const;

const PLAN: ExitPlan = {
  trailPct: null,
  trailBy: 5.25,
  trailAfterR: 0.5,
  breakevenR: 1,
  timeStopBars: 20,
  timeframe: "15Min",
  partialR: 1,
  partialFraction: 0.5,
};
const FREE: Control = { mode: "paper", halted: false, killed: false, by: null, reason: null, since: null };

/**
 * What every Ledger does. `open` gives one that was never written to and delivers to CONTRACT_SINKS; it is opened once
 * (PGlite takes seconds) and every test works in an account of its own.
 */
export function describeLedger(name: string, open: () => Promise<Ledger>): void {
  describe(`${name} as a ledger`, () => {
    let ledger: Ledger;
    let accountId: string;

    beforeAll(async () => {
      ledger = await open();
    });
    afterAll(async () => {
      await ledger.close();
    });
    beforeEach(async () => {
      accountId = `account-${randomUUID()}`;
      await ledger.ensureAccount({ id: accountId, mode: "paper", broker: "Alpaca", accountNumber: "PA1" });
    });

    const startRun = async (changes: Partial<Parameters<Ledger["insertRun"]>[0]> = {}): Promise<RunId> => {
      const id = runId(randomUUID());
      expect(await ledger.insertRun(sampleRun({ id, accountId, ...changes }))).toBe(true);
      return id;
    };
    const newOrder = (changes: Partial<Order> = {}): Order =>
      sampleOrder({ clientOrderId: clientOrderId(randomUUID()), accountId, ...changes });
    const newPosition = (changes: Partial<Position> = {}): Position =>
      samplePosition({ id: randomUUID(), accountId, entryOrderId: randomUUID(), ...changes });

    describeFilterModels(() => ledger);
    describeBars(() => ledger);
    describeJournal(() => ({ ledger, accountId, newPosition, newOrder }));
    describeStudies(() => ledger.studies);

    describe("control", () => {
      it("is paper and free before anything was written, alone and in a transaction", async () => {
        expect(await ledger.control()).toEqual(FREE);
        expect(await ledger.transaction(async (tx) => tx.control())).toEqual(FREE);
      });

      it("keeps who halted, why and since when", async () => {
        const halted: Control = {
          mode: "paper",
          halted: true,
          killed: true,
          by: "slack:U1",
          reason: "drill",
          since: T0,
        };
        await ledger.setControl(halted);
        expect(await ledger.control()).toEqual(halted);
        await ledger.setControl(FREE);
        expect(await ledger.control()).toEqual(FREE);
      });
    });

    describe("leases", () => {
      it("gives the lease to one owner, renews it under the same epoch and refuses others", async () => {
        const lease = await ledger.takeLease(accountId, "a", 60_000);
        expect(lease).toEqual({ accountId, owner: "a", epoch: 1 });
        expect(await ledger.takeLease(accountId, "b", 60_000)).toBeNull();
        expect(await ledger.takeLease(accountId, "a", 60_000)).toEqual(lease);
      });

      it("gives an expired lease to the next owner with a higher epoch, and the old holder holds it no more", async () => {
        const old = await ledger.takeLease(accountId, "a", 0);
        const taken = await ledger.takeLease(accountId, "b", 60_000);
        expect(taken).toEqual({ accountId, owner: "b", epoch: 2 });
        expect(old).not.toBeNull();
        await ledger.transaction(async (tx) => {
          expect(await tx.holdLease(old!)).toBe(false);
          expect(await tx.holdLease(taken!)).toBe(true);
          expect(await tx.holdLease({ ...taken!, epoch: 1 })).toBe(false);
        });
      });

      it("is not held once it has expired, though nobody else has taken it", async () => {
        const lease = await ledger.takeLease(accountId, "a", 0);
        expect(await ledger.transaction(async (tx) => tx.holdLease(lease!))).toBe(false);
      });

      it("is not held by anybody before it was taken", async () => {
        expect(await ledger.holdLease({ accountId, owner: "a", epoch: 1 })).toBe(false);
      });

      it("is free for the next after release, and the epoch still rises", async () => {
        const lease = await ledger.takeLease(accountId, "a", 60_000);
        await ledger.releaseLease({ ...lease!, epoch: 99 });
        expect(await ledger.takeLease(accountId, "b", 60_000)).toBeNull();
        await ledger.releaseLease(lease!);
        expect(await ledger.holdLease(lease!)).toBe(false);
        expect(await ledger.takeLease(accountId, "b", 60_000)).toEqual({ accountId, owner: "b", epoch: 2 });
      });

      it("gives its last holder a new epoch after release: what was begun under the old one stays refused", async () => {
        const lease = await ledger.takeLease(accountId, "a", 60_000);
        await ledger.releaseLease(lease!);
        expect(await ledger.takeLease(accountId, "a", 60_000)).toEqual({ accountId, owner: "a", epoch: 2 });
        expect(await ledger.holdLease(lease!)).toBe(false);
      });
    });

    describe("runs", () => {
      it("gives back a run as it was written, settings included", async () => {
        const run = sampleRun({ id: runId(randomUUID()), accountId });
        expect(await ledger.insertRun(run)).toBe(true);
        expect(await ledger.run(run.id)).toEqual(run);
        expect(await ledger.insertRun({ ...run, strategyId: "momentum" })).toBe(false);
        expect(await ledger.run(run.id)).toEqual(run);
        expect(await ledger.run("nothing")).toBeUndefined();
      });

      it("lists runs by account and status, oldest first", async () => {
        const second = await startRun({ startedAt: T0 + 1 });
        const first = await startRun({ startedAt: T0 });
        const stopped = sampleRun({ id: await startRun(), accountId, status: "stopped", stoppedAt: T0 + 5 });
        await ledger.updateRun(stopped);
        const ids = async (filter: Parameters<Ledger["runs"]>[0]): Promise<string[]> =>
          (await ledger.runs(filter)).map(({ id }) => id);
        expect(await ids({ accountId, status: ["running", "paused"] })).toEqual([first, second]);
        expect(await ids({ accountId, status: [] })).toEqual([]);
        expect(await ledger.runs({ accountId, status: ["stopped"] })).toEqual([stopped]);
        expect((await ids({ accountId })).length).toBe(3);
        expect((await ids({})).length).toBeGreaterThanOrEqual(3);
      });

      it("refuses to update a run that it does not have", async () => {
        await expect(ledger.updateRun(sampleRun({ id: runId("ghost"), accountId }))).rejects.toThrow(
          "no run ghost",
        );
      });

      it("moves a cursor only forward", async () => {
        const run = await startRun();
        await ledger.setCursor(run, "AAPL", T0);
        await ledger.setCursor(run, "AAPL", T0 - 60_000);
        await ledger.setCursor(run, "MSFT", T0 - 60_000);
        expect(await ledger.cursors(run)).toEqual(
          new Map([
            ["AAPL", T0],
            ["MSFT", T0 - 60_000],
          ]),
        );
        await ledger.setCursor(run, "AAPL", T0 + 60_000);
        expect((await ledger.cursors(run)).get("AAPL")).toBe(T0 + 60_000);
      });
    });

    describe("orders and fills", () => {
      it("gives back an order as it was written, by every way to find it", async () => {
        const order = newOrder({
          runId: await startRun(),
          type: "stop_limit",
          limitPrice: money("185.51"),
          stopPrice: money("185.5"),
          state: "PARTIALLY_FILLED",
          brokerOrderId: randomUUID(),
          filledQuantity: money("2.5"),
          filledAvgPrice: money("185.123456789"),
          exitReason: "take-profit",
          plannedTarget: money("200"),
          plannedExits: PLAN,
          replaces: clientOrderId("af-k7q2-AAPL-0-s1"),
          positionId: randomUUID(),
          cancelRequestedAt: T0 + 1,
          missingSince: T0 + 2,
          replacedBy: "other",
          error: "insufficient qty",
        });
        expect(await ledger.insertOrder(order)).toBe(true);
        expect(await ledger.order(order.clientOrderId)).toEqual(order);
        expect(await ledger.orderByBrokerId(order.brokerOrderId!)).toEqual(order);
        expect(await ledger.ordersOfPosition(order.positionId!)).toEqual([order]);
        expect(await ledger.transaction(async (tx) => tx.lockOrder(order.clientOrderId))).toEqual(order);
        expect(await ledger.order("nothing")).toBeUndefined();
        expect(await ledger.lockOrder("nothing")).toBeUndefined();
        expect(await ledger.orderByBrokerId("nothing")).toBeUndefined();
      });

      it("finds the legs of a bracket by its entry, and takes no leg of an entry that it does not have", async () => {
        const entry = newOrder({ orderClass: "bracket", workUntil: T0 + 300_000 });
        const leg = newOrder({ purpose: "stop", side: "sell", parentId: entry.clientOrderId });
        await expect(ledger.insertOrder(leg)).rejects.toThrow("insertOrder");
        await ledger.insertOrder(entry);
        await ledger.insertOrder(leg);
        expect(await ledger.legsOf(entry.clientOrderId)).toEqual([leg]);
        expect(await ledger.legsOf(leg.clientOrderId)).toEqual([]);
        expect(await ledger.order(entry.clientOrderId)).toEqual(entry);
      });

      it("keeps what updateOrder was given and refuses an order that it does not have", async () => {
        const order = newOrder();
        await ledger.insertOrder(order);
        const accepted: Order = {
          ...order,
          state: "ACCEPTED",
          brokerOrderId: randomUUID(),
          updatedAt: T0 + 9,
        };
        await ledger.updateOrder(accepted);
        expect(await ledger.order(order.clientOrderId)).toEqual(accepted);
        await ledger.updateOrder(order);
        expect((await ledger.order(order.clientOrderId))?.brokerOrderId).toBeNull();
        await expect(ledger.updateOrder(newOrder())).rejects.toThrow("to update");
      });

      it("refuses the same client order id twice, without spoiling the transaction", async () => {
        const order = newOrder();
        await ledger.insertOrder(order);
        await ledger.transaction(async (tx) => {
          expect(await tx.insertOrder({ ...order, quantity: money(7) })).toBe(false);
          await tx.insertAudit(sampleAudit({ detail: order.clientOrderId }));
        });
        expect((await ledger.order(order.clientOrderId))?.quantity).toEqual(money(5));
        expect((await ledger.audits(1))[0]?.detail).toBe(order.clientOrderId);
      });

      it.each(["SENDING", "ACCEPTED", "PARTIALLY_FILLED", "UNKNOWN"] as const)(
        "refuses a second entry of a run in a symbol while one is %s",
        async (state) => {
          const run = await startRun();
          const first = newOrder({ runId: run, state: "SENDING", barTime: T0 });
          expect(await ledger.insertOrder(first)).toBe(true);
          await ledger.updateOrder({ ...first, state });
          const second = newOrder({ runId: run, barTime: T0 + 60_000 });
          expect(await ledger.insertOrder(second)).toBe(false);
          expect(await ledger.insertOrder({ ...second, symbol: "MSFT" })).toBe(true);
          expect(await ledger.insertOrder(newOrder({ runId: await startRun(), barTime: T0 + 60_000 }))).toBe(
            true,
          );
          expect(await ledger.insertOrder(newOrder({ runId: run, purpose: "exit", side: "sell" }))).toBe(
            true,
          );
        },
      );

      it.each(["FILLED", "CANCELED", "EXPIRED", "REPLACED", "REJECTED", "UNSEEN"] as const)(
        "lets the next entry in after one that is %s, but never a second for one bar",
        async (state) => {
          const run = await startRun();
          const filled = state === "FILLED" ? { filledQuantity: money(5), filledAvgPrice: money(185) } : {};
          expect(await ledger.insertOrder(newOrder({ runId: run, state, ...filled }))).toBe(true);
          expect(await ledger.insertOrder(newOrder({ runId: run, barTime: T0 }))).toBe(false);
          expect(await ledger.insertOrder(newOrder({ runId: run, barTime: T0 + 60_000 }))).toBe(true);
        },
      );

      it("lets entries by hand stand side by side: they have no run", async () => {
        expect(await ledger.insertOrder(newOrder({ barTime: null }))).toBe(true);
        expect(await ledger.insertOrder(newOrder({ barTime: null }))).toBe(true);
      });

      it("has a broker's order id once", async () => {
        const brokerOrderId = randomUUID();
        expect(await ledger.insertOrder(newOrder({ brokerOrderId }))).toBe(true);
        expect(await ledger.insertOrder(newOrder({ brokerOrderId }))).toBe(false);
      });

      it.each<[string, Partial<Order>]>([
        ["no quantity", { quantity: money(0) }],
        ["a negative quantity", { quantity: money(-1) }],
        ["more filled than ordered", { filledQuantity: money("5.000000001"), filledAvgPrice: money(1) }],
        ["a fill without a price", { filledQuantity: money(1) }],
        ["a limit of zero", { limitPrice: money(0) }],
        ["an id longer than the broker takes", { clientOrderId: clientOrderId("x".repeat(129)) }],
      ])("refuses an order with %s", async (_, changes) => {
        await expect(ledger.insertOrder(newOrder(changes))).rejects.toThrow(/violates check constraint/);
      });

      it("lists the live orders, oldest first, and the newest orders first", async () => {
        const filled = newOrder({
          state: "FILLED",
          filledQuantity: money(5),
          filledAvgPrice: money(1),
          createdAt: T0 + 3,
        });
        const later = newOrder({ createdAt: T0 + 2, state: "UNKNOWN", symbol: "MSFT" });
        const earlier = newOrder({ createdAt: T0 + 1 });
        for (const order of [filled, later, earlier]) await ledger.insertOrder(order);
        expect(await ledger.liveOrders(accountId)).toEqual([earlier, later]);
        expect(await ledger.recentOrders({ accountId, limit: 2 })).toEqual([filled, later]);
        expect(await ledger.recentOrders({ accountId, symbol: "MSFT", limit: 9 })).toEqual([later]);
      });

      it("finds the rows of many ids at once, and leaves out those that have none", async () => {
        const known = [newOrder({ createdAt: T0 + 1 }), newOrder({ createdAt: T0 + 2, symbol: "MSFT" })];
        for (const order of [...known, newOrder()]) await ledger.insertOrder(order);
        const ids = [...known.map((order) => order.clientOrderId), "somebody's own id"];
        const found = await ledger.ordersById(ids);
        expect(found.toSorted((a, b) => a.createdAt - b.createdAt)).toEqual(known);
        expect(await ledger.ordersById([])).toEqual([]);
      });

      it("books an execution id once and fills without one as often as they come", async () => {
        const order = newOrder();
        await ledger.insertOrder(order);
        const fill = {
          clientOrderId: order.clientOrderId,
          quantity: money(1),
          price: money("185.5"),
          atMs: T0,
        };
        const executionId = randomUUID();
        expect(await ledger.insertFill({ ...fill, executionId })).toBe(true);
        expect(await ledger.insertFill({ ...fill, executionId })).toBe(false);
        expect(await ledger.insertFill({ ...fill, executionId: null })).toBe(true);
        expect(await ledger.insertFill({ ...fill, executionId: null })).toBe(true);
        await expect(ledger.insertFill({ ...fill, executionId: null, quantity: money(0) })).rejects.toThrow(
          "check",
        );
      });
    });

    describe("positions and trades", () => {
      it("gives back a position as it was written, by every way to find it", async () => {
        const given = newPosition({
          exitReason: "trailing",
          exitRequestedAt: T0 + 1,
          exitPriceAsked: money("181.25"),
          crossedSince: T0 + 2,
          stopRefusals: 1,
          heldSince: T0 + 3,
          exits: PLAN,
          partQuantity: money("1.5"),
          partReason: "take-profit",
          partRequestedAt: T0 + 4,
          partialTaken: true,
        });
        const position = await ledger.insertPosition(given);
        expect(position).toEqual({ ...given, number: expect.any(Number) });
        expect(await ledger.position(position.id)).toEqual(position);
        expect(await ledger.positionOfEntry(position.entryOrderId)).toEqual(position);
        expect(await ledger.transaction(async (tx) => tx.lockPosition(position.id))).toEqual(position);
        expect(await ledger.openPositions(accountId)).toEqual([position]);
        expect(await ledger.position("nothing")).toBeUndefined();
        expect(await ledger.positionOfEntry("nothing")).toBeUndefined();
      });

      it("does not list a closed position as open", async () => {
        const position = await ledger.insertPosition(newPosition());
        const closed: Position = {
          ...position,
          quantity: money(0),
          soldQuantity: money(5),
          soldNotional: money(900),
          status: "closed",
          closedAt: T0 + 1,
        };
        await ledger.updatePosition(closed);
        expect(await ledger.openPositions(accountId)).toEqual([]);
        expect(await ledger.position(position.id)).toEqual(closed);
        await expect(ledger.updatePosition(newPosition())).rejects.toThrow("to update");
      });

      it.each<[string, Partial<Position>]>([
        ["a negative quantity", { quantity: money(-1) }],
        ["more held than bought", { quantity: money(6) }],
        ["more sold than bought", { soldQuantity: money(6) }],
        ["shares left though closed", { status: "closed" }],
        ["no shares though open", { quantity: money(0) }],
        ["a negative stop", { stop: money(-1) }],
      ])("refuses a position with %s", async (_, changes) => {
        await expect(ledger.insertPosition(newPosition(changes))).rejects.toThrow(
          /violates check constraint/,
        );
      });

      it("has one position an entry", async () => {
        const position = newPosition();
        await ledger.insertPosition(position);
        await expect(ledger.insertPosition({ ...position, id: randomUUID() })).rejects.toThrow(
          "positions_one_per_entry",
        );
      });

      it("replaces the trade of a position when a late fill corrects it", async () => {
        const position = await ledger.insertPosition(newPosition());
        await ledger.saveTrade(sampleTrade(position));
        const corrected = sampleTrade(position, { pnl: money("-30"), exitPrice: money("179.5") });
        await ledger.saveTrade(corrected);
        expect(await ledger.trades({ accountId })).toEqual([corrected]);
      });

      it("finds trades by strategy, symbol and time, newest first", async () => {
        const trade = async (changes: Partial<ReturnType<typeof sampleTrade>>): Promise<string> => {
          const position = await ledger.insertPosition(newPosition());
          await ledger.saveTrade(sampleTrade(position, changes));
          return position.id;
        };
        const a = await trade({ exitTime: T0 + 1 });
        const b = await trade({ exitTime: T0 + 2, symbol: "MSFT" });
        const c = await trade({ exitTime: T0 + 3, strategyId: "manual" });
        const ids = async (filter: Omit<Parameters<Ledger["trades"]>[0], "accountId">): Promise<string[]> =>
          (await ledger.trades({ accountId, ...filter })).map(({ positionId }) => positionId);
        expect(await ids({})).toEqual([c, b, a]);
        expect(await ids({ limit: 1 })).toEqual([c]);
        expect(await ids({ symbol: "AAPL" })).toEqual([c, a]);
        expect(await ids({ strategyId: "ma_crossover" })).toEqual([b, a]);
        expect(await ids({ sinceMs: T0 + 2 })).toEqual([c, b]);
      });

      it.each([
        "0.3",
        "12345678.123456789",
        "0.000000001",
        "1e21",
        "-27.5",
        "3.333333333333333333333333333333333333333",
      ])("keeps every digit of %s", async (text) => {
        const value = text === "0.3" ? money(0.1).plus(money(0.2)) : money(text);
        await ledger.insertEquity({ accountId, atMs: T0, equity: value, cash: value });
        const [row] = await ledger.equity(accountId, T0);
        expect(row?.equity.toFixed()).toBe(money(text).toFixed());
      });

      it("never books what is not an amount", async () => {
        const { Money } = await import("../../src/core/money.ts");
        for (const broken of [new Money(Number.NaN), new Money(Infinity)])
          await expect(
            ledger.insertEquity({ accountId, atMs: T0, equity: broken, cash: broken }),
          ).rejects.toThrow("not an amount");
      });

      it("gives equity snapshots in time order; one for the same moment replaces", async () => {
        const row = (offset: number, value: number) => ({
          accountId,
          atMs: T0 + offset,
          equity: money(value),
          cash: money(1),
        });
        for (const [offset, value] of [
          [2, 102],
          [0, 99],
          [0, 100],
          [1, 101],
        ] as const)
          await ledger.insertEquity(row(offset, value));
        expect((await ledger.equity(accountId, T0)).map(({ equity }) => equity.toNumber())).toEqual([
          100, 101, 102,
        ]);
        expect((await ledger.equity(accountId, T0 + 1)).map(({ atMs }) => atMs)).toEqual([T0 + 1, T0 + 2]);
      });

      it("knows the highest equity there was; none before the first snapshot", async () => {
        expect(await ledger.peakEquity(accountId)).toBeNull();
        for (const [offset, value] of [
          [0, 99_000],
          [1, 101_000.5],
          [2, 100_000],
        ] as const)
          await ledger.insertEquity({ accountId, atMs: T0 + offset, equity: money(value), cash: money(1) });
        expect((await ledger.peakEquity(accountId))?.toNumber()).toBe(101_000.5);
      });
    });

    describe("cards", () => {
      it("come with all rows of their position, until they have ended", async () => {
        const entry = sampleOrder({ accountId, clientOrderId: clientOrderId(`af-${randomUUID()}-e1`) });
        await ledger.insertOrder(entry);
        const subject = entry.clientOrderId;
        const mine = async () =>
          (await ledger.stories(accountId, "slack:C1", T0 - 1, 500)).find((each) => each.subject === subject);
        expect(await mine()).toMatchObject({ card: null, position: null, followers: [], fills: [] });
        const card = {
          subject,
          sink: "slack:C1",
          accountId,
          channel: "C1",
          messageId: "1.2",
          threadId: null,
          attempts: 1,
          reposts: 0,
          essence: "a",
          figures: "b",
          shownAt: T0 + 1,
          told: ["fill:1"],
          ended: false,
        };
        await ledger.saveCard(card);
        expect(await ledger.card(subject, "slack:C1")).toEqual(card);
        expect((await mine())?.card).toEqual(card);
        await ledger.saveCard({ ...card, threadId: "1.7" });
        // Before the first fill there is no position to speak of.
        expect(await ledger.positionAt("slack", "1.2")).toBeUndefined();
        const position = await ledger.insertPosition(
          samplePosition({ id: randomUUID(), accountId, entryOrderId: subject }),
        );
        for (const messageId of ["1.2", "1.7"])
          expect((await ledger.positionAt("slack", messageId))?.id).toBe(position.id);
        expect(await ledger.positionAt("slack", "1.3")).toBeUndefined();
        expect(await ledger.positionAt("discord", "1.2")).toBeUndefined();
        await ledger.saveCard({ ...card, ended: true });
        expect(await mine()).toBeUndefined();
        // A late event of an entry that was over brings its card back.
        await ledger.updateOrder({ ...entry, updatedAt: T0 + 2 });
        expect((await mine())?.card?.ended).toBe(true);
      });
    });

    describe("decisions, audit and settings", () => {
      it("gives back decisions with every gate's figures, newest first", async () => {
        const first = sampleDecision(accountId);
        const second = sampleDecision(accountId, { symbol: "MSFT", runId: await startRun() });
        const third = sampleDecision(accountId, {
          strategyId: "momentum",
          barTime: null,
          code: null,
          outcome: "held",
        });
        for (const decision of [first, second, third]) await ledger.insertDecision(decision);
        expect(await ledger.decisions({ accountId, limit: 9 })).toEqual([third, second, first]);
        expect(await ledger.decisions({ accountId, limit: 1 })).toEqual([third]);
        expect(await ledger.decisions({ accountId, symbol: "MSFT", limit: 9 })).toEqual([second]);
        expect(await ledger.decisions({ accountId, strategyId: "momentum", limit: 9 })).toEqual([third]);
      });

      it("gives back audit rows, newest first", async () => {
        const first = sampleAudit({ accountId, detail: "1" });
        const second = sampleAudit({ channel: null, deliveryId: null, outcome: "refused", detail: "2" });
        await ledger.insertAudit(first);
        await ledger.insertAudit(second);
        expect(await ledger.audits(2)).toEqual([second, first]);
      });

      it("takes text that a database would choke on", async () => {
        await ledger.insertAudit(sampleAudit({ action: "/why \0", detail: "cut \ud83d" }));
        const [row] = await ledger.audits(1);
        expect([row?.action, row?.detail]).toEqual(["/why \ufffd", "cut \ufffd"]);
        await ledger.setSetting("odd", { text: "a\0b \ud83d c \ud83d\ude00" });
        expect(await ledger.setting("odd")).toEqual({ text: "a\ufffdb \ufffd c \ud83d\ude00" });
      });

      it.each<[string, unknown]>([
        ["a number", 12.5],
        ["text that looks like a number", "12"],
        ["text that looks like JSON", '{"a":1}'],
        ["nothing", null],
        ["false", false],
        ["a list", [1, "2", null]],
        ["an object", { quiet: { from: "22:00" }, limit: 0.02 }],
      ])("keeps a setting that is %s", async (_, value) => {
        const setting = randomUUID();
        expect(await ledger.setting(setting)).toBeUndefined();
        await ledger.setSetting(setting, "before");
        await ledger.setSetting(setting, value);
        expect(await ledger.setting(setting)).toEqual(value);
      });

      it("lets two who change one setting at once go one after the other, also one that nobody made before", async () => {
        const setting = randomUUID();
        const add = () =>
          ledger.transaction(async (tx) => {
            const before = await tx.lockSetting(setting);
            await tx.setSetting(setting, (typeof before === "number" ? before : 0) + 1);
          });
        await Promise.all(Array.from({ length: 5 }, add));
        expect(await ledger.setting(setting)).toBe(5);
      });
    });

    describe("alerts", () => {
      const pendingKeys = async (sink: string, mine: readonly string[]): Promise<string[]> =>
        (await ledger.pendingAlerts(sink, 1000)).map(({ key }) => key).filter((key) => mine.includes(key));

      it("are pending for each sink in the order of insertion until that sink has them", async () => {
        const keys = [randomUUID(), randomUUID(), randomUUID()];
        // Times run against the order of insertion, which is the one that counts.
        for (const [index, key] of keys.entries())
          await ledger.insertAlert(sampleAlert(key, { atMs: T0 - index }));
        expect(await pendingKeys("slack:C1", keys)).toEqual(keys);
        expect(await pendingKeys("discord:7", keys)).toEqual(keys);
        expect(await pendingKeys("mail", keys)).toEqual([]);
        const first = (await ledger.pendingAlerts("slack:C1", 1000)).find(({ key }) => key === keys[0]);
        expect(first).toEqual({ ...sampleAlert(keys[0]!), id: first?.id, attempts: 0 });
        await ledger.markDelivered([first!.id], "slack:C1");
        expect(await pendingKeys("slack:C1", keys)).toEqual(keys.slice(1));
        expect(await pendingKeys("discord:7", keys)).toEqual(keys);
        expect((await ledger.pendingAlerts("slack:C1", 1)).length).toBe(1);
      });

      it("come in the order of their urgency: kills and halts, fills and stops, the rest", async () => {
        const kinds = ["run", "stop", "refused", "halt", "fill", "kill"] as const;
        const keys = kinds.map((kind) => `${kind} ${randomUUID()}`);
        for (const [index, key] of keys.entries())
          await ledger.insertAlert(sampleAlert(key, { kind: kinds[index] ?? "run" }));
        const [run, stop, refused, halt, fill, kill] = keys;
        expect(await pendingKeys("slack:C1", keys)).toEqual([halt, kill, stop, fill, run, refused]);
        // One that is taken out of the middle leaves the order of the others.
        const pending = await ledger.pendingAlerts("slack:C1", 1000);
        const ids = pending.filter(({ key }) => key === stop || key === run).map(({ id }) => id);
        await ledger.markDelivered(ids, "slack:C1");
        expect(await pendingKeys("slack:C1", keys)).toEqual([halt, kill, fill, refused]);
      });

      it("are said once a key, even after delivery", async () => {
        const key = randomUUID();
        expect(await ledger.insertAlert(sampleAlert(key))).toBe(true);
        expect(await ledger.insertAlert(sampleAlert(key))).toBe(false);
        const row = (await ledger.pendingAlerts("slack:C1", 1000)).find((alert) => alert.key === key);
        await ledger.markDelivered([row!.id], "slack:C1");
        expect(await ledger.insertAlert(sampleAlert(key))).toBe(false);
        expect(await pendingKeys("slack:C1", [key])).toEqual([]);
      });

      it("stay pending after a failed delivery, with the attempts counted", async () => {
        const key = randomUUID();
        await ledger.insertAlert(sampleAlert(key));
        const find = async () =>
          (await ledger.pendingAlerts("slack:C1", 1000)).find((alert) => alert.key === key);
        const { id } = (await find())!;
        await ledger.markFailed([id], "slack:C1", "channel_not_found");
        await ledger.markFailed([id], "slack:C1", "ratelimited");
        expect((await find())?.attempts).toBe(2);
      });
    });

    describe("alerts that stand in a chat", () => {
      const sink = "slack:C1";
      const post = async (alert: Partial<AlertRow>, messageId: string): Promise<string> => {
        const key = randomUUID();
        await ledger.insertAlert({ ...sampleAlert(key), sinks: [sink], ...alert });
        const row = (await ledger.pendingAlerts(sink, 1000)).find((each) => each.key === key);
        if (row === undefined) throw new Error(`${key} is not pending`);
        await ledger.markDelivered([row.id], sink, { channel: "C1", messageId });
        return key;
      };

      it("are counted while they wait", async () => {
        const before = await ledger.pendingCount(sink);
        expect(before).toBe((await ledger.pendingAlerts(sink, 1000)).length);
        await ledger.insertAlert(sampleAlert(randomUUID()));
        expect(await ledger.pendingCount(sink)).toBe(before + 1);
        await post({}, randomUUID());
        expect(await ledger.pendingCount(sink)).toBe(before + 1);
      });

      it("name the position of the order they tell of, entry or exit, on their own platform", async () => {
        const entryOrderId = clientOrderId(`af-${randomUUID()}-e1`);
        const position = await ledger.insertPosition(
          samplePosition({ id: randomUUID(), accountId, entryOrderId }),
        );
        const entry = sampleOrder({ accountId, clientOrderId: entryOrderId });
        const exit = sampleOrder({
          accountId,
          clientOrderId: clientOrderId(`af-${randomUUID()}-x1`),
          purpose: "exit",
          side: "sell",
        });
        for (const order of [entry, exit]) await ledger.insertOrder({ ...order, positionId: position.id });
        const adopted = await ledger.insertPosition(
          samplePosition({ id: randomUUID(), accountId, entryOrderId: `external-${randomUUID()}` }),
        );
        const [bought, sold, raised] = [randomUUID(), randomUUID(), randomUUID()];
        await post({ order: entryOrderId }, bought);
        await post({ order: exit.clientOrderId }, sold);
        await post({ order: adopted.entryOrderId }, raised);
        for (const messageId of [bought, sold])
          expect((await ledger.positionAt("slack", messageId))?.id).toBe(position.id);
        expect((await ledger.positionAt("slack", raised))?.id).toBe(adopted.id);
        expect(await ledger.positionAt("discord", bought)).toBeUndefined();
      });

      it("name no position when the message tells of several orders, or of none", async () => {
        const [digest, other] = [randomUUID(), randomUUID()];
        await post({ order: "af-one" }, digest);
        await post({ order: "af-two" }, digest);
        await post({}, other);
        expect(await ledger.positionAt("slack", digest)).toBeUndefined();
        expect(await ledger.positionAt("slack", other)).toBeUndefined();
      });

      it("are stale once they say something else, until that is shown", async () => {
        const messageId = randomUUID();
        const key = await post({ atMs: Date.now() }, messageId);
        const mine = async () =>
          (await ledger.staleAlerts(sink, Date.now() - 60_000, 100)).filter(
            ({ place }) => place.messageId === messageId,
          );
        expect(await mine()).toEqual([]);
        await ledger.transaction(async (tx) => {
          const message = await tx.alertMessage(key);
          if (message === undefined) throw new Error("no alert");
          await tx.reviseAlert(key, { ...message, text: "approved by bob" });
        });
        const [stale] = await mine();
        expect(stale).toMatchObject({
          revision: 1,
          message: { text: "approved by bob" },
          place: { channel: "C1", messageId },
        });
        await ledger.markShown(stale!.id, sink, 1);
        expect(await mine()).toEqual([]);
        await ledger.reviseAlert(key, { text: "and again" });
        expect(await mine()).toMatchObject([{ revision: 2 }]);
        expect(await ledger.staleAlerts(sink, Date.now() + 60_000, 100)).toEqual([]);
        expect(await ledger.transaction((tx) => tx.alertMessage(randomUUID()))).toBeUndefined();
      });
    });

    describe("the routing of alerts", () => {
      const sink = "slack:C1";
      const insert = async (changes: Partial<AlertRow> = {}): Promise<PendingAlert> => {
        const key = randomUUID();
        await ledger.insertAlert({ ...sampleAlert(key), sinks: [sink], ...changes });
        const row = (await ledger.pendingAlerts(sink, 1000)).find((alert) => alert.key === key);
        if (row === undefined) throw new Error(`${key} is not pending`);
        return row;
      };
      const isPending = async (id: number): Promise<boolean> =>
        (await ledger.pendingAlerts(sink, 1000)).some((alert) => alert.id === id);
      const isHeld = async (id: number): Promise<boolean> =>
        (await ledger.heldAlerts(sink, 1000)).some((alert) => alert.id === id);

      it("delivers to the named sinks alone, and keeps the urgency", async () => {
        const alert = await insert({ urgency: "critical", sinks: [sink, "mail"] });
        expect(alert.urgency).toBe("critical");
        const elsewhere = await ledger.pendingAlerts("discord:7", 1000);
        expect(elsewhere.map(({ id }) => id)).not.toContain(alert.id);
        const mail = (await ledger.pendingAlerts("mail", 1000)).map(({ id }) => id);
        expect(mail).toContain(alert.id);
        await ledger.markDelivered([alert.id], "mail");
      });

      it("holds deliveries back, releases them to their place, and settles them", async () => {
        const first = await insert();
        const second = await insert();
        await ledger.holdDeliveries([first.id, second.id], sink);
        expect([await isPending(first.id), await isHeld(first.id), await isHeld(second.id)]).toEqual([
          false,
          true,
          true,
        ]);
        await ledger.transaction(async (tx) => {
          const held = (await tx.heldAlerts(sink, 1000)).map(({ id }) => id);
          expect(held.indexOf(first.id)).toBeLessThan(held.indexOf(second.id));
          await tx.releaseDeliveries([first.id], sink);
          await tx.settleDeliveries([second.id], sink, "digest");
        });
        expect([await isPending(first.id), await isHeld(first.id)]).toEqual([true, false]);
        expect([await isPending(second.id), await isHeld(second.id)]).toEqual([false, false]);
      });

      it("tells which alerts came late or not yet, and not those that nobody wanted", async () => {
        const past = await insert({ atMs: T0 });
        const digested = await insert({ atMs: T0 + 1 });
        const skipped = await insert({ atMs: T0 + 2 });
        const waiting = await insert({ atMs: T0 + 3 });
        const old = await insert({ atMs: T0 - 1 });
        const punctual = await insert({ atMs: Date.now() + 3_600_000 });
        for (const { id } of [past, old, punctual]) await ledger.markDelivered([id], sink);
        await ledger.settleDeliveries([digested.id], sink, "digest");
        await ledger.settleDeliveries([skipped.id], sink, "skipped");
        const mine = new Set([past, digested, skipped, waiting, old, punctual].map(({ key }) => key));
        const late = (await ledger.lateAlerts(sink, T0, 60_000, 1000)).filter(({ key }) => mine.has(key));
        expect(late.map(({ key, settled }) => [key, settled])).toEqual([
          [past.key, null],
          [digested.key, "digest"],
          [waiting.key, null],
        ]);
        expect(late.map(({ deliveredAtMs }) => deliveredAtMs === null)).toEqual([false, false, true]);
        expect((await ledger.lateAlerts(sink, T0, 60_000, 1)).length).toBe(1);
      });

      it("gives an acknowledgement to the first who makes it", async () => {
        const atMs = T0 + 86_400_000;
        const alert = await insert({ urgency: "critical", atMs });
        const opened = async () => (await ledger.openCriticals(atMs)).map(({ id }) => id);
        expect(await opened()).toContain(alert.id);
        expect(await ledger.acknowledgeAlert(alert.id, "ann", atMs + 5)).toMatchObject({
          first: true,
          ackedBy: "ann",
          ackedAtMs: atMs + 5,
          key: alert.key,
        });
        expect(await ledger.acknowledgeAlert(alert.id, "bob", atMs + 9)).toMatchObject({
          first: false,
          ackedBy: "ann",
          ackedAtMs: atMs + 5,
        });
        expect(await opened()).not.toContain(alert.id);
        const plain = await insert();
        expect(await ledger.acknowledgeAlert(plain.id, "ann", atMs)).toBeUndefined();
        expect(await ledger.acknowledgeAlert(987_654_321, "ann", atMs)).toBeUndefined();
      });

      it("counts each call once, and none after the acknowledgement", async () => {
        const atMs = T0 + 2 * 86_400_000;
        const alert = await insert({ urgency: "critical", atMs });
        expect(await ledger.countCall(alert.id, 1, atMs + 1)).toBe(true);
        expect(await ledger.countCall(alert.id, 1, atMs + 1)).toBe(false);
        expect(await ledger.countCall(alert.id, 2, atMs + 2)).toBe(true);
        const called = (await ledger.openCriticals(atMs)).find(({ id }) => id === alert.id);
        expect(called).toMatchObject({ calls: 2, calledAtMs: atMs + 2, ackedBy: null });
        await ledger.acknowledgeAlert(alert.id, "ann", atMs + 3);
        expect(await ledger.countCall(alert.id, 3, atMs + 4)).toBe(false);
      });
    });

    describe("price alerts", () => {
      const waiting = async (id: string): Promise<PriceAlert | undefined> =>
        (await ledger.priceAlerts()).find((alert) => alert.id === id);

      it("wait as they were set, until they have spoken, once", async () => {
        const id = randomUUID();
        expect(await ledger.insertPriceAlert({ ...samplePriceAlert(id), note: null })).toBe(true);
        expect(await ledger.insertPriceAlert(samplePriceAlert(id))).toBe(false);
        expect(await waiting(id)).toEqual({ ...samplePriceAlert(id), note: null });
        await ledger.armPriceAlert(id);
        expect((await waiting(id))?.armed).toBe(true);
        expect(await ledger.firePriceAlert(id, money("200.5"), T0 + 1)).toBe(true);
        expect(await ledger.firePriceAlert(id, money("201"), T0 + 2)).toBe(false);
        expect(await waiting(id)).toBeUndefined();
        expect(await ledger.removePriceAlert(id)).toBe(false);
      });

      it("are taken back once, and then do not speak", async () => {
        const id = randomUUID();
        await ledger.insertPriceAlert(samplePriceAlert(id));
        expect([await ledger.removePriceAlert(id), await ledger.removePriceAlert(id)]).toEqual([true, false]);
        expect(await ledger.firePriceAlert(id, money("201"), T0)).toBe(false);
      });
    });

    describe("settings by prefix", () => {
      it("are those whose names begin so, with wildcards as letters", async () => {
        await ledger.setSetting("contract.a", 1);
        await ledger.setSetting("contract.b", null);
        await ledger.setSetting("contractXa", 2);
        expect(await ledger.settings("contract.")).toEqual(
          new Map<string, unknown>([
            ["contract.a", 1],
            ["contract.b", null],
          ]),
        );
        expect((await ledger.settings("contract%")).size).toBe(0);
      });
    });

    describe("chat intake", () => {
      const about = { actor: "slack:U1 (ann)", channel: "C1", action: "/halt CPI" };
      const claim = async (id: string, owner: string, platform = "slack") =>
        ledger.claimDelivery(platform, id, owner, about);
      const finish = async (id: string, owner: string) => ledger.finishDelivery("slack", id, owner, about);

      it("gives a delivery to its first caller only", async () => {
        const id = randomUUID();
        expect(await claim(id, "a")).toBe("new");
        expect(await claim(id, "a")).toBe("seen");
        expect(await claim(id, "a", "discord")).toBe("new");
      });

      it("gives what a dead process left unfinished to the next, once", async () => {
        const id = randomUUID();
        await claim(id, "dead process");
        expect(await claim(id, "next")).toBe("new");
        expect(await claim(id, "next")).toBe("seen");
      });

      it("never gives away a finished delivery", async () => {
        const id = randomUUID();
        await claim(id, "dead process");
        await finish(id, "dead process");
        expect(await claim(id, "next")).toBe("seen");
      });

      it("lets its owner finish a delivery, once", async () => {
        const id = randomUUID();
        await claim(id, "a");
        expect(await finish(id, "b")).toBe(false);
        expect(await finish(id, "a")).toBe(true);
        expect(await finish(id, "a")).toBe(false);
      });

      it("finishes what could not be claimed, and then nobody can claim it", async () => {
        const id = randomUUID();
        expect(await finish(id, "a")).toBe(true);
        expect(await finish(id, "b")).toBe(false);
        expect(await claim(id, "b")).toBe("seen");
      });

      describe("interrupted deliveries", () => {
        const interrupted = async (olderThanMs = 0) => ledger.interruptedDeliveries(olderThanMs, 1000);
        const idsOf = async (olderThanMs = 0) =>
          (await interrupted(olderThanMs)).map(({ deliveryId }) => deliveryId);

        it("are the unfinished ones of dead processes, oldest first, with who, where and what", async () => {
          const [first, second, done] = [randomUUID(), randomUUID(), randomUUID()];
          await claim(first, "dead process");
          await ledger.claimDelivery("discord", second, "dead process", { ...about, channel: null });
          await claim(done, "dead process");
          await finish(done, "dead process");
          const mine = (await interrupted()).filter(({ deliveryId }) =>
            [first, second, done].some((id) => id === deliveryId),
          );
          const common = { owner: "dead process", audited: false };
          expect(mine).toEqual([
            { ...common, platform: "slack", deliveryId: first, about },
            { ...common, platform: "discord", deliveryId: second, about: { ...about, channel: null } },
          ]);
          expect((await ledger.interruptedDeliveries(0, 1)).length).toBe(1);
        });

        it("are only those that were claimed long enough ago", async () => {
          const id = randomUUID();
          await claim(id, "dead process");
          expect(await idsOf(600_000)).not.toContain(id);
          expect(await idsOf()).toContain(id);
        });

        it("are known as audited by platform and delivery", async () => {
          const [audited, namesake] = [randomUUID(), randomUUID()];
          await claim(audited, "dead process");
          await claim(namesake, "dead process");
          await ledger.insertAudit(sampleAudit({ platform: "slack", deliveryId: audited }));
          await ledger.insertAudit(sampleAudit({ platform: "discord", deliveryId: namesake }));
          const known = new Map((await interrupted()).map((row) => [row.deliveryId, row.audited]));
          expect([known.get(audited), known.get(namesake)]).toEqual([true, false]);
        });

        it("that ordered something to stop tell what, at once, until they are ended or taken by the next", async () => {
          const by = { actor: "slack:U1", name: "ann", deliveryId: "d" };
          const halt = { kind: "halt", reason: "CPI", by, atMs: T0 } as const;
          const [left, ended, retaken, other] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
          for (const id of [left, ended, retaken])
            await ledger.claimDelivery("slack", id, "dead process", about, halt);
          await claim(other, "dead process");
          await finish(ended, "dead process");
          await ledger.claimDelivery("slack", retaken, "another dead process", about);
          const mine = (await ledger.interruptedStops(1000)).filter(({ deliveryId }) =>
            [left, ended, retaken, other].some((id) => id === deliveryId),
          );
          const delivery = {
            platform: "slack",
            deliveryId: left,
            owner: "dead process",
            about,
            audited: false,
          };
          expect(mine).toEqual([{ ...delivery, stops: halt }]);
        });
      });

      it("keeps one approval a run, symbol and bar, and one open a run and symbol", async () => {
        const approval = sampleApproval({ id: randomUUID(), accountId, runId: await startRun() });
        expect(await ledger.insertApproval(approval)).toBe(true);
        expect(await ledger.insertApproval(approval)).toBe(false);
        const nextBar = { ...approval, id: randomUUID() };
        expect(await ledger.insertApproval(nextBar)).toBe(false);
        expect(await ledger.openApprovals(accountId)).toContainEqual(approval);
        const over = { ...approval, status: "rejected" as const, decidedAt: T0, decidedBy: "ann" };
        await ledger.updateApproval(over);
        expect(await ledger.approval(approval.id)).toEqual(over);
        expect(await ledger.transaction((tx) => tx.lockApproval(approval.id))).toEqual(over);
        expect(await ledger.insertApproval(nextBar)).toBe(true);
        expect(await ledger.openApprovals(accountId)).toEqual([nextBar]);
        expect(await ledger.approval("nothing")).toBeUndefined();
      });

      it("lets one press use a confirmation, however often it is delivered", async () => {
        const confirmation = {
          code: randomUUID(),
          command: "/close AAPL",
          platform: "slack",
          userId: "U1",
          secondPerson: false,
          expiresAt: T0,
          used: null,
        };
        const press = { delivery: "slack p1", by: "slack:U1 (ann)" };
        await ledger.insertConfirmation(confirmation);
        expect(await ledger.confirmation(confirmation.code)).toEqual(confirmation);
        expect(await ledger.useConfirmation(confirmation.code, press)).toBe(true);
        expect(await ledger.useConfirmation(confirmation.code, { ...press, delivery: "slack p2" })).toBe(
          false,
        );
        expect(await ledger.useConfirmation(confirmation.code, press)).toBe(true);
        expect(await ledger.confirmation(confirmation.code)).toEqual({ ...confirmation, used: press });
        expect(await ledger.useConfirmation("nothing", press)).toBe(false);
        expect(await ledger.confirmation("nothing")).toBeUndefined();
      });

      it("lets a short code be given out again a day later, not before", async () => {
        const confirmation = {
          code: `K7QD${randomUUID()}`,
          command: "/kill",
          platform: "slack",
          userId: "U1",
          secondPerson: true,
          expiresAt: T0,
          used: null,
        };
        await ledger.insertConfirmation(confirmation);
        await expect(ledger.insertConfirmation({ ...confirmation, expiresAt: T0 + 60_000 })).rejects.toThrow(
          "confirmations_pk",
        );
        await ledger.insertConfirmation({
          ...confirmation,
          command: "/halt",
          expiresAt: T0 + 25 * 3_600_000,
        });
        expect((await ledger.confirmation(confirmation.code))?.command).toBe("/halt");
        const press = { delivery: "slack p1", by: "slack:U1 (ann)" };
        expect(await ledger.useConfirmation(confirmation.code, press)).toBe(true);
      });
    });

    describe("transactions", () => {
      it("leave nothing behind when the work throws", async () => {
        const order = newOrder();
        const key = randomUUID();
        const failing = ledger.transaction(async (tx) => {
          expect(await tx.insertOrder(order)).toBe(true);
          expect(await tx.insertAlert(sampleAlert(key))).toBe(true);
          await tx.setSetting(key, 1);
          throw new Error("the engine changed its mind");
        });
        await expect(failing).rejects.toThrow("the engine changed its mind");
        expect(await ledger.order(order.clientOrderId)).toBeUndefined();
        expect((await ledger.pendingAlerts("slack:C1", 1000)).some((alert) => alert.key === key)).toBe(false);
        expect(await ledger.setting(key)).toBeUndefined();
        expect(await ledger.insertAlert(sampleAlert(key))).toBe(true);
      });

      it("give back the work's result and see their own writes", async () => {
        const order = newOrder();
        const found = await ledger.transaction(async (tx) => {
          await tx.insertOrder(order);
          return tx.order(order.clientOrderId);
        });
        expect(found).toEqual(order);
        expect(await ledger.order(order.clientOrderId)).toEqual(order);
      });

      it("commit nothing when an operation failed, even if the work caught it", async () => {
        const order = newOrder();
        const swallowing = ledger.transaction(async (tx) => {
          await tx.insertOrder(order);
          await tx.insertOrder(newOrder({ quantity: money(0) })).catch(() => false);
        });
        await expect(swallowing).rejects.toThrow("orders_quantity_positive");
        expect(await ledger.order(order.clientOrderId)).toBeUndefined();
      });

      it("commit nothing when an operation was not awaited", async () => {
        const order = newOrder();
        const careless = ledger.transaction(async (tx) => {
          void tx.insertOrder(order).catch(() => undefined);
        });
        await expect(careless).rejects.toThrow("without awaiting 1");
        expect(await ledger.order(order.clientOrderId)).toBeUndefined();
      });

      it("refuse operations after their end", async () => {
        let kept: LedgerOps | undefined;
        await ledger.transaction(async (tx) => {
          kept = tx;
        });
        await expect(kept!.setSetting("late", 1)).rejects.toThrow("its transaction is over");
      });

      it("refuse the ledger itself inside: on PGlite it would wait for ever", async () => {
        await expect(ledger.transaction(async () => ledger.control())).rejects.toThrow(
          "inside a transaction",
        );
        await expect(ledger.transaction(async () => ledger.transaction(async () => 1))).rejects.toThrow(
          "inside a transaction",
        );
        expect(await ledger.control()).toEqual(FREE);
      });

      it("hold back what their work sets going with the ledger itself until they have committed", async () => {
        const order = newOrder();
        let later: Promise<Order | undefined> | undefined;
        await ledger.transaction(async (tx) => {
          later = ledger.order(order.clientOrderId);
          await tx.insertOrder(order);
        });
        expect(await later).toEqual(order);
      });

      it("take operations side by side", async () => {
        const orders = [newOrder(), newOrder(), newOrder()];
        await ledger.transaction(async (tx) => {
          await Promise.all(orders.map(async (order) => tx.insertOrder(order)));
        });
        expect((await ledger.liveOrders(accountId)).length).toBe(3);
      });

      it("stand in line when many come at once", async () => {
        const run = await startRun();
        await Promise.all(
          Array.from({ length: 20 }, async (_, minute) =>
            ledger.transaction(async (tx) => {
              await tx.holdLease({ accountId, owner: "a", epoch: 1 });
              await tx.setCursor(run, "AAPL", T0 + minute * 60_000);
            }),
          ),
        );
        expect((await ledger.cursors(run)).get("AAPL")).toBe(T0 + 19 * 60_000);
      });
    });

    it("answers a ping and describes itself without a password", async () => {
      await ledger.ping();
      expect(ledger.description).toMatch(/^(PGlite in |Postgres at )/);
      expect(ledger.description).not.toMatch(/@|s3cr3t/);
    });
  });
}
