import { isoTime } from "../../core/iso-time.ts";
import { valueAt } from "../../core/column.ts";
import { thinCurve } from "../../core/equity-curve.ts";
import { benchmarkFigures, ruleFigures, statFigures } from "../report.ts";
import type { Span, Study, Trial, TrialFigures } from "./contract.ts";
import { deflateSharpe, probabilisticSharpe } from "./deflated-sharpe.ts";
import { equityReturns, monteCarlo } from "./monte-carlo.ts";
import type { StudyRun } from "./run-study.ts";
import { ranked, scoreOf } from "./score.ts";
import { settingsOf, strategyOf } from "./settings.ts";
import { pnlsOf, simulate, type Outcome } from "./simulate.ts";
import type { StudyBars } from "./study-bars.ts";
import { verdictOf } from "./verdict.ts";
import { walkForward } from "./walk-forward.ts";

/** Of a plain study; the others are in its trials. */
const BEST_SHOWN = 10;
/** A picture of 1,200 px shows little more, and the report is a row. */
const CURVE_POINTS = 300;

/** The object of `alphaflow optimize --json`: plain JSON, times in ISO-8601, money as numbers. */
export type StudyReport = ReturnType<typeof reportStudy>;

/** What a study found, and what is to be thought of it. Pure: the same study, bars and trials give the same report. */
export function reportStudy(study: Study, bars: StudyBars, run: StudyRun) {
  const figures = figuresOfStudy(study, bars, run);
  return { ...figures, verdict: verdictOf(figures) };
}

/** All of a report but the words. */
export type StudyFigures = ReturnType<typeof figuresOfStudy>;

function figuresOfStudy(study: Study, bars: StudyBars, run: StudyRun) {
  const { rules, objective } = study;
  const failed = run.trials.filter(({ state }) => state === "failed");
  const { time } = bars;
  const judged = study.walkForward === null ? null : walkForward(study, bars, run.trials);
  const best = judged === null ? ranked(study, run.trials) : [];
  const account = judged?.account ?? accountOf(study, bars, best[0]);
  const pnls = judged?.pnls ?? (account === undefined ? [] : pnlsOf(account));
  return {
    strategy: study.strategyId,
    params: study.params,
    rules: ruleFigures({ ...rules, ...rules.exits }, rules.gates),
    bars: {
      symbols: bars.symbols.map(({ symbol }) => symbol),
      count: time.length,
      ...spanRow({ fromMs: valueAt(time, 0), toMs: valueAt(time, time.length - 1) }),
    },
    search: {
      kind: study.search,
      space: study.space,
      objective,
      min_trades: study.minTrades,
      seed: study.seed,
    },
    trials: {
      planned: run.total,
      done: run.trials.length - failed.length,
      failed: failed.length,
      first_failure: failed[0]?.text ?? null,
      /** Combinations that contradict themselves. */
      skipped: run.skipped,
      stopped: run.stopped,
    },
    /** Best first, in sample; empty with walk-forward, where each window has its own. */
    best: best.slice(0, BEST_SHOWN).map((trial) => trialRow(study, trial)),
    luck: luckOf(run.trials, best[0]),
    walk_forward:
      judged === null
        ? null
        : {
            windows: judged.windows.map(({ window: { inSample, outOfSample }, chosen }) => ({
              in_sample: spanRow(inSample),
              out_of_sample: outOfSample === null ? null : spanRow(outOfSample),
              /** Null where no trial could be the best. */
              chosen: chosen === null ? null : trialRow(study, chosen),
            })),
            /** All windows out of sample one after the other. */
            stitched: statFigures(judged.stitched),
            efficiency: judged.efficiency,
            /** Probability that the true Sharpe ratio out of sample is above 0. */
            probabilistic_sharpe: probabilisticSharpe(shapeOfFigures(judged.stitched), 0),
          },
    monte_carlo: monteCarlo(equityReturns(pnls, rules.cash), rules.cash, study.seed),
    /** Of all windows out of sample, without walk-forward of the best trial in sample; about 300 points, empty without a best. */
    equity_curve: account === undefined ? [] : curveRows(account),
    benchmark: benchmarkFigures(bars.symbols, time, rules.cash),
  };
}

function spanRow({ fromMs, toMs }: Span) {
  return { from: isoTime(fromMs), to: isoTime(toMs) };
}

function trialRow(study: Study, trial: Trial) {
  const { number, params, inSample, outOfSample } = trial;
  return {
    number,
    params,
    score: scoreOf(study, inSample),
    in_sample: inSample === null ? null : statFigures(inSample),
    out_of_sample: outOfSample === null ? null : statFigures(outOfSample),
  };
}

function luckOf(trials: readonly Trial[], best: Trial | undefined) {
  if (best === undefined || best.inSample === null) return null;
  const ratios = trials.flatMap(({ inSample }) => inSample?.dailySharpe ?? []);
  const found = deflateSharpe(shapeOfFigures(best.inSample), ratios);
  return found === null
    ? null
    : {
        trials: found.trials,
        daily_sharpe: found.sharpe,
        expected_by_luck: found.expectedByLuck,
        probabilistic_sharpe: found.probabilistic,
        deflated_sharpe: found.deflated,
      };
}

function shapeOfFigures({ days, dailySharpe, skewness, kurtosis }: TrialFigures) {
  return { count: days, sharpe: dailySharpe, skewness, kurtosis };
}

/** What became of the account of the best trial; undefined without one. */
function accountOf(study: Study, bars: StudyBars, best: Trial | undefined): Outcome | undefined {
  const span = bars.windows[0]?.inSample;
  if (best === undefined || span === undefined) return undefined;
  const strategy = strategyOf(study);
  const settings = settingsOf(study, strategy, best.params);
  if (settings.kind === "contradiction") return undefined;
  return simulate(strategy, settings, bars, { span, judged: false });
}

function curveRows(account: Outcome) {
  const { time, equity } = thinCurve(account, CURVE_POINTS);
  return time.map((ms, index) => ({ time: isoTime(ms), equity: toCent(equity[index] ?? 0) }));
}

function toCent(usd: number): number {
  return Number(usd.toFixed(2));
}
