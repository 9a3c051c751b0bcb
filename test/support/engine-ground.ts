import { rm } from "node:fs/promises";
import { createAlpaca } from "../../src/adapters/alpaca/create-alpaca.ts";
import { openLedger } from "../../src/adapters/postgres/open-ledger.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { randomIds } from "../../src/adapters/system/ids.ts";
import { createUnrecordedFiles } from "../../src/adapters/system/unrecorded-files.ts";
import type { EngineHooks, EngineSettings } from "../../src/app/context.ts";
import { createEngine, type RunningEngine } from "../../src/app/engine.ts";
import { startRun } from "../../src/app/runs.ts";
import type { By, Ledger, PendingAlert, Run } from "../../src/ports.ts";
import { newYorkDate } from "./alpaca/calendar.ts";
import type { CalendarDay } from "./alpaca/types.ts";
import { startAlpacaServer, type AlpacaServer } from "./alpaca-server.ts";
import { freshDataDir, MIGRATIONS } from "./data-dir.ts";
import { noOnnx } from "./no-onnx.ts";
import { silentLog } from "./silent-log.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SINK = "console";
export const BY: By = { actor: "console", name: "ann", deliveryId: "d1" };

/** The engine on a real ledger, through the real Alpaca client, against the stand-in. */
export interface EngineGround {
  readonly alpaca: AlpacaServer;
  readonly ledger: Ledger;
  /** What is kept without the ledger lies there. */
  readonly dataDir: string;
  readonly running: RunningEngine;
  /** Called after each commit that chats should hear of. */
  wake: () => void;
  /** Starts a run that buys on its newest bar; AAPL at 185.50 with an ATR of 2.50 gives 5 shares and a stop at 180.50. */
  start(symbols: readonly string[], settings?: readonly string[]): Promise<Run>;
  /** Texts of every alert so far. */
  told(): Promise<readonly string[]>;
  /** Orders that work at the broker: `sell stop 2 @ 180.31 gtc`. */
  resting(): readonly string[];
  /** Another engine on the same ledger and broker, not started; `over` says what is different. */
  engineOf(over: Partial<EngineSettings & EngineHooks>): RunningEngine;
  /** Another instance on the same database and account, with connections of its own. */
  second(): Promise<{ readonly running: RunningEngine; readonly ledger: Ledger }>;
  /** Ends the engine as a crash would, nothing given back but the sockets, and starts another on the same ledger; `over` says what is different. */
  restart(over?: Partial<EngineSettings & EngineHooks>): Promise<RunningEngine>;
  close(): Promise<void>;
}

/** Minute bars that rise a cent a bar, each 2.50 from low to high, so that ATR(14) is 2.50; the newest one is closed. */
export function risingBars(
  nowMs: number,
  count = 600,
): { t: number; o: number; h: number; l: number; c: number; v: number }[] {
  const newest = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  return Array.from({ length: count }, (_, index) => {
    const close = 179 + 0.01 * index;
    return {
      t: newest - (count - 1 - index) * MINUTE_MS,
      o: close,
      h: close + 1.25,
      l: close - 1.25,
      c: close,
      v: 1000,
    };
  });
}

/** Tests name days from here on. */
const FIRST_DAY_MS = Date.UTC(2026, 2, 1, 12);

/**
 * Weekdays before yesterday and after tomorrow. The minute bars run up to now, at whatever hour that is: in a session of
 * today those outside it would not count.
 */
function weekdaysButNow(): readonly CalendarDay[] {
  const nowMs = Date.now();
  const firstMs = Math.min(FIRST_DAY_MS, nowMs - 440 * DAY_MS);
  return Array.from(
    { length: Math.ceil((nowMs - firstMs) / DAY_MS) + 20 },
    (_, index) => firstMs + index * DAY_MS,
  )
    .filter((atMs) => Math.abs(atMs - nowMs) > 1.5 * DAY_MS)
    .map((atMs) => newYorkDate(atMs))
    .filter((date) => ![0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay()))
    .map((date) => ({ date, open: "09:30", close: "16:00" }));
}

