import { isoTime } from "../core/iso-time.ts";
import { within } from "../core/within.ts";
import type { By, Kept, Unrecorded } from "../ports.ts";
import { accountNumberSetting } from "./account.ts";
import type { Engine } from "./context.ts";
import { closeInterrupted } from "./interrupted.ts";
import { latchKill } from "./latch.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** Who wants trading to stop waits so long for the database, then it is done without. */
const PATIENCE_MS = 2_000;
/** The setting that tells when an admin gave /resume last: the control row forgets it with the next halt. */
export const RESUMED_AT = "resumed_at";
/** Looked at in one go; more are found by the next look. */
const MOST_INTERRUPTED = 100;
/** Who halts on what a file may tell. */
const BY_FILE: By = { actor: "engine", name: "AlphaFlow", deliveryId: "" };

/** What `work` in the database comes to, if it does soon. */
export function inTime<T>(engine: Engine, work: () => Promise<T>): Promise<T> {
  return within(engine.clock, PATIENCE_MS, `no answer from the database in ${PATIENCE_MS} ms`, work);
}

export async function databaseAnswers(engine: Engine): Promise<boolean> {
  return inTime(engine, () => engine.ledger.ping()).then(
    () => true,
    () => false,
  );
}

/** Writes a halt; where there was one already, it stays, and its words are returned. */
export async function writeHalt(
  engine: Engine,
  { reason, by, atMs }: NonNullable<Engine["state"]["unrecordedHalt"]>,
): Promise<string | undefined> {
  const already = await engine.ledger.transaction(async (tx) => {
    const control = await tx.control();
    if (control.halted)
      return `halted already by ${control.by ?? "?"}${control.reason === null ? "" : `: ${control.reason}`}`;
    await tx.setControl({ ...control, halted: true, by: by.name, reason, since: atMs });
    await tx.insertAlert(
      plainAlert(`halt:${atMs}`, "halt", atMs, {
        title: "Halted",
        text: `No new entries: halted by ${by.name} (${reason}); exits and stops go on until an admin's /resume · ${modeLabel(control.mode)}`,
        tone: "warn",
      }),
    );
    return undefined;
  });
  engine.wakeAlerts();
  return already;
}

/** Whether an admin has given /resume since: what was ordered before that is over. */
export async function resumedSince({ ledger }: Engine, atMs: number): Promise<boolean> {
  const { killed, halted, since } = await ledger.control();
  if (!killed && !halted && since !== null && since > atMs) return true;
  return Number((await ledger.setting(RESUMED_AT)) ?? 0) > atMs;
}

/** Writes what was ordered while the database was away. False when there was nothing to write. */
export async function recordControl(engine: Engine): Promise<boolean> {
  const { unrecordedHalt: halt, direct } = engine.state;
  if (halt !== null) {
    await record(engine, { kind: "halt", ...halt });
    if (engine.state.unrecordedHalt === halt) engine.state.unrecordedHalt = null;
  }
  const by = direct?.unrecorded ?? null;
  if (direct !== null && by !== null) {
    await record(engine, { kind: "kill", by, atMs: direct.sinceMs });
    direct.unrecorded = null;
    engine.reconcileSoon();
  }
  if (halt === null && by === null) return false;
  await recordKept(engine);
  return true;
}

/** A /resume that is newer wins: an admin has the last word. Returns what came of it, for people. */
async function record(engine: Engine, given: Unrecorded): Promise<string> {
  const { kind, by, atMs } = given;
  const about = { by: by.name, given: isoTime(atMs) };
  if (await resumedSince(engine, atMs)) {
    const wins = `a newer /resume wins over the ${kind}`;
    engine.log.warn(about, wins);
    return wins;
  }
  const isNew =
    kind === "kill" ? await latchKill(engine, by, atMs) : (await writeHalt(engine, given)) === undefined;
  const recorded = `the ${kind} is recorded`;
  if (isNew) engine.log.warn(about, `${recorded} after all`);
  return recorded;
}

/**
 * Keeps on this machine what the database did not take, so that the end of the process does not lose it. Returns what a
 * person has to know of that: nothing where it worked. Never throws, and never takes long.
 */
export async function keepUnrecorded(engine: Engine, given: Unrecorded): Promise<readonly string[]> {
  const { clock, log, unrecorded, state } = engine;
  const accountNumber = state.account?.accountNumber ?? null;
  const slow = `no answer from the disk in ${PATIENCE_MS} ms`;
  try {
    await within(clock, PATIENCE_MS, slow, () => unrecorded.keep(given, accountNumber));
    return [];
  } catch (error) {
    log.error({ error, place: unrecorded.place }, `the ${given.kind} could not be kept on this machine`);
    const why = error instanceof Error ? error.message : String(error);
    return [
      `It could not be kept in ${unrecorded.place} (${why}): a restart before the database is back loses it.`,
    ];
  }
}

/** What was ordered to stop and may not have been, for whatever reason. Before the account is led: until then nothing can enter. */
export async function recordStops(engine: Engine): Promise<void> {
  await recordKept(engine);
  await recordInterrupted(engine);
}

/** A process may end between the answer to the chat and the record; that it was asked for is in the inbox. */
export async function recordInterrupted(engine: Engine): Promise<void> {
  for (const { stops, ...delivery } of await engine.ledger.interruptedStops(MOST_INTERRUPTED)) {
    const came = await record(engine, stops);
    await engine.ledger.transaction((tx) =>
      closeInterrupted(tx, delivery, {
        outcome: "done",
        detail: `interrupted, and taken up by the next process: ${came}`,
        atMs: engine.clock.nowMs(),
      }),
    );
  }
}

/** Records what processes before this one, or others on this machine, kept, and removes each once that is committed. */
async function recordKept(engine: Engine): Promise<void> {
  const { log, unrecorded } = engine;
  for (const kept of await unrecorded.kept()) {
    if (await isOfAnother(engine, kept)) continue;
    await record(engine, meant(engine, kept));
    await unrecorded.remove(kept).catch((error: unknown) => {
      log.warn(
        { error, file: kept.path },
        "what is recorded now could not be removed; a /resume ends it all the same",
      );
    });
  }
}

/** Two bots that were started in one directory, each with its own keys and database, share the files. */
async function isOfAnother(engine: Engine, { path, accountNumber }: Kept): Promise<boolean> {
  const own = await engine.ledger.setting(accountNumberSetting(engine));
  const another = accountNumber !== null && typeof own === "string" && own !== accountNumber;
  if (another) engine.log.debug({ file: path, accountNumber }, "left alone: it is for another account");
  return another;
}

/** What cannot be read may have been a kill. To sell everything on a guess would be as wrong as to go on: it halts. */
function meant({ log }: Engine, { path, content }: Kept): Unrecorded {
  if (content.kind !== "unreadable") return content;
  const reason = `${path} cannot be read (${content.why}): a /kill or /halt given while the database was away may be in it`;
  log.error({ file: path }, reason);
  return { kind: "halt", reason, by: BY_FILE, atMs: content.atMs };
}
