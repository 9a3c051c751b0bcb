import type { Timeframe } from "../core/bar.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import { failureReason } from "../core/strategies/failure.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { Run } from "../ports.ts";
import type { Engine } from "./context.ts";
import type { Trackers } from "./trackers.ts";
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
      await tellStrategyFailure(engine, run, "there is no such strategy any more");
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
    plainAlert(`strategy:${run.id}:${reason.slice(0, KEY_REASON)}`, "connection", nowMs, {
      text: `Run ${run.id}: ${run.strategyId} failed${on}: ${reason}. Its bars are held; stops stay · ${modeLabel(engine.mode)}`,
      tone: "bad",
      footer: [`/strategy stop ${run.id} ends it; a file that was mended is read at the next start`],
    }),
  );
  if (!isNew) return;
  engine.log.error({ run: run.id, strategy: run.strategyId, symbol, reason }, "a strategy failed");
  engine.wakeAlerts();
}
