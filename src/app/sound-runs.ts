import type { Timeframe } from "../core/bar.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import { failureReason } from "../core/strategies/failure.ts";
import { isoTime } from "../core/iso-time.ts";
import { ownStrategies, strategyById, strategyName } from "../core/strategies/index.ts";
import type { Run } from "../ports.ts";
import type { Engine } from "./context.ts";
import type { Failure, Trackers } from "./trackers.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** Keys of alerts are indexed; a longer reason is told by its beginning. */
const KEY_REASON = 200;

/** A run whose strategy can decide. */
export interface SoundRun {
  readonly run: Run;
  readonly strategy: Strategy;
  /** From when on bars are needed, by timeframe, epoch ms. */
  readonly needs: ReadonlyMap<Timeframe, number>;
}

/** The runs whose strategy is there and works with their parameters; of the others the desk is told, and their stops are watched as ever. */
export async function soundRuns(
  engine: Engine,
  trackers: Trackers,
  runs: readonly Run[],
  nowMs: number,
): Promise<readonly SoundRun[]> {
  const sound: SoundRun[] = [];
  for (const run of runs) {
    const strategy = strategyById(run.strategyId);
    if (strategy === undefined) {
      await tellStrategyFailure(engine, run, goneReason());
      continue;
    }
    try {
      sound.push({ run, strategy, needs: trackers.needs(run, strategy, nowMs) });
    } catch (error) {
      await tellStrategyFailure(engine, run, failureReason(error));
    }
  }
  return sound;
}

/** A file that is left out may be what is missed. */
function goneReason(): string {
  const files = ownStrategies().leftOut.map(
    ({ file, reason }) => `; strategies/${file} is left out: ${reason}`,
  );
  return `there is no such strategy any more${files.join("")}`;
}

/**
 * Pauses a run whose strategy failed on a bar: it may have lost count of what it saw, so what it says next is not to be bought on
 * until somebody resumes the run. Exits and stops go on. Returns the run as it stands now.
 */
export async function pauseFailed(engine: Engine, trackers: Trackers, run: Run): Promise<Run> {
  let standing = run;
  for (const symbol of run.symbols) {
    const failure = trackers.failure(run, symbol);
    if (failure === undefined) continue;
    if (standing.status === "running") standing = await pause(engine, standing, symbol, failure);
    else await tellStrategyFailure(engine, run, failure.reason, symbol);
    trackers.failureTold(run, symbol);
  }
  return standing;
}

async function pause(engine: Engine, run: Run, symbol: string, failure: Failure): Promise<Run> {
  const nowMs = engine.clock.nowMs();
  const key = causeKey(run, failure.reason);
  const text = `Run ${run.id} paused: ${strategyName(run.strategyId)} failed on ${symbol}: ${failure.reason} (bar of ${isoTime(failure.barTime)}). No new entries; exits and stops go on · ${modeLabel(engine.mode)}`;
  const footer = [
    `/strategy resume ${run.id} lets it enter again, /strategy stop ${run.id} ends it; a file that was mended is read at the next start`,
  ];
  await engine.ledger.transaction(async (tx) => {
    // Its settings may have been changed since the tick began.
    const row = await tx.run(run.id);
    if (row?.status !== "running") return;
    await tx.updateRun({ ...row, status: "paused" });
    const alert = plainAlert(key, "connection", nowMs, { text, tone: "bad", footer });
    // Each pause is told; what fails on the same cause while it lasts is not.
    if (!(await tx.insertAlert(alert))) await tx.insertAlert({ ...alert, key: `${key}:${nowMs}` });
  });
  engine.log.error(
    { run: run.id, strategy: run.strategyId, symbol, reason: failure.reason },
    "a strategy failed: paused",
  );
  engine.wakeAlerts();
  return { ...run, status: "paused" };
}

/** Once for each run and cause, also after a restart. */
export async function tellStrategyFailure(
  engine: Engine,
  run: Run,
  reason: string,
  symbol?: string,
): Promise<void> {
  const nowMs = engine.clock.nowMs();
  const on = symbol === undefined ? "" : ` on ${symbol}`;
  const isNew = await engine.ledger.insertAlert(
    plainAlert(causeKey(run, reason), "connection", nowMs, {
      text: `Run ${run.id}: ${strategyName(run.strategyId)} failed${on}: ${reason}. Its bars are held; stops stay · ${modeLabel(engine.mode)}`,
      tone: "bad",
      footer: [`/strategy stop ${run.id} ends it; a file that was mended is read at the next start`],
    }),
  );
  if (!isNew) return;
  engine.log.error({ run: run.id, strategy: run.strategyId, symbol, reason }, "a strategy failed");
  engine.wakeAlerts();
}

function causeKey({ id }: Run, reason: string): string {
  return `strategy:${id}:${reason.slice(0, KEY_REASON)}`;
}
