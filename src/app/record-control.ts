import { within } from "../core/within.ts";
import type { Engine } from "./context.ts";
import { latchKill } from "./latch.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** Who wants trading to stop waits so long for the database, then it is done without. */
const PATIENCE_MS = 2_000;

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
export async function resumedSince(engine: Engine, atMs: number): Promise<boolean> {
  const { killed, halted, since } = await engine.ledger.control();
  return !killed && !halted && since !== null && since > atMs;
}

/** Writes what was ordered while the database was away. False when there was nothing to write. */
export async function recordControl(engine: Engine): Promise<boolean> {
  const { unrecordedHalt: halt, direct } = engine.state;
  if (halt !== null) {
    if (!(await resumedSince(engine, halt.atMs))) await writeHalt(engine, halt);
    if (engine.state.unrecordedHalt === halt) engine.state.unrecordedHalt = null;
  }
  const given = direct?.unrecorded ?? null;
  if (direct !== null && given !== null) {
    const over = await resumedSince(engine, direct.sinceMs);
    if (!over) await latchKill(engine, given, direct.sinceMs);
    direct.unrecorded = null;
    engine.log.warn(
      { by: given.name },
      over
        ? "the kill that was given without the database was released elsewhere meanwhile"
        : "the kill that was given without the database is recorded",
    );
    engine.reconcileSoon();
  }
  return halt !== null || given !== null;
}
