import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { newEngineState, type Engine } from "../../src/app/context.ts";
import { createSerial } from "../../src/app/serial.ts";
import { tellReports } from "../../src/app/tell-reports.ts";
import { randomIds } from "../../src/adapters/system/ids.ts";
import { exchangeTimeMs } from "../../src/core/calendar.ts";
import { money } from "../../src/core/money.ts";
import type { Broker, MarketData, PendingAlert, Session } from "../../src/ports.ts";
import { clientOrderId, samplePosition, sampleTrade } from "../contracts/ledger-samples.ts";
import { openDeskGround, type DeskGround } from "../support/desk-ground.ts";
import { noOnnx } from "../support/no-onnx.ts";
import { silentLog } from "../support/silent-log.ts";

const NO: () => never = () => {
  throw new Error("not for this test");
};
const HOLIDAYS = new Set(["2026-11-26", "2026-12-25"]);
const HALF_DAYS = new Set(["2026-11-27", "2026-12-24"]);

/** New York's sessions; only clock, calendar and account answer. */
function exchange(ground: DeskGround): Broker {
  const calendar = (fromDay: string, toDay: string): Session[] => {
    const sessions: Session[] = [];
    for (let ms = Date.parse(fromDay); ms <= Date.parse(toDay); ms += 86_400_000) {
      const date = new Date(ms).toISOString().slice(0, 10);
      const weekday = new Date(ms).getUTCDay();
      if (weekday === 0 || weekday === 6 || HOLIDAYS.has(date)) continue;
      const close = exchangeTimeMs(date, HALF_DAYS.has(date) ? "13:00" : "16:00");
      sessions.push({ date, openMs: exchangeTimeMs(date, "09:30"), closeMs: close });
    }
    return sessions;
  };
  return {
    name: "exchange",
    clock: async () => ({ nowMs: ground.clock.nowMs(), isOpen: false, nextOpenMs: 0, nextCloseMs: 0 }),
    calendar: async (fromDay, toDay) => calendar(fromDay, toDay),
    account: async () => ({
      accountNumber: "PA1",
      equity: money(100_000),
      lastEquity: money(100_000),
      cash: money(100_000),
      buyingPower: money(100_000),
      tradingBlocked: false,
    }),
    asset: NO,
    place: NO,
    replace: NO,
    orderByClientId: NO,
    orderByBrokerId: NO,
    openOrders: NO,
    closedOrders: NO,
    positions: NO,
    cancel: NO,
    waitMs: () => 0,
    subscribe: NO,
  };
}

const keys = (alerts: readonly PendingAlert[]): string[] => alerts.map(({ key }) => key);

const MARKET: MarketData = { bars: NO, latestPrices: NO, latestQuotes: NO };

/** An engine that leads and is reconciled; a new one is a restart. */
function engineOn(ground: DeskGround): Engine {
  const state = newEngineState();
  state.lease = { accountId: "paper", owner: "test", epoch: 1 };
  state.leaseValidUntilMs = Number.POSITIVE_INFINITY;
  state.accountChecked = true;
  state.reconciled = true;
  return {
    accountId: "paper",
    mode: "paper",
    broker: exchange(ground),
    market: MARKET,
    ledger: ground.ledger,
    unrecorded: { place: "", keep: NO, kept: NO, remove: NO },
    onnx: noOnnx,
    clock: ground.clock,
    ids: randomIds,
    log: silentLog,
    owner: "test",
    maxEntriesAMinute: 20,
    watchEveryMs: 1000,
    state,
    serial: createSerial(),
    wakeAlerts: () => undefined,
    tendSoon: () => undefined,
    tendLater: () => undefined,
    orderSent: () => undefined,
    reconcileSoon: () => undefined,
  };
}

