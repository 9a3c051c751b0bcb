import { spawn, type ChildProcessByStdio } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Simulated } from "../../../src/adapters/simulated/simulated-broker.ts";
import { money } from "../../../src/core/money.ts";
import { clientId, handClock, openGround, request, START_MS, type SandboxGround } from "./sandbox-ground.ts";

const HOUR = 3_600_000;
const ROOT = join(import.meta.dirname, "../../..");

let ground: SandboxGround;
let others: Simulated[];

beforeEach(() => {
  ground = openGround();
  others = [];
});

afterEach(async () => {
  for (const simulated of [ground, ...others]) await simulated.close();
  ground.remove();
});

function reopened(...changes: Parameters<SandboxGround["another"]>): Simulated {
  const other = ground.another(...changes);
  others.push(other);
  return other;
}

const anyRecord = z.record(z.string(), z.unknown());
const saved = (): Record<string, unknown> =>
  anyRecord.parse(JSON.parse(readFileSync(ground.stateFile, "utf8")));

const restingStop = (): ReturnType<typeof request> =>
  request({ side: "sell", type: "stop", stopPrice: money(90), timeInForce: "gtc" });

describe("the sandbox's account file", () => {
  it("brings back money, shares, the resting stop and finished orders after an orderly stop", async () => {
    const bought = await ground.fillOrder({});
    const stop = restingStop();
    await ground.broker.place(stop, "stop", 5_000);
    const before = await ground.broker.account();
    await ground.close();
    const { broker } = reopened();
    expect((await broker.account()).cash.toString()).toBe(before.cash.toString());
    expect((await broker.account()).accountNumber).toBe(before.accountNumber);
    expect(
      (await broker.positions("reconcile")).map((held) => [held.symbol, held.quantity.toString()]),
    ).toEqual([["AAPL", "5"]]);
    expect((await broker.openOrders("reconcile")).map((order) => order.clientOrderId)).toEqual([
      stop.clientOrderId,
    ]);
    expect((await broker.closedOrders(START_MS)).map((order) => order.brokerOrderId)).toEqual([
      bought.brokerOrderId,
    ]);
    expect(await broker.place(stop, "stop", 5_000)).toEqual({ kind: "duplicate" });
  });

  it("lets market time stand still while nobody runs", async () => {
    ground.clock.advance(12_345);
    const { nowMs } = await ground.broker.clock();
    expect(nowMs).toBe(START_MS + 12_345 * 60);
    await ground.close();
    ground.clock.advance(3 * 24 * HOUR);
    const { broker } = reopened();
    expect((await broker.clock()).nowMs).toBe(nowMs);
    ground.clock.advance(1_000);
    expect((await broker.clock()).nowMs).toBe(nowMs + 60_000);
  });

  it("loses at most a heartbeat of market time when nobody said goodbye", async () => {
    for (let second = 0; second < 60; second++) {
      ground.clock.advance(1_000);
      await ground.broker.clock();
    }
    const { nowMs } = await ground.broker.clock();
    // Never closed, and gone for longer than an owner is silent.
    ground.clock.advance(HOUR);
    const { broker } = reopened();
    const resumed = (await broker.clock()).nowMs;
    expect(resumed).toBeLessThanOrEqual(nowMs);
    expect(resumed).toBeGreaterThan(nowMs - 6_000 * 60);
  });

  it("lets market time go on when the wall clock is set back", async () => {
    ground.clock.advance(10_000);
    const before = (await ground.broker.clock()).nowMs;
    ground.clock.advance(-HOUR);
    expect((await ground.broker.clock()).nowMs).toBe(before);
    ground.clock.advance(1_000);
    expect((await ground.broker.clock()).nowMs).toBe(before + 60_000);
  });

  it("keeps the newest 500 finished orders and no more", async () => {
    for (let round = 0; round < 13; round++) {
      const orders = Array.from({ length: 40 }, () => request({ quantity: money(1) }));
      await Promise.all(orders.map((order) => ground.broker.place(order, "entry", 5_000)));
      ground.clock.advance(1_000);
    }
    expect(await ground.broker.closedOrders(0)).toHaveLength(500);
    expect(saved()["closed"]).toHaveLength(500);
    expect((await ground.broker.positions("reconcile"))[0]!.quantity.toString()).toBe("520");
    await ground.close();
  });

  it("is written once for orders that are placed together", async () => {
    const before = Number(saved()["revision"]);
    const orders = Array.from({ length: 20 }, () => request({ quantity: money(1) }));
    const placements = await Promise.all(orders.map((order) => ground.broker.place(order, "entry", 5_000)));
    expect(placements.every(({ kind }) => kind === "answered")).toBe(true);
    expect(saved()["revision"]).toBe(before + 1);
    await ground.close();
  });

  it("leaves no drafts beside it", async () => {
    await ground.fillOrder({});
    await ground.close();
    expect(readdirSync(dirname(ground.stateFile))).toEqual(["sandbox.json"]);
  });

  it("that cannot be written makes an order's outcome unknown, and tells nobody of an order that is not on disk", async () => {
    const folder = dirname(ground.stateFile);
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, "a file where the folder was");
    const order = request();
    expect(await ground.broker.place(order, "entry", 5_000)).toMatchObject({ kind: "unknown" });
    expect(ground.updates).toEqual([]);
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
    expect(await ground.broker.orderByClientId(order.clientOrderId, "reconcile")).toBeUndefined();
    expect(await ground.broker.place(order, "entry", 5_000)).toMatchObject({ kind: "answered" });
    await ground.close();
  });

  it("refuses every act after close", async () => {
    await ground.close();
    await expect(ground.broker.account()).rejects.toThrow(/closed/);
    expect(await ground.broker.place(request(), "entry", 5_000)).toMatchObject({
      kind: "unknown",
      reason: /closed/,
    });
  });
});

