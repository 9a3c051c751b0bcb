import { counted } from "../core/figures.ts";
import type { By, Control, Outcome } from "../ports.ts";
import { leads, mayTrade, type Engine } from "./context.ts";
import { beginDirectKill, directRound } from "./direct-kill.ts";
import { killRound, type KillReport } from "./kill.ts";
import { latchKill } from "./latch.ts";
import { databaseAnswers, inTime, keepUnrecorded, RESUMED_AT, writeHalt } from "./record-control.ts";
import { refused } from "./runs.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** A kill is repeated this often and reported on after this long at most; it goes on in the background. */
const KILL_ROUND_MS = 1_000;
const KILL_REPORT_MS = 20_000;
/** A round that takes longer may be waiting for the database. */
const KILL_PATIENCE_MS = 2_000;

/**
 * No new entries from now on; exits and stops go on. Idempotent. It holds in this process before it is written, and without
 * the database, over restarts on this machine, until it can be written.
 */
export async function halt(engine: Engine, reason: string, by: By): Promise<Outcome> {
  const { state } = engine;
  const wanted = { reason, by, atMs: engine.clock.nowMs() };
  state.unrecordedHalt ??= wanted;
  try {
    const already = await inTime(engine, () => writeHalt(engine, wanted));
    if (state.unrecordedHalt === wanted) state.unrecordedHalt = null;
    const text = already ?? "no new entries; exits and stops go on. An admin's /resume allows entries again";
    return { kind: "done", value: undefined, text };
  } catch (error) {
    engine.log.error({ error }, "a halt could not be written; it holds and is written later");
    const text = [
      "no new entries from now on, but the database does not answer: the halt is recorded as soon as the database is back, before anything may enter.",
      ...(await keepUnrecorded(engine, { kind: "halt", ...wanted })),
      "Until then no exit is sent either; stops that rest at the broker stay there. An admin's /resume allows entries again, once it is recorded",
    ].join(" ");
    return { kind: "done", value: undefined, text };
  }
}

/** Lifts a halt or a kill. Runs that a kill stopped stay stopped: they are started anew. */
export async function resume(engine: Engine, by: By): Promise<Outcome> {
  const { state } = engine;
  if (!(await databaseAnswers(engine)))
    return refused("the database does not answer: nothing is resumed before it is back");
  if (state.unrecordedHalt !== null || state.direct !== null)
    return refused(
      "what was stopped while the database was away is only being recorded now: give /resume again in a moment",
    );
  const nowMs = engine.clock.nowMs();
  const outcome = await engine.ledger.transaction(async (tx): Promise<Outcome> => {
    const control = await tx.control();
    if (!control.halted && !control.killed) return refused("nothing to resume: entries are allowed");
    const free: Control = {
      mode: control.mode,
      halted: false,
      killed: false,
      by: null,
      reason: null,
      // When trading was last allowed again: what went wrong before does not halt it once more.
      since: nowMs,
    };
    await tx.setControl(free);
    await tx.setSetting(RESUMED_AT, nowMs);
    const what = control.killed
      ? "the kill switch is released; runs stay stopped until they are started"
      : "entries are allowed again";
    await tx.insertAlert(
      plainAlert(`resume:${nowMs}`, "halt", nowMs, {
        title: "Resumed",
        text: `Resumed by ${by.name}: ${what} · ${modeLabel(control.mode)}`,
        tone: "good",
      }),
    );
    return { kind: "done", value: undefined, text: what };
  });
  if (outcome.kind === "done") state.killUnfinished = false;
  engine.wakeAlerts();
  return outcome;
}

/**
 * Latch first, then round after round until the broker reports zero; what is still open after a while is said and goes on
 * being closed. Without the database at the broker alone: a person's safety does not wait for a record.
 */