/** One story: each step builds on those before. */
describe("scheduled reports", () => {
  let ground: DeskGround;
  beforeAll(async () => {
    ground = await openDeskGround(["console"]);
    await ground.ledger.ensureAccount({ id: "paper", mode: "paper", broker: "x", accountNumber: null });
  });
  afterAll(async () => ground.close());

  async function lookAt(...times: readonly string[]): Promise<readonly PendingAlert[]> {
    for (const time of times) {
      ground.at(time);
      // Each look is a restart too: what is known is in the rows.
      await tellReports(engineOn(ground));
    }
    const pending = await ground.ledger.pendingAlerts("console", 100);
    for (const { id } of pending) await ground.ledger.markDelivered([id], "console");
    return pending;
  }

  it("begin with the first session that ends after the first start", async () => {
    expect(await lookAt("2026-11-23T12:00:00Z", "2026-11-23T21:04:59Z")).toEqual([]);
  });

  it("tell the session once, five minutes after its close, with what was traded", async () => {
    const closes: readonly (readonly [string, string])[] = [
      ["2026-11-23T19:00:00Z", "-27.5"],
      ["2026-11-23T20:00:00Z", "40"],
      ["2026-11-20T19:00:00Z", "1000"],
    ];
    for (const [time, pnl] of closes) {
      const exitTime = Date.parse(time);
      const position = samplePosition({
        id: `p-${time}`,
        accountId: "paper",
        entryOrderId: clientOrderId(`o-${time}`),
        strategyId: "momentum",
        quantity: money(0),
        status: "closed",
        closedAt: exitTime,
      });
      await ground.ledger.insertPosition(position);
      await ground.ledger.saveTrade(sampleTrade(position, { exitTime, pnl: money(pnl) }));
    }
    const [report, ...more] = await lookAt(
      "2026-11-23T21:05:00Z",
      "2026-11-23T21:05:10Z",
      "2026-11-24T12:00:00Z",
    );
    expect(more).toEqual([]);
    expect(report).toMatchObject({
      key: "report:daily:paper:2026-11-23",
      kind: "report",
      atMs: Date.parse("2026-11-23T21:05:00Z"),
      message: {
        title: "Daily report 2026-11-23 · PAPER",
        text: "2 trades closed, 1 won, realised +$12.50; no open position.",
      },
    });
  });

  it("catch up after an outage: every session once, in order, from when they were due; then the week", async () => {
    const told = await lookAt("2026-11-29T12:00:00Z", "2026-11-29T12:00:10Z");
    expect(keys(told)).toEqual([
      "report:daily:paper:2026-11-24",
      "report:daily:paper:2026-11-25",
      "report:daily:paper:2026-11-27",
      "report:weekly:paper:2026-11-27",
    ]);
    // The half day's report was due at 13:05 New York.
    expect(told[2]?.atMs).toBe(Date.parse("2026-11-27T18:05:00Z"));
    expect(told[3]?.message).toMatchObject({
      title: "Week 2026-11-23 to 2026-11-27 · PAPER",
      text: expect.stringContaining("2 trades closed"),
    });
  });

  it("come at the set time, and a change on the day does not tell a session twice", async () => {
    await ground.ledger.setSetting("schedule.daily", "16:30");
    expect(keys(await lookAt("2026-11-30T21:29:59Z"))).toEqual([]);
    expect(keys(await lookAt("2026-11-30T21:30:00Z"))).toEqual(["report:daily:paper:2026-11-30"]);
    await ground.ledger.setSetting("schedule.daily", "17:00");
    expect(keys(await lookAt("2026-11-30T22:00:00Z", "2026-11-30T23:00:00Z"))).toEqual([]);
  });

  it("are not made up for the time when they were off", async () => {
    await ground.ledger.setSetting("schedule.daily", "off");
    expect(await lookAt("2026-12-01T22:30:00Z", "2026-12-02T22:30:00Z")).toEqual([]);
    await ground.ledger.setSetting("schedule.daily", "close");
    expect(keys(await lookAt("2026-12-02T23:00:00Z"))).toEqual([]);
    expect(keys(await lookAt("2026-12-03T21:05:00Z"))).toEqual(["report:daily:paper:2026-12-03"]);
  });

  it("leave the oldest out after more than a week", async () => {
    await ground.ledger.setSetting("schedule.weekly", "off");
    expect(keys(await lookAt("2026-12-17T12:00:00Z"))).toEqual([
      "report:daily:paper:2026-12-09",
      "report:daily:paper:2026-12-10",
      "report:daily:paper:2026-12-11",
      "report:daily:paper:2026-12-14",
      "report:daily:paper:2026-12-15",
      "report:daily:paper:2026-12-16",
    ]);
  });

  it("are told by the leader alone, and only once it has reconciled", async () => {
    ground.at("2026-12-17T21:05:00Z");
    const standby = engineOn(ground);
    standby.state.lease = null;
    await tellReports(standby);
    const young = engineOn(ground);
    young.state.reconciled = false;
    await tellReports(young);
    expect(await ground.ledger.pendingAlerts("console", 10)).toEqual([]);
    expect(keys(await lookAt("2026-12-17T21:05:01Z"))).toEqual(["report:daily:paper:2026-12-17"]);
  });
});
