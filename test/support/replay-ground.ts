import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openLedger } from "../../src/adapters/postgres/open-ledger.ts";
import { createSimulated } from "../../src/adapters/simulated/simulated-broker.ts";
import { SPEED } from "../../src/adapters/simulated/sandbox.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { randomIds } from "../../src/adapters/system/ids.ts";
import { createUnrecordedFiles } from "../../src/adapters/system/unrecorded-files.ts";
import { createEngine } from "../../src/app/engine.ts";
import { startRun } from "../../src/app/runs.ts";
import { TIMEFRAME_MS, type Bar, type Timeframe } from "../../src/core/bar.ts";
import { isLive } from "../../src/core/order.ts";
import type { Trade } from "../../src/core/position.ts";
import type { Clock, DecisionRow, FilterModelRow, Ledger } from "../../src/ports.ts";
import { noOnnx } from "./no-onnx.ts";
import { OPENS_MS, replayMarket } from "./replay-market.ts";
import { freshDataDir, MIGRATIONS } from "./data-dir.ts";
import { silentLog } from "./silent-log.ts";

/** Nobody looks between the steps that the replay takes. */
const NEVER_MS = 2_000_000_000;
const PATIENCE_MS = 20_000;

/** What is replayed: one strategy on one symbol. */
interface Replay {
  readonly strategyId: string;
  /** Strategy parameters and run options, `name=value`. */
  readonly settings: readonly string[];
  readonly symbol: string;
  readonly timeframe: Timeframe;
  readonly bars: readonly Bar[];
  /** Bars that are history when the run starts: none of them is decided but the last. */
  readonly history: number;
  /** A signal filter that is kept before the run starts. */
  readonly filter?: Omit<FilterModelRow, "id">;
}

/** What the live engine left behind. Times are market times. */
export interface Replayed {
  readonly decisions: readonly DecisionRow[];
  /** Oldest first. */
  readonly trades: readonly Trade[];
  /** The account's equity at each bar's close from bar `history - 1` on, USD. */
  readonly equity: readonly number[];
  /** Shares that are held in the end. */
  readonly held: number;
}

export interface ReplayGround {
  /** Delivers the bars one by one to a new account's engine; the last one is only marked, not decided. */
  replay(what: Replay): Promise<Replayed>;
  close(): Promise<void>;
}

