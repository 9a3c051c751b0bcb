import type { AlertRow, Subscription, TradeUpdate } from "../ports.ts";
import { inDoubt, rests } from "../core/order.ts";
import { callOnDuty } from "./alerts/escalate.ts";
import { createBarStore } from "./bar-store.ts";
import {
  LEASE_TTL_MS,
  leads,
  mayTrade,
  newEngineState,
  type Engine,
  type EngineSettings,
} from "./context.ts";
import { SWEEP_EVERY_MS, sweepInterrupted } from "./interrupted.ts";
import { continueKill } from "./kill.ts";
import { tendPosition } from "./protect.ts";
import { checkAccountNumber, reconcile } from "./reconcile.ts";
import { recordEvent } from "./record.ts";
import { createSerial } from "./serial.ts";
import { REPORTS_EVERY_MS, tellReports } from "./tell-reports.ts";
import { runTick } from "./tick.ts";
import { createTrackers, type Trackers } from "./trackers.ts";
import { tendWaitingEntries } from "./waiting-entries.ts";
import { watchPositions } from "./watch.ts";
import { modeLabel, plainAlert } from "./wording.ts";

const LEASE_RENEW_MS = 3_000;
/** While orders work: a missed fill is found within 15 s, the reading itself included. */
const RECONCILE_BUSY_MS = 12_000;
const RECONCILE_IDLE_MS = 60_000;
/** While nobody knows whether an order was accepted a position may be without its stop at the broker: 15 s at most. */
const RECONCILE_DOUBT_MS = 2_000;
/** After this an entry in doubt keeps nothing waiting any more. */
const DOUBT_MS = 15_000;
/** A lost answer is looked up this soon. */
const RECONCILE_SOON_MS = 1_000;
const RECONCILE_RETRY_MS = 3_000;
/** A stream that is back within this is not worth an alert. */
const LOST_ALERT_MS = 10_000;
/** One that stays away for this long needs somebody. */
const LOST_FOR_LONG_MS = 5 * 60_000;
/** So many ticks may fail in a row before the channel hears of it. */
const TELL_FAILED_TICKS = 3;
/** How often it is looked for critical alerts that nobody acknowledged. */
const CALLS_EVERY_MS = 5_000;
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
export function createEngine(settings: EngineSettings & { readonly wakeAlerts: () => void }): RunningEngine {
  const { log, clock, ledger } = settings;
  const aborted = new AbortController();
  const serial = createSerial();
  const loops: Promise<void>[] = [];
  const tending = new Set<string>();
  let subscription: Subscription | null = null;
  let held: TradeUpdate[] | null = null;
  let lastReconciledAt: number | null = null;
  let reconcileDueAt = 0;
  let lostSince: number | null = null;
  let lostTold = false;
  let lostForLong = false;
  let connections = 0;
  let failedTicks = 0;

  const engine: Engine = {
    ...settings,
    state: newEngineState(),
    serial,
    reconcileSoon: () => {
      reconcileDueAt = Math.min(reconcileDueAt, performance.now() + RECONCILE_SOON_MS);
    },
    orderSent: () => {
      reconcileDueAt = Math.min(reconcileDueAt, performance.now() + RECONCILE_BUSY_MS);
    },
    tendSoon: (positionId) => {
      if (tending.has(positionId)) return;
      tending.add(positionId);
      void tendOne(positionId);
    },
  };
  const { state } = engine;
  const store = createBarStore(engine);
  const trackers = createTrackers(store);

  /** Lets the transaction that asked for it commit first, then takes the position's next step. */
  async function tendOne(positionId: string): Promise<void> {
    try {
      const position = await ledger.position(positionId);
      tending.delete(positionId);
      if (position === undefined || !mayTrade(engine)) return;
      const price = state.prices.get(position.symbol)?.price;
      await serial.run(position.symbol, () => tendPosition(engine, positionId, price));
    } catch (error) {
      tending.delete(positionId);
      log.warn({ error, position: positionId }, "a position could not be tended now; the watch tries again");
    }
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
    if (lostTold)
      void tell(
        "connection",
        `Connection to ${engine.broker.name} is back; reconciling`,
        "good",
        lostForLong ? "always" : undefined,
      );
    lostSince = null;
    lostTold = false;
    lostForLong = false;
  }

  function onDisconnected(reason: string): void {
    if (state.stopping) return;
    if (state.stream === "connected") log.warn({ reason }, "trade updates disconnected");
    state.stream = "down";
    lostSince ??= performance.now();
  }

  async function tell(
    kind: "connection" | "system",
    text: string,
    tone: "good" | "warn",
    urgency?: AlertRow["urgency"],
  ): Promise<void> {
    try {
      const nowMs = clock.nowMs();
      await ledger.insertAlert({
        ...plainAlert(`${kind}:${engine.accountId}:${nowMs}`, kind, nowMs, {
          text: `${text} · ${modeLabel(engine.mode)}`,
          tone,
        }),
        ...(urgency === undefined ? {} : { urgency }),
      });
      engine.wakeAlerts();
    } catch (error) {
      log.error({ error }, `could not record an alert: ${text}`);
    }
  }

  // ---- leadership

  async function renewLease(): Promise<void> {
    const askedAt = performance.now();
    if (state.lastLeaseCheckMs === null)
      await ledger.ensureAccount({
        id: engine.accountId,
        mode: engine.mode,
        broker: engine.broker.name,
        accountNumber: null,
      });
    const lease = await ledger.takeLease(engine.accountId, engine.owner, LEASE_TTL_MS);
    state.lastLeaseCheckMs = clock.nowMs();
    if (lease === null) {
      state.standbySinceMs ??= performance.now();
      if (state.lease !== null) await stepDown("another instance holds the lease");
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
    state.accountChecked = false;
    state.reconciled = false;
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
    const startedAt = clock.nowMs();
    const connection = connections;
    try {
      await checkAccountNumber(engine);
      state.accountChecked = true;
      await reconcile(engine, lastReconciledAt);
    } catch (error) {
      reconcileDueAt = performance.now() + RECONCILE_RETRY_MS;
      throw error;
    }
    lastReconciledAt = startedAt;
    const waiting = held ?? [];
    held = null;
    for (const update of waiting) await take(update);
    if (connection !== connections) {
      reconcileDueAt = performance.now();
      return false;
    }
    if (!state.reconciled) log.info({ account: engine.accountId }, "reconciled with the broker");
    state.reconciled = true;
    await watchPositions(engine);
    reconcileDueAt = Math.min(reconcileDueAt, performance.now() + (await pauseMs()));
    return true;
  }

  async function pauseMs(): Promise<number> {
    const live = await ledger.liveOrders(engine.accountId);
    const nowMs = clock.nowMs();
    const urgent = live.some(
      (order) => inDoubt(order) && (order.side === "sell" || nowMs - order.createdAt < DOUBT_MS),
    );
    if (urgent) return RECONCILE_DOUBT_MS;
    return state.stream !== "connected" || live.some((order) => !rests(order))
      ? RECONCILE_BUSY_MS
      : RECONCILE_IDLE_MS;
  }

  async function watch(): Promise<void> {
    if (!mayTrade(engine)) return;
    try {
      await continueKill(engine);
    } catch (error) {
      log.error({ error }, "a round of the kill failed; the next one follows");
    }
    if (lostSince !== null && !lostTold && performance.now() - lostSince > LOST_ALERT_MS) {
      lostTold = true;
      await tell(
        "connection",
        `Connection to ${engine.broker.name} is lost; reading orders every 15 s until it is back`,
        "warn",
      );
    }
    await tendWaitingEntries(engine);
    // At night brokers do maintenance, and nothing is at stake.
    if (
      lostSince !== null &&
      !lostForLong &&
      state.marketClock?.isOpen !== false &&
      performance.now() - lostSince > LOST_FOR_LONG_MS
    ) {
      lostForLong = true;
      await tell(
        "connection",
        `No connection to ${engine.broker.name} for ${LOST_FOR_LONG_MS / 60_000} minutes: fills are found by reading orders every 15 s, if those can be read`,
        "warn",
        "critical",
      );
    }
    // Overnight nothing crosses a stop; the tick still looks once a minute.
    if (state.marketClock?.isOpen !== false) await watchPositions(engine);
  }

  /** A tick that fails again and again is told in the channel: nothing is decided meanwhile. */
  async function tick(): Promise<void> {
    try {
      await runTick(engine, store, trackers);
    } catch (error) {
      failedTicks += 1;
      state.tickFailure = error instanceof Error ? error.message : String(error);
      if (failedTicks === TELL_FAILED_TICKS)
        await tell(
          "connection",
          `No bars are decided: ${state.tickFailure}. Stops at the broker stay; trying again`,
          "warn",
        );
      throw error;
    }
    if (failedTicks >= TELL_FAILED_TICKS) await tell("connection", "Bars are decided again", "good");
    failedTicks = 0;
    state.tickFailure = null;
  }

  /** Repeats until the engine stops; a failure is told once and again when it changes, and never ends the loop. */
  async function loop(name: string, everyMs: number, work: () => Promise<boolean | void>): Promise<void> {
    let failing = "";
    while (!aborted.signal.aborted) {
      try {
        // Having had nothing to do proves nothing.
        if ((await work()) === false) continue;
        if (failing !== "") log.info({}, `${name} works again`);
        failing = "";
      } catch (error) {
        const text = error instanceof Error ? error.message : String(error);
        if (text !== failing) log.error({ error }, `${name} failed; trying again`);
        failing = text;
      } finally {
        await clock.sleep(everyMs, aborted.signal);
      }
    }
  }

  return {
    engine,
    trackers,
    tick,
    start() {
      loops.push(
        loop("lease", LEASE_RENEW_MS, renewLease),
        loop("reconciliation", 250, reconcileWhenDue),
        loop("watch", engine.watchEveryMs, watch),
        loop("calls", CALLS_EVERY_MS, async () => {
          if (leads(engine) && (await callOnDuty(ledger, clock.nowMs()))) engine.wakeAlerts();
        }),
        loop("reports", REPORTS_EVERY_MS, () => tellReports(engine)),
        loop("audit", SWEEP_EVERY_MS, async () => {
          if (leads(engine)) await sweepInterrupted(ledger, clock.nowMs());
        }),
      );
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
