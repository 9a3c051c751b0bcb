import { valueAt } from "../../core/column.ts";
import type { Params } from "../../core/strategies/contract.ts";
import { statsOf } from "../stats.ts";
import type { Span, Study, StudyWindow, Trial, TrialFigures } from "./contract.ts";
import { ranked } from "./score.ts";
import { settingsOf, strategyOf } from "./settings.ts";
import { figuresOf, pnlsOf, simulate, type Outcome } from "./simulate.ts";
import type { StudyBars } from "./study-bars.ts";

/** A window, what its search chose, and how that did on the bars that followed. */
interface JudgedWindow {
  readonly window: StudyWindow;
  /** With its figures out of sample; null where no trial could be the best: nothing is traded then. */
  readonly chosen: Trial | null;
}

export interface WalkedForward {
  readonly windows: readonly JudgedWindow[];
  /** Of all windows one after the other, each beginning with the equity that the one before ended with. */
  readonly stitched: TrialFigures;
  /** What `stitched` are the figures of. */
  readonly account: Outcome;
  /** P&L of the trades out of sample, in order, USD. */
  readonly pnls: readonly number[];
  /** Annual return out of sample ÷ mean annual return that the chosen had in sample; null where those lost or are not defined. */
  readonly efficiency: number | null;
}

/** Judges what each window's search chose on the bars after it. */
export function walkForward(study: Study, bars: StudyBars, trials: readonly Trial[]): WalkedForward {
  let cash = study.rules.cash;
  const outcomes: Outcome[] = [];
  const windows = bars.windows.map((window, index): JudgedWindow => {
    const [best] = ranked(
      study,
      trials.filter((trial) => trial.window === index),
    );
    if (window.outOfSample === null) return { window, chosen: null };
    const outcome =
      best === undefined
        ? idle(bars, window.outOfSample, cash)
        : judge({ ...study, rules: { ...study.rules, cash } }, bars, window.outOfSample, best.params);
    cash = outcome.equity.at(-1) ?? cash;
    outcomes.push(outcome);
    return { window, chosen: best === undefined ? null : { ...best, outOfSample: figuresOf(outcome) } };
  });
  const account = stitch(study.rules.cash, outcomes);
  const stitched = figuresOf(account);
  return {
    windows,
    stitched,
    account,
    pnls: outcomes.flatMap(pnlsOf),
    efficiency: efficiencyOf(windows, stitched),
  };
}

function judge(study: Study, bars: StudyBars, span: Span, values: Params): Outcome {
  const strategy = strategyOf(study);
  const settings = settingsOf(study, strategy, values);
  if (settings.kind === "contradiction") throw new Error(`a trial that was done: ${settings.text}`);
  return simulate(strategy, settings, bars, { span, judged: true });
}

/** Cash that lies idle over a span. */
function idle({ time: all }: StudyBars, { fromMs, toMs }: Span, cash: number): Outcome {
  const time = all.filter((ms) => ms >= fromMs && ms <= toMs);
  return outcomeOf(cash, time, new Float64Array(time.length).fill(cash), []);
}

/** One account out of several that follow one another. Each decides on the bar before its span, which is the last of the span before. */
function stitch(cash: number, outcomes: readonly Outcome[]): Outcome {
  const time: number[] = [];
  const equity: number[] = [];
  for (const outcome of outcomes)
    for (const [index, ms] of outcome.time.entries()) {
      if (ms <= (time.at(-1) ?? Number.NEGATIVE_INFINITY)) continue;
      time.push(ms);
      equity.push(valueAt(outcome.equity, index));
    }
  return outcomeOf(
    cash,
    Float64Array.from(time),
    Float64Array.from(equity),
    outcomes.flatMap(({ traded }) => traded),
  );
}

function outcomeOf(
  cash: number,
  time: Float64Array,
  equity: Float64Array,
  traded: Outcome["traded"],
): Outcome {
  return { cash, time, equity, stats: statsOf(cash, time, equity, traded), traded };
}

function efficiencyOf(
  windows: readonly JudgedWindow[],
  { annualReturnPercent }: TrialFigures,
): number | null {
  const promised = windows.flatMap(({ chosen }) => chosen?.inSample?.annualReturnPercent ?? []);
  const mean = promised.reduce((sum, each) => sum + each, 0) / promised.length;
  return annualReturnPercent === null || !(mean > 0) ? null : annualReturnPercent / mean;
}
