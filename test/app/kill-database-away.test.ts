import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { halt, kill, resume } from "../../src/app/control.ts";
import { placeOrder } from "../../src/app/manual-order.ts";
import { latchKill } from "../../src/app/latch.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";
import { setReadOnly, startPostgres, type TestPostgres } from "../support/postgres.ts";

describe("control while the database is away", { timeout: 90_000 }, () => {
  let postgres: TestPostgres;
  let databaseUrl: string;
  let ground: EngineGround;

  beforeEach(async ({ skip }) => {
    postgres = await startPostgres();
    databaseUrl = await postgres.freshDatabase();
    ground = await openEngineGround(databaseUrl);
    if (!postgres.canCrash) skip("the server of TEST_DATABASE_URL is not ours to crash");
  });
  afterEach(async () => {
    await ground.close();
    await postgres.stop();
  });

  const sales = (): readonly unknown[] =>
    ground.alpaca.orders().filter((order) => order.side === "sell" && order.filled_qty !== "0");

  /** A position of a run with its stop at the broker, and one that no run opened. */
  async function holdTwo(): Promise<void> {
    ground.alpaca.setPrice("TSLA", 250);
    ground.alpaca.setPosition("TSLA", 3, 240);
    await ground.start(["AAPL"]);
    await ground.running.tick();
    await expect.poll(() => ground.resting(), { timeout: 10_000 }).toEqual(["sell stop 5 @ 180.5 gtc"]);
  }

  async function settled(): Promise<void> {
    await expect.poll(async () => (await ground.ledger.control()).killed, { timeout: 30_000 }).toBe(true);
    await expect.poll(() => ground.ledger.openPositions("paper"), { timeout: 30_000 }).toEqual([]);
    await expect.poll(() => ground.running.engine.state.direct, { timeout: 30_000 }).toBeNull();
  }

  async function tradesNow(): Promise<readonly string[]> {
    return (await ground.ledger.trades({ accountId: "paper" })).map(
      (trade) =>
        `${trade.symbol} ${trade.quantity.toString()} @ ${trade.exitPrice.toFixed(2)} ${trade.exitReason}`,
    );
  }

  it("a kill empties the account at the broker, and is booked and latched once the database is back", async () => {
    await holdTwo();
    const { engine } = ground.running;
    await placeOrder(
      engine,
      {
        side: "buy",
        symbol: "AAPL",
        size: { kind: "shares", amount: 2 },
        limit: null,
        stop: 180,
        target: null,
        trailPct: null,
        timeInForce: "day",
        seen: null,
      },
      BY,
    );
    await expect.poll(() => ground.resting().length, { timeout: 10_000 }).toBe(2);
    // An entry that fills behind the database's back.
    ground.alpaca.setFillMode("MSFT", "manual");
    await ground.start(["MSFT"]);
    await ground.running.tick();
    await postgres.crash();
    ground.alpaca.setFillMode("MSFT", "auto");
    ground.alpaca.setPrice("AAPL", 183.21);

    const given = performance.now();
    const outcome = await kill(ground.running.engine, BY);
    expect(performance.now() - given).toBeLessThan(15_000);
    expect(ground.alpaca.openOrders()).toEqual([]);
    expect(ground.alpaca.positions()).toEqual([]);
    expect(sales()).toHaveLength(3);
    expect(outcome.text).toContain("The database does not answer");
    expect(outcome.text).toContain("The broker reports 0 orders and 0 positions");
    expect(outcome.text).toMatch(/closed: .*AAPL 7/);
    expect(outcome.text).not.toContain("The broker could not be read");
    expect(await resume(ground.running.engine, BY)).toMatchObject({ kind: "refused" });

    ground.alpaca.setPrice("AAPL", 150);
    await postgres.restart();
    await settled();
    expect((await tradesNow()).toSorted()).toEqual([
      "AAPL 2 @ 183.21 kill",
      "AAPL 5 @ 183.21 kill",
      "MSFT 5 @ 185.50 kill",
    ]);
    expect(
      (await ground.told()).filter((text) => text.startsWith("SELL") && text.includes("AAPL")),
    ).toHaveLength(2);
    expect(await ground.ledger.runs({ accountId: "paper", status: ["running"] })).toEqual([]);
    expect((await ground.ledger.audits(50)).filter((row) => row.action === "kill")).toHaveLength(1);
    expect((await ground.told()).filter((text) => text.includes("Kill switch by ann"))).toHaveLength(1);
    expect((await ground.told()).some((text) => /SELL 3 TSLA @ \$250\.00 .*external/.test(text))).toBe(true);

    await ground.restart();
    expect((await ground.ledger.control()).killed).toBe(true);
    await ground.running.tick();
    expect(ground.alpaca.positions()).toEqual([]);
    expect(sales()).toHaveLength(3);
    expect((await resume(ground.running.engine, BY)).kind).toBe("done");
  });

  it("a process that dies before the database is back leaves a kill that the next one finds at the broker", async () => {
    await holdTwo();
    await postgres.crash();
    await kill(ground.running.engine, BY);
    await ground.running.stop().catch(() => undefined);
    await postgres.restart();
    await ground.restart();
    await settled();
    expect(await tradesNow()).toEqual(["AAPL 5 @ 185.50 kill"]);
    expect(sales()).toHaveLength(2);
  });

  it("a kill that loses the database on the way is brought to its end at the broker", async () => {
    await holdTwo();
    const killing = kill(ground.running.engine, BY);
    await expect.poll(async () => (await ground.ledger.control()).killed).toBe(true);
    await postgres.crash();
    expect((await killing).text).toContain("The broker reports 0 orders and 0 positions");
    expect(ground.alpaca.positions()).toEqual([]);
    await postgres.restart();
    await settled();
    expect(await tradesNow()).toEqual(["AAPL 5 @ 185.50 kill"]);
    expect(sales()).toHaveLength(2);
  });

  it("a latched kill that nobody waits for any more goes on without the database", async () => {
    await holdTwo();
    await latchKill(ground.running.engine, BY, Date.now());
    await postgres.crash();
    await expect.poll(() => ground.alpaca.positions(), { timeout: 30_000 }).toEqual([]);
    await postgres.restart();
    await settled();
    expect(await tradesNow()).toEqual(["AAPL 5 @ 185.50 kill"]);
    expect(sales()).toHaveLength(2);
  });

  it("a latched kill goes on without a database that takes no writes", { timeout: 150_000 }, async () => {
    await holdTwo();
    ground.alpaca.setOpen(false);
    await expect.poll(() => ground.running.engine.state.marketClock?.isOpen, { timeout: 30_000 }).toBe(false);
    await latchKill(ground.running.engine, BY, Date.now());
    await setReadOnly(databaseUrl, true);
    ground.alpaca.setOpen(true);
    await expect.poll(() => ground.alpaca.positions(), { timeout: 40_000 }).toEqual([]);
    await setReadOnly(databaseUrl, false);
    await settled();
    expect(await tradesNow()).toEqual(["AAPL 5 @ 185.50 kill"]);
    expect(sales()).toHaveLength(2);
  });

  it("a halt holds at once, and is written when the database is back", async () => {
    await postgres.crash();
    const outcome = await halt(ground.running.engine, "news", BY);
    expect(outcome).toMatchObject({ kind: "done" });
    expect(outcome.text).toContain("the database does not answer");
    expect(await resume(ground.running.engine, BY)).toMatchObject({ kind: "refused" });
    await postgres.restart();
    await expect
      .poll(async () => ground.ledger.control(), { timeout: 30_000 })
      .toMatchObject({ halted: true, by: "ann", reason: "news" });
    await expect.poll(() => ground.running.engine.state.unrecordedHalt).toBeNull();
    expect((await ground.told()).filter((text) => text.includes("halted by ann (news)"))).toHaveLength(1);
  });
});
