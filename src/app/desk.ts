import type { AlertDelivery } from "./alerts.ts";
import type { AlertDesk, Chat, Clock, Desk, HealthView, Ledger, Log, Mode, Outcome } from "../ports.ts";
import { listAccounts, type KnownAccount } from "./account-list.ts";
import { closeByHand, moveStopByHand } from "./by-hand.ts";
import { chartView } from "./chart.ts";
import { pastBars } from "./past-bars.ts";
import { approve, reject } from "./approvals.ts";
import { halt, kill, killDrill, resume } from "./control.ts";
import { leads, standsBy } from "./context.ts";
import type { RunningEngine } from "./engine.ts";
import { placeOrder, previewOrder } from "./manual-order.ts";
import { decideExternal } from "./externals.ts";
import { knownExternals } from "./external-holdings.ts";
import { decideForeign, foreignViews } from "./foreign-decisions.ts";
import { planLimits, setLimits } from "./limits.ts";
import { addNote, changeTags } from "./journal.ts";
import { isLive, type Order } from "../core/order.ts";
import { ownStrategies } from "../core/strategies/index.ts";
import { currentSession, currentWeek, periodCurve, reportView } from "./report.ts";
import { performanceBy, performanceView, positionViews, riskView, runViews } from "./reports.ts";
import { requestCancel } from "./request-cancel.ts";
import { changeRuns, refused, setRun, startRun, stopRuns } from "./runs.ts";

export interface DeskParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly version: string;
  readonly startedAtMs: number;
  readonly chats: readonly Chat[];
  readonly alerts: Pick<AlertDelivery, "wake">;
  readonly alertDesk: AlertDesk;
  /** The engine of the account that the mode names. */
  engine(): RunningEngine;
  /** Changes the account: the composition root owns brokers and keys. */
  switchMode(mode: Mode, by: { readonly name: string }): Promise<Outcome>;
  liveLocks(): Promise<readonly string[]>;
  readonly accounts: readonly KnownAccount[];
  readonly log: Log;
}

/** Everything a front end may ask, each as one call into the engine of the account in use. */
export function createDesk(parts: DeskParts): Desk {
  const { ledger } = parts;
  const engine = (): RunningEngine["engine"] => parts.engine().engine;
  const accountId = (): string => engine().accountId;

  return {
    alerts: parts.alertDesk,
    async startRun(request, by) {
      const outcome = await startRun(engine(), request, by);
      engine().wakeAlerts();
      return outcome;
    },
    stopRuns: (which, closePositions, by) => stopRuns(engine(), which, closePositions, by),
    async pauseRuns(which, by) {
      const outcome = await changeRuns(
        engine(),
        which,
        { from: ["running"], to: "paused", word: "paused" },
        by,
      );
      return outcome.kind === "refused"
        ? outcome
        : { kind: "done", value: undefined, text: `${outcome.text}; no new entries, exits and stops go on` };
    },
    async resumeRuns(which, by) {
      const outcome = await changeRuns(
        engine(),
        which,
        { from: ["paused"], to: "running", word: "resumed" },
        by,
      );
      return outcome.kind === "refused" ? outcome : { kind: "done", value: undefined, text: outcome.text };
    },
    async setRun(runId, settings, by) {
      const outcome = await setRun(engine(), runId, settings, by);
      engine().wakeAlerts();
      return outcome;
    },
    runs: () => runViews(engine(), parts.engine().trackers),
    positions: (filter) => positionViews(engine(), filter ?? {}),
    externals: () => knownExternals(engine()),

    decideExternal: (action, symbol, stop, by) => decideExternal(engine(), action, symbol, stop, by),

    foreignOrders: () => foreignViews(engine()),
    decideForeign: (action, symbol, id, by) => decideForeign(engine(), action, symbol, id, by),
    closePositions: ({ part, ...which }, by) => closeByHand(engine(), which, part, by),
    moveStop: (which, to, by) => moveStopByHand(engine(), which, to, by),
    trades: (filter) => ledger.trades({ accountId: accountId(), ...filter }),
    previewOrder: (ticket) => previewOrder(engine(), ticket),
    placeOrder: (ticket, by) => placeOrder(engine(), ticket, by),
    tradeTotals: (filter) => ledger.tradeTotals({ accountId: accountId(), ...filter }),
    findPosition: (number) => ledger.positionByNumber(accountId(), number),
    tagsOf: (positionIds) => ledger.tagsOf(positionIds),
    tagCounts: () => ledger.tagCounts(accountId()),
    journal: (filter) => ledger.journal({ accountId: accountId(), ...filter }),
    journalCount: (filter) => ledger.journalCount({ accountId: accountId(), ...filter }),
    addNote: (about, text, where, by) => addNote(engine(), about, text, where, by),
    changeTags: (about, change, where, by) => changeTags(engine(), about, change, where, by),
    orders: (limit, offset = 0) => ledger.recentOrders({ accountId: accountId(), limit, offset }),
    orderCount: () => ledger.orderCount(accountId()),
    workingOrders: () => ledger.liveOrders(accountId()),
    approvals: () => ledger.openApprovals(accountId()),
    approve: (id, by) => approve(engine(), id, by),
    reject: (id, by) => reject(engine(), id, by),
    cancelOrders: (which) => cancelOrders(engine(), which),
    decisions: (filter) => ledger.decisions({ accountId: accountId(), ...filter }),
    decisionCount: (filter) => ledger.decisionCount({ accountId: accountId(), ...filter }),
    performanceBy: (period, by) => performanceBy(engine(), period, by),
    performance: (period) => performanceView(engine(), period),
    equityCurve: (period) => periodCurve(engine(), period),
    async report(span) {
      const found = span === "day" ? await currentSession(engine()) : await currentWeek(engine());
      return found === undefined ? undefined : reportView(engine(), found);
    },
    pastBars: (request) => pastBars(engine(), request),
    chart: (request) => chartView(engine(), request),
    risk: () => riskView(engine()),
    planLimits: (settings) => planLimits(engine(), settings),
    setLimits: (settings, mayRaise, by) => setLimits(engine(), settings, mayRaise, by),
    control: () => ledger.control(),
    halt: (reason, by) => halt(engine(), reason, by),
    resume: (by) => resume(engine(), by),
    kill: (drill, by) => (drill ? killDrill(engine()) : kill(engine(), by)),
    setMode: (mode, by) => parts.switchMode(mode, by),
    liveLocks: () => parts.liveLocks(),
    accounts: () => listAccounts(parts, parts.accounts, engine()),
    health: () => health(parts),
  };
}

