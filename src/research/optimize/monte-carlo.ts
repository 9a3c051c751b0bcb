import { seeded, type Random } from "./seeded.ts";

/** Of many runs: 5 in 100 came out lower than `p5`, half lower than `p50`. */
interface Percentiles {
  readonly p5: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
}

/** What the same trades come to in other orders, and what trades like them might. Equity in USD, drawdowns in percent, 0 or negative, at trade ends. */
export interface MonteCarlo {
  readonly runs: number;
  readonly trades: number;
  /** The same trades in another order: the end is the same, the way there is not. */
  readonly shuffled: { readonly maxDrawdownPercent: Percentiles };
  /** As many trades drawn from them, any of them any number of times. */
  readonly resampled: {
    readonly finalEquity: Percentiles;
    readonly maxDrawdownPercent: Percentiles;
    /** Share of the runs that end below the cash they began with. */
    readonly lossProbability: number;
  };
}

const RUNS = 1_000;
/** A product that should be 1 may miss it in its last digits. */
const ROUNDING = 1e-12;

/** P&L of each trade as a fraction of the equity before it; with all in their order, equity is `cash` × Π(1 + return). */
export function equityReturns(pnls: readonly number[], cash: number): readonly number[] {
  let equity = cash;
  return pnls.map((pnl) => {
    const part = pnl / equity;
    equity += pnl;
    return part;
  });
}

/** Runs over the returns of trades on equity; null without at least two. The same seed gives the same runs. */
export function monteCarlo(returns: readonly number[], cash: number, seed: number): MonteCarlo | null {
  if (returns.length < 2) return null;
  const shuffled: Path[] = [];
  const resampled: Path[] = [];
  const order = Float64Array.from(returns);
  const drawn = new Float64Array(returns.length);
  for (let run = 0; run < RUNS; run += 1) {
    shuffle(order, seeded(seed, 0, run));
    shuffled.push(pathOf(order));
    draw(returns, drawn, seeded(seed, 1, run));
    resampled.push(pathOf(drawn));
  }
  const ends = resampled.map(({ growth }) => growth);
  return {
    runs: RUNS,
    trades: returns.length,
    shuffled: { maxDrawdownPercent: percentilesOf(shuffled.map(({ drawdown }) => drawdown * 100)) },
    resampled: {
      finalEquity: percentilesOf(ends.map((growth) => growth * cash)),
      maxDrawdownPercent: percentilesOf(resampled.map(({ drawdown }) => drawdown * 100)),
      lossProbability: ends.filter((growth) => growth < 1 - ROUNDING).length / RUNS,
    },
  };
}

interface Path {
  /** Last equity ÷ first. */
  readonly growth: number;
  /** Largest fall from the highest so far, a fraction, 0 or negative. */
  readonly drawdown: number;
}

function pathOf(returns: Float64Array): Path {
  let growth = 1;
  let peak = 1;
  let drawdown = 0;
  for (const each of returns) {
    growth *= 1 + each;
    if (growth > peak) peak = growth;
    else drawdown = Math.min(drawdown, growth / peak - 1);
  }
  return { growth, drawdown };
}

/** Fisher and Yates: every order alike. */
function shuffle(values: Float64Array, random: Random): void {
  for (let last = values.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    const held = values[last] ?? 0;
    values[last] = values[other] ?? 0;
    values[other] = held;
  }
}

function draw(from: readonly number[], into: Float64Array, random: Random): void {
  for (let index = 0; index < into.length; index += 1)
    into[index] = from[Math.floor(random() * from.length)] ?? 0;
}

function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values).sort();
  return {
    p5: percentile(sorted, 0.05),
    p25: percentile(sorted, 0.25),
    p50: percentile(sorted, 0.5),
    p75: percentile(sorted, 0.75),
    p95: percentile(sorted, 0.95),
  };
}

/** With a straight line between the two neighbours (type 7 of Hyndman and Fan). */
export function percentile(sorted: Float64Array, part: number): number {
  const place = (sorted.length - 1) * part;
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[below + 1] ?? low;
  return low + (high - low) * (place - below);
}
