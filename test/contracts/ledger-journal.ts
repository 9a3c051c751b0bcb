import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import type { Order } from "../../src/core/order.ts";
import type { Position, Trade } from "../../src/core/position.ts";
import type { JournalEntry, Ledger, TradeFilter } from "../../src/ports.ts";
import { runId, sampleDecision, sampleTrade, T0 } from "./ledger-samples.ts";

export interface JournalBench {
  readonly ledger: Ledger;
  readonly accountId: string;
  readonly newPosition: (changes?: Partial<Position>) => Position;
  readonly newOrder: (changes?: Partial<Order>) => Order;
}

/** Numbers, excursions, history by pages, notes and tags; `bench` gives the account of the running test. */
export function describeJournal(bench: () => JournalBench): void {
  const open = (changes: Partial<Position> = {}): Promise<Position> => {
    const { ledger, newPosition } = bench();
    return ledger.insertPosition(newPosition(changes));
  };
  const closed = async (changes: Partial<Trade> = {}): Promise<Trade> => {
    const trade = sampleTrade(await open(), changes);
    await bench().ledger.saveTrade(trade);
    return trade;
  };
  const entry = (positionId: string, changes: Partial<JournalEntry> = {}): JournalEntry => ({
    accountId: bench().accountId,
    positionId,
    kind: "note",
    text: "chased it",
    actor: "slack:U1",
    name: "ann",
    platform: "slack",
    channel: "C1",
    deliveryId: randomUUID(),
    atMs: T0,
    ...changes,
  });

  describe("numbers of positions", () => {
    it("rise, stay when the position changes, and find it in its own account only", async () => {
      const { ledger, accountId } = bench();
      const [first, second] = [await open(), await open()];
      expect(second.number).toBeGreaterThan(first.number);
      await ledger.updatePosition({ ...first, number: 7_000_000, stopRefusals: 1 });
      expect(await ledger.positionByNumber(accountId, first.number)).toEqual({ ...first, stopRefusals: 1 });
      expect(await ledger.positionByNumber("another", first.number)).toBeUndefined();
      expect(await ledger.positionByNumber(accountId, 7_000_000)).toBeUndefined();
    });
  });

  describe("high and low water", () => {
    // A position that was bought at 185.50 and has seen 183.25.
    it.each<[string, readonly number[], string, string]>([
      ["a new low", [182], "185.5", "182"],
      ["a new high", [190.25], "190.25", "183.25"],
      ["nothing new", [184, 185], "185.5", "183.25"],
      ["a fall and a rise", [181, 192, 181.5], "192", "181"],
    ])("keep %s", async (_name, prices, high, low) => {
      const { ledger } = bench();
      const { id } = await open();
      for (const price of prices) await ledger.seePrice(id, money(price));
      const position = await ledger.position(id);
      expect([position?.highWater.toString(), position?.lowWater?.toString()]).toEqual([high, low]);
    });

    it("stay as they are once the position is closed, and unknown where they were not kept from the start", async () => {
      const { ledger } = bench();
      const old = await open({ lowWater: null });
      await ledger.seePrice(old.id, money(100));
      expect((await ledger.position(old.id))?.lowWater).toBeNull();
      const gone = await open({ status: "closed", quantity: money(0), soldQuantity: money(5) });
      await ledger.seePrice(gone.id, money(100));
      expect((await ledger.position(gone.id))?.lowWater?.toString()).toBe("183.25");
    });

    it("lose nothing to a change of the position that is under way", async () => {
      const { ledger } = bench();
      const { id } = await open();
      const seen = ledger.seePrice(id, money(170));
      await ledger.transaction(async (tx) => {
        const position = await tx.lockPosition(id);
        if (position === undefined) throw new Error("no position");
        await tx.updatePosition({ ...position, stopRefusals: 2 });
      });
      await seen;
      expect(await ledger.position(id)).toMatchObject({ stopRefusals: 2, lowWater: money(170) });
    });
  });

  describe("history", () => {
    it("is read page by page, by position in the list and by where the page before ended", async () => {
      const { ledger, accountId } = bench();
      const ids: string[] = [];
      // Three close in the same instant: the id settles their order.
      for (const at of [1, 2, 2, 2, 3]) ids.push((await closed({ exitTime: T0 + at })).positionId);
      const all = (await ledger.trades({ accountId })).map((trade) => trade.positionId);
      expect(all.toSorted()).toEqual(ids.toSorted());
      const byOffset = await ledger.trades({ accountId, limit: 2, offset: 2 });
      expect(byOffset.map((trade) => trade.positionId)).toEqual(all.slice(2, 4));
      const [, , third] = await ledger.trades({ accountId });
      if (third === undefined) throw new Error("no third trade");
      const after = await ledger.trades({ accountId, limit: 10, after: third });
      expect(after.map((trade) => trade.positionId)).toEqual(all.slice(3));
    });

    it("is counted and summed as a whole or over the newest", async () => {
      const { ledger, accountId } = bench();
      await closed({ pnl: money("100"), exitTime: T0 + 1 });
      await closed({ pnl: money("-27.5"), exitTime: T0 + 2 });
      await closed({ pnl: money("0.1"), exitTime: T0 + 3, symbol: "MSFT" });
      const totals = async (filter: Omit<TradeFilter, "accountId"> & { limit?: number }) => {
        const { trades, wins, pnl } = await ledger.tradeTotals({ accountId, ...filter });
        return [trades, wins, pnl.toString()];
      };
      expect(await totals({})).toEqual([3, 2, "72.6"]);
      expect(await totals({ limit: 2 })).toEqual([2, 1, "-27.4"]);
      expect(await totals({ symbol: "AAPL" })).toEqual([2, 1, "72.5"]);
      expect(await totals({ sinceMs: T0 + 2, untilMs: T0 + 3 })).toEqual([1, 0, "-27.5"]);
      expect(await totals({ symbol: "TSLA" })).toEqual([0, 0, "0"]);
    });

    it("is summed by run", async () => {
      const { ledger } = bench();
      const [one, two, none] = [runId(randomUUID()), runId(randomUUID()), runId(randomUUID())];
      for (const pnl of ["100", "-27.5", "0.1"]) await closed({ runId: one, pnl: money(pnl) });
      await closed({ runId: two, pnl: money("-3") });
      await closed({ runId: null, pnl: money("7") });
      await closed({ runId: runId(randomUUID()), pnl: money("9") });
      const totals = await ledger.tradeTotalsOfRuns([one, two, none]);
      expect([...totals.keys()].toSorted()).toEqual([one, two].toSorted());
      expect(totals.get(one)).toEqual({ trades: 3, wins: 2, pnl: money("72.6") });
      expect(totals.get(two)).toEqual({ trades: 1, wins: 0, pnl: money("-3") });
      expect(await ledger.tradeTotalsOfRuns([])).toEqual(new Map());
    });

    it("of orders and decisions can be counted and read from the middle", async () => {
      const { ledger, accountId, newOrder } = bench();
      for (const createdAt of [1, 2, 3])
        await ledger.insertOrder(newOrder({ createdAt: T0 + createdAt, barTime: T0 + createdAt }));
      expect(await ledger.orderCount(accountId)).toBe(3);
      const [middle] = await ledger.recentOrders({ accountId, limit: 1, offset: 1 });
      expect(middle?.createdAt).toBe(T0 + 2);
      for (const symbol of ["AAPL", "AAPL", "MSFT"])
        await ledger.insertDecision(sampleDecision(accountId, { symbol }));
      expect(await ledger.decisionCount({ accountId })).toBe(3);
      expect(await ledger.decisionCount({ accountId, symbol: "AAPL" })).toBe(2);
      expect(await ledger.decisions({ accountId, symbol: "AAPL", limit: 5, offset: 1 })).toHaveLength(1);
    });
  });

  describe("the journal", () => {
    it("writes a delivery once, and keeps every character but NUL", async () => {
      const { ledger, accountId } = bench();
      const { id, number } = await open();
      const text = `<!channel> @everyone *bold* \u202eabc ${"x".repeat(10_000)}\nsecond line`;
      const note = entry(id, { text: `${text}\0` });
      expect(await ledger.insertJournal(note)).toBe(true);
      expect(await ledger.insertJournal({ ...note, text: "again" })).toBe(false);
      const [row] = await ledger.journal({ accountId, limit: 10 });
      expect(row).toEqual({
        ...note,
        text: `${text}\ufffd`,
        id: expect.any(Number),
        number,
        symbol: "AAPL",
        strategyId: "ma_crossover",
      });
    });

    it("is read newest first, by position, tag, symbol, strategy and time, and page by page", async () => {
      const { ledger, accountId } = bench();
      const apple = await open();
      const soft = await open({ symbol: "MSFT", strategyId: "manual" });
      await ledger.changeTags(soft.id, ["fomo"], []);
      for (const [id, text, atMs] of [
        [apple.id, "a", T0],
        [soft.id, "b", T0 + 1],
        [apple.id, "c", T0 + 2],
      ] as const)
        await ledger.insertJournal(entry(id, { text, atMs }));
      const texts = async (filter: Omit<Parameters<Ledger["journal"]>[0], "accountId" | "limit">) =>
        (await ledger.journal({ accountId, limit: 10, ...filter })).map((row) => row.text).join("");
      expect(await texts({})).toBe("cba");
      expect(await texts({ positionId: apple.id })).toBe("ca");
      expect(await texts({ tag: "fomo" })).toBe("b");
      expect(await texts({ symbol: "MSFT" })).toBe("b");
      expect(await texts({ strategyId: "manual" })).toBe("b");
      expect(await texts({ sinceMs: T0 + 1, untilMs: T0 + 2 })).toBe("b");
      const [newest] = await ledger.journal({ accountId, limit: 1 });
      if (newest === undefined) throw new Error("no entry");
      expect(await texts({ beforeId: newest.id })).toBe("ba");
    });

    it("tags a position once however often it is told, and finds trades by their tags", async () => {
      const { ledger, accountId } = bench();
      const [one, two] = [await closed(), await closed()];
      await ledger.changeTags(one.positionId, ["late", "fomo"], []);
      await ledger.changeTags(one.positionId, ["fomo"], []);
      await ledger.changeTags(two.positionId, ["fomo"], ["never-there"]);
      expect(await ledger.tagsOf([one.positionId, two.positionId, "nothing"])).toEqual(
        new Map([
          [one.positionId, ["fomo", "late"]],
          [two.positionId, ["fomo"]],
        ]),
      );
      expect(await ledger.tagCounts(accountId)).toEqual([
        { tag: "fomo", positions: 2 },
        { tag: "late", positions: 1 },
      ]);
      expect(await ledger.trades({ accountId, tag: "late" })).toEqual([one]);
      expect((await ledger.tradeTotals({ accountId, tag: "fomo" })).trades).toBe(2);
      await ledger.changeTags(one.positionId, [], ["late"]);
      expect(await ledger.trades({ accountId, tag: "late" })).toEqual([]);
    });

    it("stays with a trade that a late fill corrects", async () => {
      const { ledger, accountId } = bench();
      const trade = await closed();
      await ledger.insertJournal(entry(trade.positionId));
      await ledger.changeTags(trade.positionId, ["fomo"], []);
      const corrected: Trade = { ...trade, pnl: money("-30"), exitPrice: money("179.5") };
      await ledger.saveTrade(corrected);
      expect(await ledger.trades({ accountId, tag: "fomo" })).toEqual([corrected]);
      expect(await ledger.journal({ accountId, positionId: trade.positionId, limit: 5 })).toHaveLength(1);
    });
  });
}
