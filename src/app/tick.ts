import { BUY, SELL, signalName } from "../core/signal.ts";
import type { Timeframe } from "../core/bar.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import { failureReason } from "../core/strategies/failure.ts";
import type { Run } from "../ports.ts";
import { expireApprovals, withdrawApprovals } from "./approvals.ts";
import type { BarStore } from "./bar-store.ts";
import { mayTrade, recentPrice, type Engine } from "./context.ts";
import { readAccount } from "./account.ts";
import { enter, wouldEnter, type EntryCandidate } from "./enter.ts";
import { withSymbolFree } from "./hand-over.ts";
import { askedNow } from "./record.ts";
import { checkFilter } from "./ml-filter.ts";
import { marketHours, readClock, type MarketHours } from "./market-hours.ts";
import { lockWorking } from "./position-orders.ts";
import { tendPosition } from "./protect.ts";
import { requestCancel } from "./request-cancel.ts";
import { decisionRow } from "./rows.ts";
import type { Evaluation, Trackers } from "./trackers.ts";
import { pauseFailed, soundRuns, tellStrategyFailure, type SoundRun } from "./sound-runs.ts";
import { readPrices, watchPositions } from "./watch.ts";

const SNAPSHOT_EVERY_MS = 60_000;

interface Undecided {
  readonly run: Run;
  readonly strategy: Strategy;
  readonly symbol: string;
  readonly evaluations: readonly Evaluation[];
}

/**
 * One tick: exits first (stops, targets, then signal exits of any missed bar), then entries of the newest closed bars.
 * Does nothing without the lease. Throws when broker or database fail: the next tick finds the same undecided bars.
 */
export async function runTick(engine: Engine, store: BarStore, trackers: Trackers): Promise<void> {
  if (!mayTrade(engine)) return;
  const started = performance.now();
  const clock = await readClock(engine);
  await watchPositions(engine);
  await expireApprovals(engine);
  const hours = await marketHours(engine);
  const runs = await engine.ledger.runs({ accountId: engine.accountId, status: ["running", "paused"] });
  trackers.prune(runs);
  // No orders into a closed market: the bars wait undecided for the open, as a backtest fills at the next open.
  const trading = runs.filter((run) => hours.canTrade(run.options.extendedHours));
  const sound = await soundRuns(engine, trackers, trading, clock.nowMs);
  await refreshBars(store, sound, clock.nowMs);
  const undecided = await evaluateAll(engine, trackers, sound);
  for (const each of undecided) {
    await exitOnSignal(engine, each);
    await passOlderBars(engine, each);
  }
  const decidable = undecided.filter((each) => !wantsToEnter(each) || roomToEnter(engine, each));
  await readEquity(engine, decidable.some(wantsToEnter));
  // Entries wait for reconciliation: their bars stay undecided until it has finished.
  if (engine.state.reconciled) await enterOnSignals(engine, trackers, decidable, hours);
  engine.state.lastTickMs = engine.clock.nowMs();
  engine.state.tickDurationMs = performance.now() - started;
}

/** The account is read before anything is decided on it, and once a minute for its equity: requests are counted. */
async function readEquity(engine: Engine, deciding: boolean): Promise<void> {
  if (!deciding && engine.clock.nowMs() < engine.state.nextSnapshotMs) return;
  const account = await readAccount(engine);
  if (account.atMs < engine.state.nextSnapshotMs) return;
  engine.state.nextSnapshotMs = account.atMs + SNAPSHOT_EVERY_MS;
  await engine.ledger.insertEquity({
    accountId: engine.accountId,
    atMs: account.atMs,
    equity: account.equity,
    cash: account.cash,
  });
}

/** One multi-symbol request a timeframe for all runs together. */
async function refreshBars(store: BarStore, runs: readonly SoundRun[], nowMs: number): Promise<void> {
  const wanted = new Map<Timeframe, Map<string, number>>();
  for (const { run, needs } of runs)
    for (const [timeframe, from] of needs) {
      const symbols = wanted.get(timeframe) ?? new Map<string, number>();
      for (const symbol of run.symbols) symbols.set(symbol, Math.min(from, symbols.get(symbol) ?? from));
      wanted.set(timeframe, symbols);
    }
  for (const [timeframe, symbols] of wanted) await store.refresh(timeframe, symbols, nowMs);
}

async function evaluateAll(
  engine: Engine,
  trackers: Trackers,
  runs: readonly SoundRun[],
): Promise<readonly Undecided[]> {
  const result: Undecided[] = [];
  for (const { run, strategy } of runs) {
    const cursors = await engine.ledger.cursors(run.id);
    const found: Omit<Undecided, "run">[] = [];
    for (const symbol of run.symbols) {
      try {
        const evaluations = trackers.evaluate(run, strategy, symbol, cursors.get(symbol));
        if (evaluations.length > 0) found.push({ strategy, symbol, evaluations });
      } catch (error) {
        await tellStrategyFailure(engine, run, failureReason(error), symbol);
      }
    }
    const standing = await pauseFailed(engine, trackers, run);
    result.push(...found.map((each) => ({ run: standing, ...each })));
  }
  return result;
}