/** Cancels entries that work. Protective stops are not orders to cancel by hand: closing the position removes them. */
async function cancelOrders(engine: RunningEngine["engine"], which: string): Promise<Outcome> {
  const live = (await engine.ledger.liveOrders(engine.accountId)).filter(isLive);
  const named =
    which === "all"
      ? live
      : live.filter((order) => order.clientOrderId === which || order.brokerOrderId === which);
  const entries = named.filter((order) => order.purpose === "entry");
  if (entries.length === 0) {
    if (named.length > 0)
      return refused(
        `${listed(named)}: stops and exits protect a position and are not cancelled by hand; /close ${named[0]?.symbol ?? ""} sells it`,
      );
    return refused(which === "all" ? "no working orders" : `no working order ${which}; /orders lists them`);
  }
  for (const order of entries)
    await engine.serial.run(order.symbol, () => requestCancel(engine, order, "exit"));
  return { kind: "done", value: undefined, text: `cancel asked for: ${listed(entries)}` };
}

function listed(orders: readonly Order[]): string {
  return orders
    .map((order) => `${order.side} ${order.quantity.toString()} ${order.symbol} (${order.clientOrderId})`)
    .join(", ");
}

async function health(parts: DeskParts): Promise<HealthView> {
  const { engine } = parts.engine();
  const { state } = engine;
  const databaseOk = await parts.ledger.ping().then(
    () => true,
    () => false,
  );
  const chats = parts.chats.map((chat) => ({ platform: chat.platform, state: chat.state() }));
  const pending = databaseOk ? await countPending(parts) : 0;
  return {
    // A standby is ready too: it answers and takes over.
    ready:
      databaseOk &&
      ((leads(engine) && state.reconciled) || standsBy(engine)) &&
      chats.every((chat) => chat.state === "connected"),
    version: parts.version,
    mode: engine.mode,
    broker: {
      name: engine.broker.name,
      stream: state.stream,
      accountNumber: state.account?.accountNumber ?? null,
    },
    database: { description: parts.ledger.description, ok: databaseOk },
    chats,
    leader: leads(engine),
    reconciled: state.reconciled,
    market:
      state.marketClock === null
        ? null
        : { isOpen: state.marketClock.isOpen, nowMs: state.marketClock.nowMs },
    tickFailure: state.tickFailure,
    lastTickMs: state.lastTickMs,
    tickDurationMs: state.tickDurationMs,
    pendingAlerts: pending,
    startedAtMs: parts.startedAtMs,
    ownStrategies: ownStrategies(),
  };
}

async function countPending(parts: DeskParts): Promise<number> {
  const counts = await Promise.all(parts.chats.map((chat) => parts.ledger.pendingCount(chat.platform)));
  return counts.reduce((sum, count) => sum + count, 0);
}