export async function openEngineGround(databaseUrl?: string): Promise<EngineGround> {
  const alpaca = await startAlpacaServer();
  alpaca.setOpen(true);
  alpaca.setCalendar(weekdaysButNow());
  // As most real margin accounts are: a sale of nothing would be a short position.
  alpaca.setAccount({ cash: "100000", last_equity: "100000", shorting_enabled: true });
  for (const symbol of ["AAPL", "MSFT"]) {
    alpaca.setBars(symbol, "1Min", risingBars(Date.now()));
    alpaca.setPrice(symbol, 185.5);
  }
  const directory = await freshDataDir("engine");
  const ledger = await openTestLedger(directory, databaseUrl);
  let starts = 0;

  function engine(on: Ledger, over: Partial<EngineSettings & EngineHooks> = {}): RunningEngine {
    starts += 1;
    const { broker, market } = createAlpaca({
      keyId: alpaca.keyId,
      secretKey: alpaca.secret,
      paper: true,
      tradingUrl: alpaca.tradingUrl,
      dataUrl: alpaca.dataUrl,
      tradingStreamUrl: alpaca.tradingStreamUrl,
      feed: "iex",
      log: silentLog,
    });
    return createEngine({
      accountId: "paper",
      mode: "paper",
      broker,
      market,
      ledger: on,
      unrecorded: createUnrecordedFiles(directory, over.accountId ?? "paper"),
      onnx: noOnnx,
      clock: systemClock,
      ids: randomIds,
      log: silentLog,
      owner: `${randomIds.uuid()}-${starts}`,
      maxEntriesAMinute: 20,
      watchEveryMs: 200,
      wakeAlerts: () => ground.wake(),
      ...over,
    });
  }

  const ground = {
    alpaca,
    ledger,
    dataDir: directory,
    wake: (): void => undefined,
    running: engine(ledger),
    async start(symbols: readonly string[], settings: readonly string[] = []) {
      const outcome = await startRun(
        ground.running.engine,
        { strategyId: "multi_timeframe", symbols, settings: ["timeframe=1Min", ...settings] },
        BY,
      );
      if (outcome.kind === "refused") throw new Error(outcome.text);
      return outcome.value;
    },
    resting: () =>
      alpaca
        .openOrders()
        .map(({ side, type, qty, limit_price: limit, stop_price: stop, time_in_force: lasts }) =>
          [side, type, qty, "@", limit ?? stop, lasts].join(" "),
        ),
    async told() {
      const alerts: readonly PendingAlert[] = await ledger.pendingAlerts(SINK, 1_000);
      return alerts.map((alert) => alert.message.text);
    },
    engineOf: (over: Partial<EngineSettings & EngineHooks>) => engine(ledger, over),
    async second() {
      const own = await openTestLedger(directory, databaseUrl);
      const running = engine(own);
      running.start();
      return { running, ledger: own };
    },
    async restart(over: Partial<EngineSettings & EngineHooks> = {}) {
      await ground.running.stop();
      ground.running = engine(ledger, over);
      await begin(ground.running);
      return ground.running;
    },
    async close() {
      await ground.running.stop();
      await ledger.close();
      await alpaca.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
  await begin(ground.running);
  return ground;
}

function openTestLedger(dataDir: string, databaseUrl?: string): Promise<Ledger> {
  return openLedger({
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    dataDir,
    migrationsDir: MIGRATIONS,
    sinks: [SINK],
    owner: randomIds.uuid(),
    log: silentLog,
  });
}

/** Starts an engine and waits until it has reconciled; a lease that was not given back has to run out before. */
async function begin(running: RunningEngine): Promise<void> {
  running.start();
  const deadline = Date.now() + 20_000;
  while (!running.engine.state.reconciled) {
    if (Date.now() > deadline) throw new Error("the engine did not reconcile in time");
    await systemClock.sleep(20);
  }
}