export async function kill(engine: Engine, by: By): Promise<Outcome> {
  const atMs = engine.clock.nowMs();
  const { latched, warning } = await latch(engine, by, atMs);
  const mode = await inTime(engine, () => engine.ledger.control()).then(
    (control) => control.mode,
    () => engine.mode,
  );
  // What this engine would read is not the account that is meant.
  if (mode !== engine.mode && !leads(engine))
    return {
      kind: "done",
      value: undefined,
      text: [
        latched,
        ...(await warning),
        `This instance stands by without access to the ${modeLabel(mode)} account: the instance that leads it cancels and closes there until the broker reports zero; where none does, close at the broker. An admin's /resume releases the latch.`,
      ].join(" "),
    };
  const deadline = performance.now() + KILL_REPORT_MS;
  let first: KillReport | null = null;
  let report: KillReport | null = null;
  let trouble = "";
  while (performance.now() < deadline) {
    try {
      report = await nextRound(engine, atMs);
      first ??= report;
      trouble = "";
      if (report.openOrders === 0 && report.open.length === 0) break;
    } catch (error) {
      trouble = error instanceof Error ? error.message : String(error);
      engine.log.error({ error }, "a round of the kill failed; the next one follows");
    }
    await engine.clock.sleep(KILL_ROUND_MS);
  }
  const text = [
    latched,
    report === null || trouble !== ""
      ? `The broker could not be read (${trouble}): the kill goes on until it reports zero.`
      : killText(engine, report, first?.open.join(", ") ?? ""),
    ...withoutDatabase(engine, await warning),
    "An admin's /resume releases the latch.",
  ].join(" ");
  return { kind: "done", value: undefined, text };
}

/** What is to be said of a latch, and what of one that a restart would lose: that comes later, and nothing waits for it. */
interface Latch {
  readonly latched: string;
  readonly warning: Promise<readonly string[]>;
}

/** Sets the latch, on this machine alone where the database does not take it in time. */
async function latch(engine: Engine, by: By, atMs: number): Promise<Latch> {
  try {
    const isNew = await inTime(engine, () => latchKill(engine, by, atMs));
    const latched = isNew ? "Killed: all runs stopped." : "Was killed already; checked again.";
    return { latched, warning: Promise.resolve([]) };
  } catch (error) {
    engine.log.error({ error }, "a kill could not be latched in the database; it is latched in this process");
    beginDirectKill(engine, atMs, by);
    return {
      latched: "Killed: nothing is sent any more but what closes positions.",
      warning: keepUnrecorded(engine, { kind: "kill", by, atMs }),
    };
  }
}

/** A round that waits for the database ends as soon as that is known to be away, and what it would have done is done directly. */
async function nextRound(engine: Engine, atMs: number): Promise<KillReport> {
  const { state } = engine;
  if (state.direct !== null) return directRound(engine, state.direct);
  const round = killRound(engine);
  const ended = round.then(
    () => true,
    () => true,
  );
  for (;;) {
    const over = await Promise.race([ended, engine.clock.sleep(KILL_PATIENCE_MS).then(() => false)]);
    if (!over && (await databaseAnswers(engine))) continue;
    try {
      if (over) return await round;
    } catch (error) {
      if (await databaseAnswers(engine)) throw error;
    }
    return directRound(engine, beginDirectKill(engine, atMs, null));
  }
}

function withoutDatabase({ state }: Engine, warning: readonly string[]): readonly string[] {
  if (state.direct === null) return [];
  if (state.direct.unrecorded === null)
    return [
      "The database did not answer: this was done at the broker directly, and the fills are being recorded.",
    ];
  return [
    "The database does not answer: this was done at the broker directly. The latch, the end of the runs and the fills are recorded as soon as it is back, before anything may enter.",
    ...warning,
  ];
}

function killText(engine: Engine, report: KillReport, closed: string): string {
  if (report.openOrders === 0 && report.open.length === 0)
    return `The broker reports 0 orders and 0 positions${closed === "" ? "" : ` (closed: ${closed})`}.`;
  return `Still at the broker: ${counted(report.openOrders, "order")}, positions ${report.open.join(", ") || "none"}: ${whyStill(engine)}.`;
}

function whyStill(engine: Engine): string {
  if (engine.state.marketClock?.isOpen === false) return "the market is closed; shares are sold at the open";
  if (mayTrade(engine) || engine.state.direct !== null) return "the kill goes on until it is zero";
  return leads(engine)
    ? "nothing is sent before the account has been read and is the one that the positions belong to (see the log); if it stays so, close them at the broker"
    : "the instance that trades this account closes them";
}

/** What a kill would do now, done to nothing. */
export async function killDrill(engine: Engine): Promise<Outcome> {
  const runs = await engine.ledger.runs({ status: ["running", "paused"] });
  const orders = await engine.broker.openOrders("reconcile");
  const positions = await engine.broker.positions("reconcile");
  const list = positions.map((each) => `${each.symbol} ${each.quantity.toString()}`).join(", ");
  return {
    kind: "done",
    value: undefined,
    text: `Drill, nothing was done. /kill would stop ${counted(runs.length, "run")}, cancel ${counted(orders.length, "order")} and close ${counted(positions.length, "position")}${list === "" ? "" : `: ${list}`}.`,
  };
}
