import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { intend } from "../../src/app/execute.ts";
import { readFacts } from "../../src/app/facts.ts";
import { readClock } from "../../src/app/market-hours.ts";
import { checkEntry, insertEntry, previewEntry, type EntryAsk } from "../../src/app/pre-trade.ts";
import { newOrder } from "../../src/app/rows.ts";
import { entryTicket } from "../../src/core/entry-order.ts";
import { money } from "../../src/core/money.ts";
import { clientOrderId, type Order } from "../../src/core/order.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeAll(async () => {
  ground = await openEngineGround();
});
afterAll(() => ground.close());

/** Five AAPL at 185.50 with the stop at 180.50, by hand. */
const ASK: EntryAsk = {
  run: null,
  strategyId: "manual",
  symbol: "AAPL",
  price: 185.5,
  plan: () => ({
    kind: "plan",
    intent: { symbol: "AAPL", shares: 5, price: 185.5, stop: 180.5 },
    target: undefined,
    ticket: entryTicket(undefined, money(185.5), false),
  }),
};

const entryRow = (id: string, over: Partial<Order> = {}): Order =>
  newOrder(ground.running.engine, {
    clientOrderId: clientOrderId(id),
    runId: null,
    strategyId: "manual",
    symbol: "AAPL",
    side: "buy",
    purpose: "entry",
    attempt: 1,
    type: "market",
    quantity: money(5),
    timeInForce: "day",
    ...over,
  });

/** What comes of `act` on the entry that passed, inside its transaction. */
async function withPassed<T>(
  act: (tx: Parameters<typeof insertEntry>[0], entry: Parameters<typeof insertEntry>[1]) => Promise<T>,
): Promise<T> {
  const { engine } = ground.running;
  const facts = await readFacts(engine, "AAPL");
  return engine.ledger.transaction(async (tx) => {
    const assessment = await checkEntry(engine, tx, ASK, facts);
    if (assessment.kind !== "passed") throw new Error(`it did not pass: ${JSON.stringify(assessment)}`);
    return act(tx, assessment.entry);
  });
}

describe("an entry", () => {
  it("is put off, not refused, when a reconnect comes before it: its bar stays undecided", async () => {
    const { engine } = ground.running;
    const facts = await readFacts(engine, "AAPL");
    const assessed = () => engine.ledger.transaction((tx) => checkEntry(engine, tx, ASK, facts));
    expect((await assessed()).kind).toBe("passed");
    engine.state.reconciled = false;
    const meanwhile = await assessed();
    engine.state.reconciled = true;
    expect(meanwhile).toEqual({ kind: "leave", text: "still reconciling with the broker" });
  });
});

describe("the row of an entry", () => {
  it("is written when exactly this entry passed in exactly this transaction", async () => {
    expect(await withPassed((tx, entry) => insertEntry(tx, entry, entryRow("af-passed")))).toBe(true);
    expect(await ground.ledger.order("af-passed")).toMatchObject({ purpose: "entry", symbol: "AAPL" });
  });

  it("is refused for an entry that was made up", async () => {
    await expect(
      withPassed((tx, entry) => insertEntry(tx, { ...entry }, entryRow("af-made-up"))),
    ).rejects.toThrow("has not passed the pre-trade check in this transaction");
    expect(await ground.ledger.order("af-made-up")).toBeUndefined();
  });

  it("is refused in another transaction than the one of its check", async () => {
    const entry = await withPassed((_tx, passed) => Promise.resolve(passed));
    await expect(
      ground.ledger.transaction((tx) => insertEntry(tx, entry, entryRow("af-later"))),
    ).rejects.toThrow("has not passed the pre-trade check in this transaction");
  });

  it.each([
    ["more shares", { quantity: money(6) }],
    ["another symbol", { symbol: "MSFT" }],
    ["another type", { type: "limit" as const, limitPrice: money(250) }],
  ])("is refused for %s than what passed", async (_name, over) => {
    await expect(
      withPassed((tx, entry) => insertEntry(tx, entry, entryRow("af-other", over))),
    ).rejects.toThrow("is not what passed, market 5 AAPL");
  });

  it("cannot be written as if it were an exit", async () => {
    await expect(intend(ground.running.engine, entryRow("af-round"))).rejects.toThrow(
      "went round the pre-trade check",
    );
  });
});

describe("the market", () => {
  it("must be open for an order of the regular session, whoever asks for it", async () => {
    const { engine } = ground.running;
    ground.alpaca.setOpen(false);
    await readClock(engine);
    const assessment = await previewEntry(engine, ASK);
    ground.alpaca.setOpen(true);
    await readClock(engine);
    expect(assessment).toMatchObject({
      kind: "refused",
      code: "MARKET_CLOSED",
      text: "the market is closed",
    });
    expect(await previewEntry(engine, ASK)).toMatchObject({ kind: "passed" });
  });
});
