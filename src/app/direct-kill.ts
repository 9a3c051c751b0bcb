import { directOrderId, parseOrderId } from "../core/client-order-id.ts";
import type { BrokerOrder, ClientOrderId } from "../core/order.ts";
import type { BrokerPosition, By } from "../ports.ts";
import { closableQuantity } from "./close-external.ts";
import type { Engine } from "./context.ts";
import { mayCancel, seen, type KillReport } from "./kill.ts";
import { marketHours } from "./market-hours.ts";
import { databaseAnswers, recordControl } from "./record-control.ts";

/** A kill that is carried out at the broker alone, because the database does not answer. */
export interface DirectKill {
  readonly sinceMs: number;
  /** Whose latch is still to be written; null once it is. */
  unrecorded: By | null;
  /** Reconciliation reads what was done: nothing is sent meanwhile. */
  settling: boolean;
  /** The newest sale of each symbol. */
  readonly sales: Map<string, Sale>;
  /** What was held at the last look: nothing is sold on one reading alone. */
  held: ReadonlyMap<string, string>;
  /** Since when nothing is there any more, performance clock. */
  emptySince: number | null;
  round: Promise<KillReport> | null;
  /** The loop's next round, performance clock. */
  dueAt: number;
}

interface Sale {
  readonly id: ClientOrderId;
  readonly attempt: number;
  /** `doubt`: sent, and not seen at the broker. */
  state: "doubt" | "working" | "over";
  /** Performance clock: the last time that it was sent. */
  readonly sentAt: number;
  /** Performance clock: no further attempt before. */
  readonly retryAt: number;
}

const POST_DEADLINE_MS = 5_000;
/** A sale that no query finds for this long was never accepted. */
const UNSEEN_AFTER_MS = 60_000;
const POSTING_LOOK_MS = 20;
/** A refused sale is tried again after a second, then ever more rarely. */
const RETRY_FIRST_MS = 1_000;
const RETRY_LAST_MS = 30_000;
/** Three requests a round: the loop must not use up the request limit, least of all in an account that is empty. */
const PAUSE_MS = 2_000;
const QUIET_MS = 15_000;
/** Longer than an order in doubt can still come to be. What is there later was bought after the kill, perhaps after a /resume elsewhere. */
const OVER_AFTER_EMPTY_MS = 90_000;
/** How soon what the database has not taken yet is written, and a kill goes on without it. */
const CONTROL_EVERY_MS = 1_000;

/** From now on this process sends nothing but the sales of the kill. `unrecorded`: whose latch could not be written. */
export function beginDirectKill(engine: Engine, sinceMs: number, unrecorded: By | null): DirectKill {
  engine.state.direct ??= {
    sinceMs,
    unrecorded: null,
    settling: false,
    sales: new Map(),
    held: new Map(),
    emptySince: null,
    round: null,
    dueAt: 0,
  };
  engine.state.direct.unrecorded ??= unrecorded;
  engine.log.error({}, "the database does not answer: the kill goes on at the broker alone");
  return engine.state.direct;
}

/** One look and one step; those who ask at once share it. */
export function directRound(engine: Engine, direct: DirectKill): Promise<KillReport> {
  direct.round ??= closeAll(engine, direct).finally(() => {
    direct.round = null;
  });
  return direct.round;
}

/** Two loops, because what waits for the database must not keep the kill waiting. */
export function loopControl(
  engine: Engine,
  loop: (name: string, everyMs: number, work: () => Promise<boolean>) => void,
): void {
  loop("kill without the database", CONTROL_EVERY_MS, () => goOnDirectly(engine));
  loop("control", CONTROL_EVERY_MS, () => recordControl(engine));
}

/** The rounds after those that the person waited for; also begins them where a latched kill loses the database. */
async function goOnDirectly(engine: Engine): Promise<boolean> {
  const { state } = engine;
  if (state.direct === null) {
    // An instance that never led, or another one that leads, has the database to ask.
    if (!state.killUnfinished || state.lease === null || (await databaseAnswers(engine))) return false;
    beginDirectKill(engine, engine.clock.nowMs(), null);
  }
  const { direct } = state;
  if (direct === null || performance.now() < direct.dueAt) return false;
  if (direct.unrecorded === null && state.standbySinceMs !== null) {
    // Latched, and another instance leads: that one goes on with it.
    state.direct = null;
    return false;
  }
  const { emptySince } = direct;
  if (emptySince !== null && performance.now() - emptySince > OVER_AFTER_EMPTY_MS) return false;
  direct.dueAt = performance.now() + PAUSE_MS;
  const { openOrders, open } = await directRound(engine, direct);
  const empty = openOrders === 0 && open.length === 0;
  direct.emptySince = empty ? (emptySince ?? performance.now()) : null;
  if (empty) direct.dueAt = performance.now() + QUIET_MS;
  return true;
}

/**
 * Reconciles. The sales of a kill without the database are adopted thereby, so it ends here, once its latch is written:
 * from then on rows tell what is sold.
 */