describe("an account file that cannot be used", () => {
  it.each<[string, () => string, RegExp]>([
    [
      "cut off in the middle",
      () => readFileSync(ground.stateFile, "utf8").slice(0, -20),
      /not complete JSON/,
    ],
    ["empty", () => "", /not complete JSON/],
    ["of another program", () => '{"name":"alphaflow","version":"0.1.0"}', /format/],
    ["of a later version", () => JSON.stringify({ ...saved(), version: 2 }), /version/],
    ["with money that is no number", () => JSON.stringify({ ...saved(), cash: "NaN" }), /cash/],
    ["with negative money", () => JSON.stringify({ ...saved(), cash: "-1" }), /cash/],
    [
      "with a short position",
      () =>
        JSON.stringify({ ...saved(), positions: [{ symbol: "AAPL", quantity: "-5", avgEntryPrice: "1" }] }),
      /positions\.0\.quantity/,
    ],
  ])(
    "%s stops the start with one line that names it and says what to do, and is left as it is",
    async (_, text, why) => {
      await ground.close();
      const broken = text();
      writeFileSync(ground.stateFile, broken);
      let complaint = "";
      try {
        reopened();
      } catch (error) {
        complaint = String(error);
      }
      expect(complaint).toContain(ground.stateFile);
      expect(complaint).toMatch(why);
      expect(complaint).toMatch(/restore it from a copy, or move it away/);
      expect(complaint).not.toContain("\n");
      expect(readFileSync(ground.stateFile, "utf8")).toBe(broken);
    },
  );

  it("is one of another market too: the seed must stay", async () => {
    await ground.close();
    expect(() => reopened({ seed: 2 })).toThrow(/belongs to the market of seed 1, not 2/);
    expect((await reopened({ seed: 1 }).broker.account()).cash.toString()).toBe("100000");
  });

  it("makes queries throw when it breaks while the bot runs, and is never written over", async () => {
    const before = readFileSync(ground.stateFile, "utf8");
    writeFileSync(ground.stateFile, "{");
    await expect(ground.broker.positions("reconcile")).rejects.toThrow(/cannot be used/);
    expect(await ground.broker.place(request(), "entry", 5_000)).toMatchObject({ kind: "unknown" });
    expect(readFileSync(ground.stateFile, "utf8")).toBe("{");
    writeFileSync(ground.stateFile, before);
    await ground.close();
  });
});