/** The live engine with the simulated broker on a real ledger; market and clock are moved by hand. */
export async function openReplayGround(): Promise<ReplayGround> {
  const directory = await freshDataDir("replay");
  const ledger = await openLedger({
    dataDir: directory,
    migrationsDir: MIGRATIONS,
    sinks: [],
    owner: randomIds.uuid(),
    log: silentLog,
  });
  let accounts = 0;
  return {
    replay: (what) => {
      accounts += 1;
      return replay(ledger, directory, accounts, what);
    },
    async close() {
      await ledger.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function replay(
  ledger: Ledger,
  directory: string,
  nth: number,
  { strategyId, settings, symbol, timeframe, bars, history, filter }: Replay,
): Promise<Replayed> {
  const accountId = `replay-${nth}`;
  const lengthMs = TIMEFRAME_MS[timeframe];
  const closeOf = (bar: Bar): number => bar.time + lengthMs;
  // The broker's order ids are told apart by the moment in which its account began.
  const beginMs = closeOf(bars[history - 1] ?? fail("no history")) + nth;
  const clock = marketClock(beginMs);
  const simulated = createSimulated({
    stateFile: join(directory, `${accountId}.json`),
    clock,
    cash: 100_000,
    log: silentLog,
    marketOf: () => replayMarket(symbol, timeframe, bars),
  });
  const { broker, market } = simulated;
  const running = createEngine({
    accountId,
    mode: "paper",
    broker,
    market,
    ledger,
    unrecorded: createUnrecordedFiles(directory, accountId),
    onnx: noOnnx,
    clock,
    ids: randomIds,
    log: silentLog,
    owner: randomIds.uuid(),
    // Five market minutes are five seconds of the wall clock.
    maxEntriesAMinute: 1_000,
    watchEveryMs: NEVER_MS,
    wakeAlerts: () => undefined,
  });
  const { engine } = running;

  /** Waits until broker, rows and what the rows want agree, at the market's present moment. */
  async function settle(): Promise<boolean> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const equity = await broker.account();
      await engine.serial.idle();
      const [working, held] = [await broker.openOrders("reconcile"), await broker.positions("data")];
      const live = await ledger.liveOrders(accountId);
      const [position] = await ledger.openPositions(accountId);
      const sameOrders =
        ids(
          working.flatMap((order) => [order, ...(order.legs ?? [])]).map((order) => order.brokerOrderId),
        ) === ids(live.map((order) => order.brokerOrderId ?? order.clientOrderId));
      const sameShares = (held[0]?.quantity.toNumber() ?? 0) === (position?.quantity.toNumber() ?? 0);
      const sells = live.filter((order) => order.side === "sell");
      const wantsExit = position !== undefined && position.exitReason !== null;
      const leaving = sells.some((order) => order.purpose === "exit" || order.cancelRequestedAt !== null);
      const buying = live.some((order) => order.purpose === "entry" && isLive(order));
      const guarded = sells.some((order) => order.purpose === "stop");
      const tended = position === undefined || buying || (wantsExit ? leaving : guarded);
      if (equity.cash.gte(0) && sameOrders && sameShares && tended)
        return buying || sells.some((order) => order.purpose === "exit" || order.cancelRequestedAt !== null);
      if (performance.now() > deadline)
        throw new Error(
          `the books do not agree: ${JSON.stringify({ sameOrders, sameShares, wantsExit, leaving, guarded, working, live, position })}`,
        );
      await systemClock.sleep(2);
    }
  }

  running.start();
  const deadline = performance.now() + PATIENCE_MS;
  while (!engine.state.reconciled) {
    if (performance.now() > deadline) throw new Error("the engine did not reconcile in time");
    await systemClock.sleep(5);
  }
  if (filter !== undefined) await ledger.insertFilterModel(filter);
  const started = await startRun(
    engine,
    { strategyId, symbols: [symbol], settings: [`timeframe=${timeframe}`, ...settings] },
    { actor: "console", name: "ann", deliveryId: accountId },
  );
  if (started.kind === "refused") throw new Error(started.text);

  const equity: number[] = [];
  for (const bar of bars.slice(history - 1)) {
    clock.toMarket(closeOf(bar));
    await settle();
    equity.push((await broker.account()).equity.toNumber());
    // What the last bar says would fill after it: there is nothing to fill at.
    if (bar === bars.at(-1)) break;
    await running.tick();
    // What is on its way goes on while the open stands: a stop is cancelled, its position sold; an entry fills, its stop is placed.
    for (let afterMs = 9_000; (await settle()) && afterMs < 120_000; afterMs += 18_000)
      clock.toMarket(closeOf(bar) + Math.max(afterMs, OPENS_MS));
  }
  const decisions = await ledger.decisions({ accountId, limit: 10_000 });
  const trades = await ledger.trades({ accountId, limit: 10_000 });
  const [position] = await ledger.openPositions(accountId);
  await running.stop();
  await simulated.close();
  const inMarketTime = (wallMs: number): number => clock.marketAt(wallMs);
  return {
    decisions: decisions.toReversed(),
    trades: trades
      .map((trade) => ({
        ...trade,
        entryTime: inMarketTime(trade.entryTime),
        exitTime: inMarketTime(trade.exitTime),
      }))
      .toReversed(),
    equity,
    held: position?.quantity.toNumber() ?? 0,
  };
}

/** A bracket's legs are told twice: by themselves and with their entry. */
function ids(all: readonly string[]): string {
  return [...new Set(all)].toSorted().join(" ");
}

function fail(text: string): never {
  throw new Error(text);
}

/** A wall clock that stands still until the market is moved; pauses take real time. */
function marketClock(beginMs: number): Clock & {
  toMarket(marketMs: number): void;
  marketAt(wallMs: number): number;
} {
  let nowMs = beginMs;
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    toMarket: (marketMs) => {
      nowMs = Math.ceil(beginMs + (marketMs - beginMs) / SPEED);
    },
    marketAt: (wallMs) => beginMs + (wallMs - beginMs) * SPEED,
  };
}