/**
 * After missed bars a SELL in any of them exits. The mark on the position and the decision are one transaction. Where the
 * entry still works, it is cancelled, and whatever of it fills is sold.
 */
async function exitOnSignal(engine: Engine, { run, symbol, evaluations }: Undecided): Promise<void> {
  const sell = evaluations.find((evaluation) => evaluation.signal === SELL);
  if (sell === undefined) return;
  const marked = await engine.serial.run(symbol, () =>
    engine.ledger.transaction(async (tx) => {
      const mine = (each: { readonly runId: string | null; readonly symbol: string }): boolean =>
        each.runId === run.id && each.symbol === symbol;
      // Two while one takes the other's place: whichever fills, its shares are sold.
      const working = await lockWorking(tx, (await tx.liveOrders(engine.accountId)).filter(mine));
      const held = (await tx.openPositions(engine.accountId)).find(mine);
      const position = held === undefined ? undefined : await tx.lockPosition(held.id);
      const open = position?.status === "open" && position.exitReason === null ? position : undefined;
      const exits = open !== undefined || working.some((entry) => entry.exitReason === null);
      await tx.insertDecision(
        decisionRow(
          engine,
          { runId: run.id, strategyId: run.strategyId, symbol, barTime: sell.barTime, signal: "SELL" },
          {
            outcome: exits ? "exited" : "held",
            code: null,
            text: sell.explanation.reason,
            checks: [],
            figures: sell.explanation.figures,
          },
        ),
      );
      await withdrawApprovals(engine, tx, run.id, symbol);
      for (const entry of working) await tx.updateOrder({ ...entry, exitReason: "signal" });
      if (open !== undefined)
        await tx.updatePosition({
          ...open,
          exitReason: "signal",
          ...askedNow(engine, symbol),
        });
      return { positionId: open?.id, working };
    }),
  );
  const { positionId, working } = marked;
  if (positionId !== undefined)
    await engine.serial.run(symbol, () => tendPosition(engine, positionId, recentPrice(engine, symbol)));
  else
    for (const entry of working) await engine.serial.run(symbol, () => requestCancel(engine, entry, "exit"));
}

/** Bars before the newest could only exit, which is done: should the newest one wait to be decided, they are not looked at again. */
async function passOlderBars(engine: Engine, { run, symbol, evaluations }: Undecided): Promise<void> {
  const older = evaluations.at(-2);
  if (older !== undefined) await engine.ledger.setCursor(run.id, symbol, older.barTime);
}

function wantsToEnter({ run, evaluations }: Undecided): boolean {
  return run.status === "running" && evaluations.at(-1)?.signal === BUY;
}

/** Whether the request limit has room for an entry: without it nothing is read for one either, because that would keep it used up. */
function roomToEnter(
  engine: Engine,
  { run, symbol }: { readonly run: Run; readonly symbol: string },
): boolean {
  const waitMs = engine.broker.waitMs("entry");
  if (waitMs > 0)
    engine.log.warn(
      { run: run.id, symbol, waitMs },
      "request limit: the bar stays undecided until entries may go",
    );
  return waitMs === 0;
}

/** Only the newest bar may enter; every other evaluation just moves the cursor on. */
async function enterOnSignals(
  engine: Engine,
  trackers: Trackers,
  undecided: readonly Undecided[],
  hours: MarketHours,
): Promise<void> {
  const wanting = undecided.filter(wantsToEnter);
  const prices =
    wanting.length === 0
      ? undefined
      : await readPrices(
          engine,
          wanting.map(({ symbol }) => symbol),
        );
  for (const { run, symbol, evaluations } of undecided) {
    const newest = evaluations.at(-1);
    if (newest === undefined) continue;
    if (run.status === "running" && newest.signal === BUY) {
      const candidate: EntryCandidate = {
        run,
        symbol,
        evaluation: newest,
        price: prices?.get(symbol)?.price,
        context: trackers.context(run, symbol),
        extended: !hours.open,
        filter: await checkFilter(engine, run, trackers.filterBars(run, symbol, newest.barTime)),
      };
      await enterWhenFree(engine, candidate);
    } else {
      engine.log.debug({ run: run.id, symbol, signal: signalName(newest.signal) }, "bar decided");
      await engine.ledger.setCursor(run.id, symbol, newest.barTime);
    }
  }
}

/** Stops of other runs make way only for an entry that would really be made. */
async function enterWhenFree(engine: Engine, candidate: EntryCandidate): Promise<void> {
  const { symbol, run } = candidate;
  // The entries before this one may have used it up.
  if (!roomToEnter(engine, candidate)) return;
  const go = (free: boolean): Promise<void> =>
    engine.serial.run(symbol, () => enter(engine, candidate, free));
  // A run that asks sends nothing yet.
  if (run.options.approve === "ask") return go(true);
  if (!(await wouldEnter(engine, candidate))) return go(false);
  const free = await withSymbolFree(engine, symbol, () => go(true));
  if (!free) engine.log.warn({ run: run.id, symbol }, "the bar stays undecided until its symbol is free");
}