describe("two brokers on one account", () => {
  it("see each other's orders, share the market's time and never lose one another's changes", async () => {
    const standby = reopened();
    expect((await standby.broker.clock()).nowMs).toBe((await ground.broker.clock()).nowMs);
    const ids: string[] = [];
    for (let turn = 0; turn < 10; turn++) {
      const order = request({ quantity: money(1) });
      ids.push(order.clientOrderId);
      await (turn % 2 === 0 ? ground : standby).broker.place(order, "entry", 5_000);
      ground.clock.advance(60);
    }
    ground.clock.advance(1_000);
    for (const { broker } of [ground, standby]) {
      expect((await broker.closedOrders(0)).map((order) => order.clientOrderId).toSorted()).toEqual(
        ids.toSorted(),
      );
      expect((await broker.positions("reconcile"))[0]!.quantity.toString()).toBe("10");
      expect(await broker.place(request({ clientOrderId: clientId(ids[3]!) }), "entry", 5_000)).toEqual({
        kind: "duplicate",
      });
    }
    expect((await standby.broker.clock()).nowMs).toBe((await ground.broker.clock()).nowMs);
    await ground.close();
  });

  it("leave the writing to the one that trades, until it is gone", async () => {
    await ground.fillOrder({});
    const standby = reopened();
    const before = readFileSync(ground.stateFile, "utf8");
    ground.clock.advance(6_000);
    await standby.broker.account();
    expect(readFileSync(ground.stateFile, "utf8")).toBe(before);
    await ground.close();
    ground.clock.advance(10_000);
    await standby.broker.account();
    expect(JSON.parse(readFileSync(ground.stateFile, "utf8"))).toMatchObject({ running: true });
  });

  it("hand the account over when one closes in the moment in which the other trades", async () => {
    await ground.fillOrder({});
    const standby = reopened();
    const order = request();
    const [, placement] = await Promise.all([ground.close(), standby.broker.place(order, "entry", 5_000)]);
    expect(placement).toMatchObject({ kind: "answered" });
    expect(saved()).toMatchObject({ running: true, open: [{ clientOrderId: order.clientOrderId }] });
  });

  it("tell their listeners to read again when the other has changed something", async () => {
    const standby = reopened();
    let connected = 0;
    standby.broker.subscribe({
      onUpdate: () => undefined,
      onConnected: () => {
        connected += 1;
      },
      onDisconnected: () => undefined,
    });
    await standby.broker.clock();
    expect(connected).toBe(1);
    await ground.broker.place(request(), "entry", 5_000);
    await standby.broker.clock();
    expect(connected).toBe(2);
    await ground.close();
  });
});

/** What the child says: an acknowledged order, or an execution. */
const toldLine = z.object({
  placed: z.string().optional(),
  filled: z.string().optional(),
});

/** A broker in a process of its own that places an order every few ms and says what was acknowledged and filled. */
function spawnTrader(stateFile: string): ChildProcessByStdio<null, Readable, null> {
  const program = `
    import { createSimulated } from "./src/adapters/simulated/simulated-broker.ts";
    import { realClock, quietLog, request } from "./test/adapters/simulated/sandbox-ground.ts";
    const { broker } = createSimulated({ stateFile: ${JSON.stringify(stateFile)}, clock: realClock, log: quietLog });
    const say = (line) => process.stdout.write(JSON.stringify(line) + "\\n");
    broker.subscribe({ onConnected() {}, onDisconnected() {}, onUpdate: ({ report, execution }) => {
      if (execution !== undefined) say({ filled: report.clientOrderId });
    } });
    for (let turn = 0; ; turn++) {
      const order = request({ clientOrderId: process.pid + "-" + turn });
      if ((await broker.place(order, "entry", 5_000)).kind === "answered") say({ placed: order.clientOrderId });
      await realClock.sleep(3);
    }`;
  return spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** Lets a trader say so many lines, kills it with -9 and adds what it said. */
async function tradeAndKill(stateFile: string, lines: number, told: Told): Promise<void> {
  const child = spawnTrader(stateFile);
  const exited = once(child, "exit");
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const { filled, placed } = toldLine.parse(JSON.parse(line));
    if (placed !== undefined) told.placed.push(placed);
    if (filled !== undefined) told.filled.push(filled);
    seen += 1;
    if (seen === lines) child.kill("SIGKILL");
  }
  await exited;
}

