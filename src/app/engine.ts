import type { Subscription, TradeUpdate } from "../ports.ts";
import { createBarStore } from "./bar-store.ts";
import { loopChores } from "./chores.ts";
import { createConnection } from "./connection.ts";
import {
  LEASE_TTL_MS,
  leads,
  mayTrade,
  newEngineState,
  recentPrice,
  type Engine,
  type EngineHooks,
  type EngineSettings,
} from "./context.ts";
import { loopControl, settleDirect } from "./direct-kill.ts";
import { continueKill } from "./kill.ts";
import { tendPosition } from "./protect.ts";
import { checkAccountNumber, reconcile } from "./reconcile.ts";
import { RECONCILE_BUSY_MS, reconcilePauseMs } from "./reconcile-pause.ts";
import { recordEvent } from "./record.ts";
import { recordStops } from "./record-control.ts";
import { repeat } from "../core/repeat.ts";
import { createSerial } from "./serial.ts";
import { toldTick } from "./told-tick.ts";
import { createTrackers, type Trackers } from "./trackers.ts";
import { tendWaitingEntries } from "./waiting-entries.ts";
import { watchPositions, worthWatching } from "./watch.ts";
import { watchMode } from "./watch-mode.ts";

const LEASE_RENEW_MS = 3_000;
/** A lost answer is looked up this soon. */
const RECONCILE_SOON_MS = 1_000;
const RECONCILE_RETRY_MS = 3_000;
/** How long stopping waits for orders that are being placed. */
const STOP_WAIT_MS = 8_000;

