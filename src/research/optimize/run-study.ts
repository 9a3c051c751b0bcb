import { setImmediate } from "node:timers/promises";
import type { SymbolBars } from "../portfolio.ts";
import type { PlannedTrial, Study, Trial } from "./contract.ts";
import { evaluateTrials } from "./evaluate.ts";
import { openPool, type TrialPool } from "./pool.ts";
import { ranked } from "./score.ts";
import { nextTrials } from "./search.ts";
import { studyBars, type StudyBars } from "./study-bars.ts";

/** How far a study is. */
export interface StudyProgress {
  readonly done: number;
  readonly total: number;
  /** The best trial so far; undefined while none has a score. */
  readonly best: Trial | undefined;
}

export interface StudyRun {
  /** By number. */
  readonly trials: readonly Trial[];
  /** As in `SearchStep`. */
  readonly skipped: number;
  readonly total: number;
  /** It was cancelled before its end. */
  readonly stopped: boolean;
}

export interface RunOptions {
  /** Threads beside this one; 1 evaluates in this thread. */
  readonly threads: number;
  readonly onProgress?: (progress: StudyProgress) => void;
  /** Aborted: no more trials are begun; the study ends with what is done. */
  readonly signal?: AbortSignal;
}

/** Bars × trials below which threads cost more than they save. */
const SMALL = 20_000_000;
/** Bars × trials between two looks at the clock in this thread. */
const BREATH = 2_000_000;

/** Runs a study to its end on one machine. The result is the same for any number of threads. */
export async function runStudy(
  study: Study,
  symbols: readonly SymbolBars[],
  options: RunOptions,
): Promise<StudyRun> {
  const bars = studyBars(study, symbols);
  const windows = bars.windows.length;
  const first = nextTrials(study, windows, []);
  const pool = poolFor(study, bars, first.total, options.threads);
  const trials: Trial[] = [];
  let step = first;
  let best: Trial | undefined;
  const keep = (finished: readonly Trial[]): void => {
    trials.push(...finished);
    [best] = ranked(study, best === undefined ? finished : [...finished, best]);
    options.onProgress?.({ done: trials.length, total: step.total, best });
  };
  try {
    for (; step.trials.length > 0; step = nextTrials(study, windows, trials)) {
      await pool.run(step.trials, keep, options.signal);
      if (options.signal?.aborted === true) break;
    }
  } finally {
    await pool.close();
  }
  // A search that found no more ends before what it planned.
  if (step.total < first.total) options.onProgress?.({ done: trials.length, total: step.total, best });
  return {
    trials: trials.toSorted((one, two) => one.number - two.number),
    skipped: first.skipped,
    total: step.total,
    stopped: options.signal?.aborted === true,
  };
}

function poolFor(study: Study, bars: StudyBars, trials: number, threads: number): TrialPool {
  const small = bars.time.length * trials < SMALL;
  return small || threads < 2 ? thisThread(study, bars) : openPool({ study, symbols: bars.symbols }, threads);
}

/** Evaluates in this thread, a little at a time, so that others get a word in. */
function thisThread(study: Study, bars: StudyBars): TrialPool {
  const size = Math.max(1, Math.floor(BREATH / bars.time.length));
  return {
    async run(trials, onTrials, signal) {
      for (let from = 0; from < trials.length; from += size) {
        if (signal?.aborted === true) return;
        const chunk: readonly PlannedTrial[] = trials.slice(from, from + size);
        onTrials(evaluateTrials(study, bars, chunk));
        await setImmediate();
      }
    },
    close: async () => undefined,
  };
}