interface Told {
  readonly placed: string[];
  readonly filled: string[];
}

/** Everything that was told must be there, once, and money and shares must follow from it. */
async function expectNothingLost(stateFile: string, told: Told): Promise<void> {
  // A clock that stands still: the account is read at one moment.
  const { broker } = reopened({ stateFile, clock: handClock(Date.now()) });
  const known = [...(await broker.openOrders("reconcile")), ...(await broker.closedOrders(0))];
  const byId = new Map(known.map((order) => [order.clientOrderId, order]));
  expect(told.placed.filter((id) => !byId.has(id))).toEqual([]);
  expect(told.filled.filter((id) => byId.get(id)?.status !== "filled")).toEqual([]);
  expect(byId.size).toBe(known.length);
  const done = known.filter((order) => order.status === "filled");
  const shares = done.reduce((sum, order) => sum + order.filledQuantity.toNumber(), 0);
  expect((await broker.positions("reconcile"))[0]?.quantity.toNumber() ?? 0).toBe(shares);
  const spent = done.reduce(
    (sum, order) => sum.plus(order.filledQuantity.times(order.filledAvgPrice!)),
    money(0),
  );
  expect((await broker.account()).cash.toFixed(2)).toBe(money(100_000).minus(spent).toFixed(2));
}

describe("a kill -9", () => {
  it("loses no acknowledged order, no fill and no money, at whatever moment it comes", async () => {
    const stateFile = join(ground.folder, "killed", "sandbox.json");
    const told: Told = { placed: [], filled: [] };
    for (const lines of [25, 60, 7]) await tradeAndKill(stateFile, lines, told);
    expect(told.placed.length).toBeGreaterThan(30);
    await expectNothingLost(stateFile, told);
  });

  it("loses nothing either while two processes trade on one account at the same time", async () => {
    const stateFile = join(ground.folder, "shared", "sandbox.json");
    const told: Told = { placed: [], filled: [] };
    await Promise.all([tradeAndKill(stateFile, 80, told), tradeAndKill(stateFile, 80, told)]);
    expect(new Set(told.placed.map((id) => id.split("-")[0])).size).toBe(2);
    await expectNothingLost(stateFile, told);
  });

  it("with the lock in hand leaves one that nobody waits for", async () => {
    leaveDraft(`${ground.stateFile}.lock`);
    expect(await ground.broker.place(request(), "entry", 5_000)).toMatchObject({ kind: "answered" });
    expect(readdirSync(dirname(ground.stateFile))).toEqual(["sandbox.json"]);
    await ground.close();
  });

  it("in the middle of a write leaves the account as it was, and a draft that the next start removes", async () => {
    await ground.fillOrder({});
    await ground.close();
    leaveDraft(`${ground.stateFile}.${DEAD_WRITER}.tmp`);
    const { broker } = reopened();
    expect((await broker.positions("reconcile"))[0]!.quantity.toString()).toBe("5");
    expect(readdirSync(dirname(ground.stateFile))).toEqual(["sandbox.json"]);
  });
});

const DEAD_WRITER = `${hostname()}.999999999.${randomUUID()}`;

/** What a kill between the draft and the rename leaves behind. */
function leaveDraft(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, DEAD_WRITER), '{"format":"alphaflow-sand');
}