export interface RunningEngine {
  readonly engine: Engine;
  readonly trackers: Trackers;
  tick(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

/**
 * One account's engine: takes the lease, listens to the broker, reconciles, watches and ticks. Everything it does can be
 * interrupted at any point; the next start finds rows and broker and goes on.
 */
export function createEngine(settings: EngineSettings & EngineHooks): RunningEngine {
  const { log, clock, ledger } = settings;
  const aborted = new AbortController();
  const serial = createSerial();
  const loops: Promise<void>[] = [];
  const tending = new Set<string>();
  const tendingLater = new Set<string>();
  let subscription: Subscription | null = null;
  let held: TradeUpdate[] | null = null;
  let lastReconciledAt: number | null = null;
  let reconcileDueAt = 0;
  let connections = 0;

  const engine: Engine = {
    ...settings,
    state: newEngineState(),
    serial,
    reconcileSoon: () => reconcileWithin(RECONCILE_SOON_MS),
    orderSent: () => reconcileWithin(RECONCILE_BUSY_MS),
    tendSoon: (positionId) => {
      if (tending.has(positionId)) return;
      tending.add(positionId);
      void tendOne(positionId);
    },
    tendLater: (positionId, ms) => {
      if (tendingLater.has(positionId)) return;
      tendingLater.add(positionId);
      void tendAfter(positionId, ms);
    },
  };
  const { state } = engine;
  const connection = createConnection(engine);
  const store = createBarStore(engine);
  const trackers = createTrackers(store);
  const otherMode = watchMode(engine);

  function reconcileWithin(ms: number): void {
    reconcileDueAt = Math.min(reconcileDueAt, performance.now() + ms);
  }

  /** Lets the transaction that asked for it commit first, then takes the position's next step. */
  async function tendOne(positionId: string): Promise<void> {
    try {
      const position = await ledger.position(positionId);
      tending.delete(positionId);
      if (position === undefined || !mayTrade(engine)) return;
      // Read when its turn has come: the symbol may have been busy for long.
      const tend = (): Promise<void> =>
        tendPosition(engine, positionId, recentPrice(engine, position.symbol));
      await serial.run(position.symbol, tend);
    } catch (error) {
      tending.delete(positionId);
      log.warn({ error, position: positionId }, "a position could not be tended now; the watch tries again");
    }
  }

  async function tendAfter(positionId: string, ms: number): Promise<void> {
    await clock.sleep(ms, aborted.signal);
    tendingLater.delete(positionId);
    if (!state.stopping) engine.tendSoon(positionId);
  }

  // ---- the broker's stream

  function onUpdate(update: TradeUpdate): void {
    if (held !== null) held.push(update);
    else void take(update);
  }

  async function take({ report, execution }: TradeUpdate): Promise<void> {
    try {
      const order = await serial.run(report.symbol, () =>
        recordEvent(engine, report.clientOrderId, {
          kind: "report",
          report,
          ...(execution === undefined ? {} : { execution }),
          atMs: clock.nowMs(),
        }),
      );
      // Ours without a row, or somebody else's: reconciliation adopts the one and shows the other.
      if (order === undefined) engine.reconcileSoon();
    } catch (error) {
      log.error(
        { error, order: report.clientOrderId },
        "a trade update could not be recorded; reconciling will find it",
      );
      engine.reconcileSoon();
    }
  }

  function onConnected(): void {
    state.stream = "connected";
    log.info({ broker: engine.broker.name }, "trade updates connected");
    // What happened while nobody listened is read back before any entry, also by a reconciliation that is under way.
    connections += 1;
    state.reconciled = false;
    reconcileDueAt = 0;
    connection.connected();
  }

  function onDisconnected(reason: string): void {
    if (state.stopping) return;
    if (state.stream === "connected") log.warn({ reason }, "trade updates disconnected");
    state.stream = "down";
    // From now on only reading tells of fills.
    reconcileWithin(RECONCILE_BUSY_MS);
    connection.disconnected();
  }

  // ---- leadership

  async function renewLease(): Promise<void> {
    if (state.lastLeaseCheckMs === null)
      await ledger.ensureAccount({
        id: engine.accountId,
        mode: engine.mode,
        broker: engine.broker.name,
        accountNumber: null,
      });
    // What was ordered to stop comes before anything else that this instance may do.
    if (!leads(engine)) await recordStops(engine);
    const other = await otherMode();
    const askedAt = performance.now();
    const lease =
      other === null ? await ledger.takeLease(engine.accountId, engine.owner, LEASE_TTL_MS) : null;
    state.lastLeaseCheckMs = clock.nowMs();
    if (lease === null) {
      state.standbySinceMs ??= performance.now();
      const had = state.lease;
      if (had !== null)
        await stepDown(other === null ? "another instance holds the lease" : `the mode is ${other}`);
      if (other === null) return;
      if (had !== null) await ledger.releaseLease(had);
      settings.onOtherMode?.();
      return;
    }
    // A lease that had run out may have been somebody else's in between, and events were missed meanwhile.
    const gained = !leads(engine) || state.lease?.epoch !== lease.epoch;
    state.standbySinceMs = null;
    state.lease = lease;
    state.leaseValidUntilMs = askedAt + LEASE_TTL_MS;
    if (gained) lead();
  }

  function lead(): void {
    log.info(
      { account: engine.accountId, epoch: state.lease?.epoch },
      "leading: this instance trades the account",
    );
    // A reconciliation that is under way began before: it does not count.
    connections += 1;
    state.accountChecked = false;
    state.reconciled = false;
    // A kill that was going on when this instance led last may be over: the latch tells.
    if (state.direct === null) state.killUnfinished = false;
    // Whoever led meanwhile may have changed what is known of them.
    state.externalsAt = 0;
    lastReconciledAt = null;
    reconcileDueAt = performance.now();
    held = [];
    subscription ??= engine.broker.subscribe({ onUpdate, onConnected, onDisconnected });
  }

  async function stepDown(reason: string): Promise<void> {
    log.warn({ account: engine.accountId, reason }, "standing by: this instance sends no orders");
    state.lease = null;
    state.reconciled = false;
    const closing = subscription;
    subscription = null;
    await closing?.close();
  }

  // ---- loops

  async function reconcileWhenDue(): Promise<boolean> {
    if (!leads(engine) || performance.now() < reconcileDueAt) return false;
    reconcileDueAt = Number.POSITIVE_INFINITY;
    try {
      return await reconcileNow();
    } catch (error) {
      // Also when the broker was read and something afterwards failed: without a time there would be no next one.
      reconcileDueAt = performance.now() + RECONCILE_RETRY_MS;
      throw error;
    }
  }

  async function reconcileNow(): Promise<boolean> {
    const startedAt = clock.nowMs();
    const before = connections;
    await checkAccountNumber(engine);
    state.accountChecked = true;
    await settleDirect(engine, () => reconcile(engine, lastReconciledAt));
    const readAt = performance.now();
    lastReconciledAt = startedAt;
    const waiting = held ?? [];
    held = null;
    for (const update of waiting) await take(update);
    if (before !== connections) {
      reconcileDueAt = performance.now();
      return false;
    }
    if (!state.reconciled) log.info({ account: engine.accountId }, "reconciled with the broker");
    state.reconciled = true;
    await watchPositions(engine);
    reconcileDueAt = Math.min(reconcileDueAt, readAt + (await reconcilePauseMs(engine)));
    return true;
  }

  async function watch(): Promise<void> {
    if (!mayTrade(engine)) return;
    try {
      await continueKill(engine);
    } catch (error) {
      log.error({ error }, "a round of the kill failed; the next one follows");
    }
    await connection.watch();
    // Not waited for: stops are watched though an entry's symbol is busy or its request fails.
    void tendWaitingEntries(engine).catch((error: unknown) => {
      log.warn({ error }, "waiting entries could not be looked at; the next look tries again");
    });
    if (await worthWatching(engine)) await watchPositions(engine);
  }

  function loop(name: string, everyMs: number, work: () => Promise<boolean | void>): void {
    loops.push(repeat(engine, aborted.signal, name, everyMs, work));
  }

  return {
    engine,
    trackers,
    tick: toldTick(engine, store, trackers),
    start() {
      loop("lease", LEASE_RENEW_MS, renewLease);
      loop("reconciliation", 250, reconcileWhenDue);
      loop("watch", engine.watchEveryMs, watch);
      loopControl(engine, loop);
      loopChores(engine, loop);
    },
    async stop() {
      state.stopping = true;
      aborted.abort();
      await Promise.race([Promise.allSettled([...loops, serial.idle()]), clock.sleep(STOP_WAIT_MS)]);
      const closing = subscription;
      subscription = null;
      await closing?.close();
      const { lease } = state;
      state.lease = null;
      if (lease !== null) await ledger.releaseLease(lease);
    },
  };
}
