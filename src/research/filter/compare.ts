import { valueAt } from "../../core/column.ts";
import type { FilterComparison, TradeScores } from "../../core/filter/scores.ts";
import { outcomeFigures } from "../../core/performance.ts";
import { seeded } from "../optimize/seeded.ts";
import { backtestPortfolio, type PortfolioInput, type PortfolioResult } from "../portfolio.ts";

/** Trades of one stretch of time hang together: they are drawn together. */
const STRETCHES = 20;
const ROUNDS = 2_000;
const SEED = 20_180_203;

/** What a model told of a BUY that it had not been trained on; undefined where it could not be asked. */
export type ToldOf = (symbol: string, bar: number) => number | undefined;

/** Models that had not seen the entries they are asked about. */
const OUT_OF_FOLD = { label: "out of fold", trainedOn: null };

/** All intervals together hold 19 times in 20: with several thresholds each is the wider for it (Bonferroni). */
const RISK = 0.05;

/** The period with and without the filter, once for each threshold. */
export function compareFilter(
  input: PortfolioInput,
  told: ToldOf,
  thresholds: readonly number[],
): readonly FilterComparison[] {
  const plain = backtestPortfolio(input);
  return thresholds.map((threshold): FilterComparison => {
    const symbols = input.symbols.map((bars) => ({
      ...bars,
      filter: {
        threshold,
        model: OUT_OF_FOLD,
        scored: (bar: number) => {
          const probability = told(bars.symbol, bar);
          return probability === undefined
            ? ({ kind: "not_ready", bars: bar + 1 } as const)
            : ({ kind: "scored", probability, label: OUT_OF_FOLD.label } as const);
        },
      },
    }));
    const filtered = backtestPortfolio({ ...input, symbols });
    return {
      threshold,
      unfiltered: scoresOf(plain),
      filtered: scoresOf(filtered),
      difference: differenceOf(plain, filtered, RISK / thresholds.length),
    };
  });
}

interface Outcome {
  readonly atMs: number;
  readonly pnlPercent: number;
}

function outcomesOf({ symbols }: PortfolioResult): readonly Outcome[] {
  return symbols.flatMap(({ bars, trades }) =>
    trades
      .all()
      .map(({ entryBar, pnlPercent }) => ({ atMs: valueAt(bars.series.time, entryBar), pnlPercent })),
  );
}

function scoresOf(result: PortfolioResult): TradeScores {
  const outcomes = outcomesOf(result);
  const { trades, winRatePercent, profitFactor, expectancy } = outcomeFigures(
    outcomes.length,
    (index) => outcomes[index]?.pnlPercent ?? Number.NaN,
  );
  return {
    trades,
    winRatePercent,
    expectancyPercent: expectancy,
    profitFactor,
    returnPercent: result.stats.returnPercent,
  };
}

/**
 * Difference of the mean P&L of a trade with its interval, which it leaves with probability `risk`: the period is cut into 20
 * stretches, which are drawn with replacement 2,000 times, the trades of both with them (block bootstrap, Künsch 1989).
 */
function differenceOf(
  plain: PortfolioResult,
  filtered: PortfolioResult,
  risk: number,
): FilterComparison["difference"] {
  const [all, kept] = [outcomesOf(plain), outcomesOf(filtered)];
  if (all.length === 0 || kept.length === 0) return null;
  const [fromMs, toMs] = [valueAt(plain.time, 0), valueAt(plain.time, plain.time.length - 1)];
  const [sumsOfAll, sumsOfKept] = [sumsIn(all, fromMs, toMs), sumsIn(kept, fromMs, toMs)];
  const random = seeded(SEED);
  const drawn: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const stretches = Array.from({ length: STRETCHES }, () => Math.floor(random() * STRETCHES));
    const difference = meanOver(sumsOfKept, stretches) - meanOver(sumsOfAll, stretches);
    // A draw without a trade of either says nothing.
    if (Number.isFinite(difference)) drawn.push(difference);
  }
  drawn.sort((one, two) => one - two);
  const everything = Array.from({ length: STRETCHES }, (_, index) => index);
  return {
    value: meanOver(sumsOfKept, everything) - meanOver(sumsOfAll, everything),
    low: drawn[Math.floor((drawn.length * risk) / 2)] ?? Number.NaN,
    high: drawn[Math.ceil(drawn.length * (1 - risk / 2)) - 1] ?? Number.NaN,
  };
}

interface Sum {
  total: number;
  count: number;
}

function sumsIn(outcomes: readonly Outcome[], fromMs: number, toMs: number): readonly Sum[] {
  const sums = Array.from({ length: STRETCHES }, (): Sum => ({ total: 0, count: 0 }));
  for (const { atMs, pnlPercent } of outcomes) {
    const part = (atMs - fromMs) / Math.max(1, toMs - fromMs);
    const sum = sums[Math.min(STRETCHES - 1, Math.floor(part * STRETCHES))];
    if (sum === undefined) continue;
    sum.total += pnlPercent;
    sum.count += 1;
  }
  return sums;
}

function meanOver(sums: readonly Sum[], stretches: readonly number[]): number {
  let total = 0;
  let count = 0;
  for (const stretch of stretches) {
    total += sums[stretch]?.total ?? 0;
    count += sums[stretch]?.count ?? 0;
  }
  return total / count;
}