export async function settleDirect(engine: Engine, reconcile: () => Promise<void>): Promise<void> {
  const { direct } = engine.state;
  if (direct === null) return reconcile();
  await recordControl(engine);
  direct.settling = true;
  try {
    // The round under way may still send; one that begins now only looks.
    await Promise.allSettled([direct.round]);
    await reconcile();
    const doubted = [...direct.sales.values()].some((sale) => sale.state === "doubt");
    if (doubted) engine.reconcileSoon();
    else engine.state.direct = null;
  } finally {
    direct.settling = false;
  }
}

/**
 * No row can come before these POSTs. What a row is for is had otherwise: an id that a repeat makes again, so that the
 * broker refuses it; no second attempt before the first is seen to be over; and reconciliation that adopts by the id.
 */
async function closeAll(engine: Engine, direct: DirectKill): Promise<KillReport> {
  const { broker } = engine;
  const onlyLooks = direct.settling || !(await isMeant(engine));
  // What is being sent just now may fill: read before that, its shares would be sold twice.
  while (engine.state.posting > 0) await engine.clock.sleep(POSTING_LOOK_MS);
  const hours = await marketHours(engine);
  await eachOne(
    engine,
    [...direct.sales.values()].map((sale) => follow(engine, sale)),
  );
  const open = await broker.openOrders("exit");
  const held = (await broker.positions("exit")).filter((each) => !each.quantity.isZero());
  const waiting = new Set(open.map((report) => report.symbol));
  const before = direct.held;
  direct.held = new Map(held.map(({ symbol, quantity }) => [symbol, quantity.toString()]));
  const works = onlyLooks
    ? []
    : [
        ...open
          .filter((report) => mayCancel(report, hours.open) && !isSale(report))
          .map((report) => broker.cancel(report.brokerOrderId, "exit")),
        ...held
          .filter(({ symbol, quantity }) => before.get(symbol) === quantity.toString())
          .filter((each) => (hours.open || each.kind === "crypto") && !waiting.has(each.symbol))
          .map((each) => sell(engine, direct, each)),
      ];
  await eachOne(engine, works);
  const unseen = [...direct.sales.values()].filter((sale) => sale.state === "doubt");
  return seen(engine, open.length + unseen.length, held);
}

/** One symbol that cannot be freed, or a sale that cannot be read, must not keep the others from being closed. */
async function eachOne(engine: Engine, steps: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(steps))
    if (result.status === "rejected")
      engine.log.error(
        { error: result.reason as unknown },
        "a step of the kill failed; the next round repeats it",
      );
}

/** An instance that has not led has not compared its keys with the account: where a number is required, it is asked for. */
async function isMeant({ broker, state, requiredAccount }: Engine): Promise<boolean> {
  if (state.accountChecked || requiredAccount === undefined) return true;
  return (await broker.account()).accountNumber === requiredAccount;
}

/** An exit at market is on its way to do just what is wanted. */
function isSale({ clientOrderId, type }: BrokerOrder): boolean {
  return parseOrderId(clientOrderId)?.purpose === "exit" && type === "market";
}

async function follow(engine: Engine, sale: Sale): Promise<void> {
  if (sale.state === "over") return;
  const report = await engine.broker.orderByClientId(sale.id, "exit");
  if (report === undefined) {
    if (performance.now() - sale.sentAt > UNSEEN_AFTER_MS) sale.state = "over";
  } else
    sale.state = report.status === "working" || report.status === "partially_filled" ? "working" : "over";
}

/** Sells, or buys back, all that is held in a symbol. One in doubt goes again under its id, which the broker takes once. */
async function sell(engine: Engine, direct: DirectKill, held: BrokerPosition): Promise<void> {
  const { symbol, kind, quantity } = held;
  const before = direct.sales.get(symbol);
  if (before?.state === "working") return;
  if (before?.state === "over" && performance.now() < before.retryAt) return;
  const attempt = before === undefined ? 1 : before.attempt + (before.state === "over" ? 1 : 0);
  const pauseMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** (attempt - 1));
  const sale: Sale = {
    id: directOrderId(direct.sinceMs, symbol, attempt),
    attempt,
    state: "doubt",
    sentAt: performance.now(),
    retryAt: performance.now() + pauseMs,
  };
  direct.sales.set(symbol, sale);
  const placement = await engine.broker.place(
    {
      clientOrderId: sale.id,
      symbol,
      side: quantity.isNegative() ? "buy" : "sell",
      type: "market",
      quantity: closableQuantity(held),
      limitPrice: null,
      stopPrice: null,
      timeInForce: kind === "crypto" ? "gtc" : "day",
      extendedHours: false,
    },
    "exit",
    POST_DEADLINE_MS,
  );
  if (placement.kind === "rejected") {
    sale.state = "over";
    engine.log.error(
      { symbol, reason: placement.reason },
      "a sale of the kill was refused; it is tried again",
    );
  }
}
