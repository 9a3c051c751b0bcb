import { grouped, namedValues, percentText, plural, ratioText } from "../table-text.ts";
import type { StudyFigures } from "./report.ts";

/** Probability that is asked for before anything is called better than luck. */
const SURE = 0.95;
/** Part of the promised return that must be left out of sample. */
const HOLDS_UP = 0.5;
const DAYS_A_YEAR = 252;

/** What is to be thought of a study, in sentences that need no statistics to read. */
export function verdictOf(figures: StudyFigures): readonly string[] {
  const { trials, walk_forward: walked } = figures;
  const findings = walked === null ? searched(figures) : [...judged(walked), ...orders(figures)];
  return [
    trials.stopped
      ? `Stopped: ${grouped(trials.done + trials.failed, 0)} of ${grouped(trials.planned, 0)} trials were made, and only they are judged.`
      : "",
    trials.failed > 0
      ? `${grouped(trials.failed, 0)} ${plural(trials.failed, "trial")} failed; the first: ${trials.first_failure ?? ""}`
      : "",
    ...findings,
  ].filter((sentence) => sentence !== "");
}

function searched(figures: StudyFigures): readonly string[] {
  const [best] = figures.best;
  const { search, luck, benchmark } = figures;
  if (best?.in_sample === undefined || best.in_sample === null)
    return [
      `No trial has a ${search.objective} with at least ${search.min_trades} closed ${plural(search.min_trades, "trade")}: nothing to recommend.`,
    ];
  const held = benchmark.return_percent;
  const made = best.in_sample.return_percent;
  return [
    made > 0
      ? luckText(luck)
      : `Even the best of ${grouped(figures.trials.done, 0)} ${plural(figures.trials.done, "trial")} made no money on these bars (${percentText(made)}): nothing to recommend.`,
    held > made
      ? `Buy and hold made more on the same bars: ${percentText(held)} against ${percentText(made)}.`
      : "",
    ...orders(figures),
    "All of this is in sample: these are the bars that were searched. --walk-forward says what is left on bars that were not.",
  ];
}

function luckText(luck: StudyFigures["luck"]): string {
  if (luck === null) return "Too few days with a return to tell skill from luck.";
  const annual = (daily: number): string => (daily * Math.sqrt(DAYS_A_YEAR)).toFixed(2);
  const { trials, deflated_sharpe: deflated } = luck;
  const against = `a Sharpe ratio of ${annual(luck.daily_sharpe)} (daily × √252) where luck alone is expected to show ${annual(luck.expected_by_luck)} as the best of ${grouped(trials, 0)} ${plural(trials, "trial")}`;
  const chance = `deflated Sharpe ratio ${percentText(deflated * 100)}`;
  if (deflated < 0.5) return `This is what luck would give: ${against} (${chance}).`;
  return deflated < SURE
    ? `Not proven: ${against} (${chance}; ${SURE * 100}% is what is asked for).`
    : `Better than luck: ${against} (${chance}).`;
}

function judged(walked: NonNullable<StudyFigures["walk_forward"]>): readonly string[] {
  const { windows, stitched, efficiency, probabilistic_sharpe: probability } = walked;
  const idle = windows.filter(({ chosen }) => chosen === null).length;
  return [
    `On bars that no search had seen: ${percentText(stitched.annual_return_percent)} a year, Sharpe ${ratioText(stitched.sharpe)}, drawdown ${percentText(stitched.max_drawdown_percent)}, ${grouped(stitched.trades, 0)} ${plural(stitched.trades, "trade")}.`,
    efficiencyText(efficiency),
    probability === null
      ? "Too few days with a return to tell skill from luck."
      : `The true Sharpe ratio is above 0 with a probability of ${percentText(probability * 100)}${probability < SURE ? `: not proven, ${SURE * 100}% is what is asked for` : ""}.`,
    idle > 0
      ? `${idle} of ${windows.length} windows had no trial with enough trades and stayed in cash.`
      : "",
    changesText(windows),
  ];
}

function efficiencyText(efficiency: number | null): string {
  if (efficiency === null)
    return "What was chosen lost in sample already, or made no return: there is nothing to hold up.";
  const left = `of the annual return promised in sample ${percentText(efficiency * 100)} was left (efficiency ${ratioText(efficiency)})`;
  if (efficiency <= 0) return `Overfitted: ${left}.`;
  return efficiency < HOLDS_UP ? `Little held up: ${left}.` : `It held up: ${left}.`;
}

/** A choice that changes with every window was no choice. */
function changesText(windows: NonNullable<StudyFigures["walk_forward"]>["windows"]): string {
  const chosen = windows.flatMap((window) =>
    window.chosen === null ? [] : [namedValues(window.chosen.params)],
  );
  const different = new Set(chosen).size;
  return chosen.length > 2 && different === chosen.length
    ? `Every window chose other values: the search found no stable setting.`
    : "";
}

function orders({ monte_carlo: drawn }: StudyFigures): readonly string[] {
  if (drawn === null) return [];
  const { shuffled, resampled, trades } = drawn;
  return [
    `In other orders the same ${grouped(trades, 0)} trades fall by ${percentText(-shuffled.maxDrawdownPercent.p50)} on the median and by ${percentText(-shuffled.maxDrawdownPercent.p5)} or more in 5 of 100.`,
    `As many trades drawn anew end in a loss in ${percentText(resampled.lossProbability * 100)} of the runs; 90 of 100 end between ${grouped(resampled.finalEquity.p5, 0)} and ${grouped(resampled.finalEquity.p95, 0)}.`,
  ];
}
