import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createUnrecordedFiles } from "../../src/adapters/system/unrecorded-files.ts";
import { halt, kill, resume } from "../../src/app/control.ts";
import { placeOrder } from "../../src/app/manual-order.ts";
import { latchKill } from "../../src/app/latch.ts";
import { readClock } from "../../src/app/market-hours.ts";
import type { Log } from "../../src/ports.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";
import { setReadOnly, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

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

  const kept = async (): Promise<readonly string[]> =>
    (await readdir(ground.dataDir)).filter((name) => name.startsWith("unrecorded-"));

  /** At once, though the engine has read the clock a moment ago. */
  async function setOpen(open: boolean): Promise<void> {
    ground.alpaca.setOpen(open);
    await readClock(ground.running.engine);
  }

  /** The process ends before the database is back; the next one on this machine finds both, and reconciles. */
  async function dieAndRestart(): Promise<void> {
    await ground.running.stop().catch(() => undefined);
    await postgres.restart();
    await ground.restart();
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
    await expect.poll(kept).toEqual([]);

    await ground.restart();
    expect((await ground.ledger.control()).killed).toBe(true);
    await ground.running.tick();
    expect(ground.alpaca.positions()).toEqual([]);
    expect(sales()).toHaveLength(3);
    expect((await resume(ground.running.engine, BY)).kind).toBe("done");
  });

  it("a process that dies before the database is back leaves a kill that the next one, elsewhere, finds at the broker", async () => {
    await holdTwo();
    await postgres.crash();
    await kill(ground.running.engine, BY);
    await ground.running.stop().catch(() => undefined);
    await postgres.restart();
    await ground.restart({ unrecorded: createUnrecordedFiles(join(ground.dataDir, "elsewhere"), "paper") });
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
    await expect.poll(kept).toEqual([]);
  });

  it("a kill that sold nothing is latched by the next process before anything enters", async () => {
    await ground.start(["AAPL"]);
    await setOpen(false);
    await postgres.crash();
    const { text } = await kill(ground.running.engine, BY);
    expect(text).toContain("The broker reports 0 orders and 0 positions");
    expect(text).not.toContain("restart");
    const [name = ""] = await kept();
    expect(name).toMatch(/^unrecorded-paper-kill-\d+\.json$/);
    expect((await stat(join(ground.dataDir, name))).mode & 0o777).toBe(0o600);

    ground.alpaca.setOpen(true);
    await dieAndRestart();
    expect(await ground.ledger.control()).toMatchObject({ killed: true, halted: true, by: "ann" });
    expect(await ground.ledger.runs({ accountId: "paper", status: ["running"] })).toEqual([]);
    await ground.running.tick();
    expect(ground.alpaca.orders()).toEqual([]);
    expect(await kept()).toEqual([]);
    expect((await ground.told()).filter((each) => each.includes("Kill switch by ann"))).toHaveLength(1);
    expect(await resume(ground.running.engine, BY)).toMatchObject({ kind: "done" });
    await ground.restart();
    expect(await ground.ledger.control()).toMatchObject({ killed: false, halted: false });
  });

  it("a kill in a closed market leaves the stop at the broker, and the next process sells at the open", async () => {
    await holdTwo();
    await setOpen(false);
    await postgres.crash();
    expect((await kill(ground.running.engine, BY)).text).toContain("shares are sold at the open");
    await dieAndRestart();
    expect((await ground.ledger.control()).killed).toBe(true);
    expect(ground.resting()).toEqual(["sell stop 5 @ 180.5 gtc"]);
    await setOpen(true);
    await settled();
    await expect.poll(() => ground.alpaca.positions(), { timeout: 30_000 }).toEqual([]);
    expect(await tradesNow()).toEqual(["AAPL 5 @ 185.50 kill"]);
  });

  it("a halt is set by the next process before anything enters", async () => {
    await ground.start(["AAPL"]);
    await postgres.crash();
    await halt(ground.running.engine, "news", BY);
    await dieAndRestart();
    expect(await ground.ledger.control()).toMatchObject({
      halted: true,
      killed: false,
      by: "ann",
      reason: "news",
    });
    await ground.running.tick();
    expect(ground.alpaca.orders()).toEqual([]);
    expect(await kept()).toEqual([]);
  });

  it("a /resume that is newer wins over what a process has left, also when there was a halt since", async () => {
    await postgres.crash();
    await halt(ground.running.engine, "CPI", BY);
    await kill(ground.running.engine, BY);
    await ground.running.stop().catch(() => undefined);
    await postgres.restart();
    expect(await kept()).toHaveLength(2);

    const elsewhere = ground.engineOf({}).engine;
    await kill(elsewhere, { ...BY, name: "bob" });
    await resume(elsewhere, BY);
    await halt(elsewhere, "news", { ...BY, name: "bob" });
    const warned: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, text) => warned.push(text) };
    await ground.restart({ log });
    expect(await ground.ledger.control()).toMatchObject({ killed: false, by: "bob", reason: "news" });
    expect(warned).toContain("a newer /resume wins over the kill");
    expect(warned).toContain("a newer /resume wins over the halt");
    expect(await kept()).toEqual([]);
  });

  it("what cannot be read halts, by its name, and is put aside", async () => {
    const name = "unrecorded-paper-kill-1763868745000.json";
    await writeFile(join(ground.dataDir, name), '{"kind":"kill","by":');
    await ground.start(["AAPL"]);
    await ground.restart();
    const { halted, killed, reason } = await ground.ledger.control();
    expect([halted, killed]).toEqual([true, false]);
    expect(reason).toContain(`${join(ground.dataDir, name)} cannot be read`);
    expect((await ground.told()).some((text) => text.includes(name))).toBe(true);
    await ground.running.tick();
    expect(ground.alpaca.orders()).toEqual([]);
    expect(await kept()).toEqual([`${name}.unreadable`]);
    await resume(ground.running.engine, BY);
    await ground.restart();
    expect((await ground.ledger.control()).halted).toBe(false);
  });

  it("what another account's bot has left in the same directory is left alone", async () => {
    const files = createUnrecordedFiles(ground.dataDir, "paper");
    await files.keep({ kind: "kill", by: BY, atMs: Date.now() }, "PA9");
    await ground.restart();
    expect(await ground.ledger.control()).toMatchObject({ killed: false, halted: false });
    expect(await kept()).toHaveLength(1);
    const { accountNumber } = await ground.running.engine.broker.account();
    await files.keep({ kind: "kill", by: BY, atMs: Date.now() + 1 }, accountNumber);
    await ground.restart();
    expect((await ground.ledger.control()).killed).toBe(true);
    expect(await kept()).toHaveLength(1);
  });

  it("says when a restart would lose it, and kills all the same", async () => {
    await holdTwo();
    const place = join(ground.dataDir, "file", "data");
    await writeFile(join(ground.dataDir, "file"), "");
    await ground.restart({ unrecorded: createUnrecordedFiles(place, "paper") });
    await postgres.crash();
    const lost = new RegExp(
      `could not be kept in ${place} .*: a restart before the database is back loses it`,
    );
    expect((await halt(ground.running.engine, "news", BY)).text).toMatch(lost);
    expect((await kill(ground.running.engine, BY)).text).toMatch(lost);
    expect(ground.alpaca.positions()).toEqual([]);
    await postgres.restart();
    await settled();
  });
});
