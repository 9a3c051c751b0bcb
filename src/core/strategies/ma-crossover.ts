import { valueAt } from "../column.ts";
import type { BarSeries } from "../bar-series.ts";
import { Sma, smaColumn, sumOf } from "../indicators/sma.ts";
import { side } from "../indicators/tie.ts";
import { BUY, HOLD, SELL, type Explanation, type SignalCode } from "../signal.ts";
import type { Kernel, Strategy } from "./contract.ts";
import type { IndicatorColumns } from "../indicators/columns.ts";
import { overCloses } from "../indicators/over-closes.ts";
import { numberParam } from "./read-params.ts";
import { figure, knownFigures, warmingUp } from "./reason.ts";

/** Buys the golden cross of two simple moving averages of closes, sells the death cross. */
export const maCrossover: Strategy = {
  id: "ma_crossover",
  title: "MA Crossover",
  description:
    "Buys when the fast average of closes crosses above the slow one, sells when it crosses below.",
  defaultTimeframe: "15Min",
  params: [
    {
      name: "fast_period",
      kind: "integer",
      default: 10,
      min: 1,
      max: 1000,
      description: "bars of the fast average",
    },
    {
      name: "slow_period",
      kind: "integer",
      default: 30,
      min: 2,
      max: 1000,
      description: "bars of the slow average",
    },
  ],
  check(params) {
    const fast = numberParam(params, "fast_period");
    const slow = numberParam(params, "slow_period");
    return fast < slow ? undefined : `fast_period=${fast}: expected less than slow_period=${slow}`;
  },
  // Both averages must exist at the bar before, too.
  warmupBars: (params) => numberParam(params, "slow_period"),
  longestPeriod: (params) => numberParam(params, "slow_period"),
  timeframes: () => [],
  kernel: (params) =>
    new MaCrossoverKernel(numberParam(params, "fast_period"), numberParam(params, "slow_period")),
  plot: (params, bars) => ({
    lines: ["fast_period", "slow_period"].map((name) => {
      const period = numberParam(params, name);
      const average = new Sma(period);
      return { label: `SMA ${period}`, values: overCloses(bars, (close) => average.step(close)) };
    }),
  }),
};

class MaCrossoverKernel implements Kernel {
  private readonly fastPeriod: number;
  private readonly slowPeriod: number;
  private readonly fast: Sma;
  private readonly slow: Sma;
  private bars = 0;
  /** Where the fast average lies as seen from the slow one, on the bar before and on the newest. */
  private before = 0;
  private now = 0;

  constructor(fastPeriod: number, slowPeriod: number) {
    this.fastPeriod = fastPeriod;
    this.slowPeriod = slowPeriod;
    this.fast = new Sma(fastPeriod);
    this.slow = new Sma(slowPeriod);
  }

  step(_open: number, _high: number, _low: number, close: number): SignalCode {
    return this.next(close);
  }

  /** Both running sums in one loop, each added up as `Sma` does it, so that neither waits for the other's additions. */
  scan({ close, length }: BarSeries, signals: Int8Array): void {
    const { fastPeriod, slowPeriod } = this;
    let fast = 0;
    let slow = 0;
    let fastLeft = fastPeriod;
    let slowLeft = slowPeriod;
    let before = 0;
    for (let t = 0; t < length; t += 1) {
      const newest = valueAt(close, t);
      fast += t < fastPeriod ? newest : newest - valueAt(close, t - fastPeriod);
      slow += t < slowPeriod ? newest : newest - valueAt(close, t - slowPeriod);
      fastLeft -= 1;
      if (fastLeft === 0) {
        fast = sumOf(close, t + 1 - fastPeriod, t + 1);
        fastLeft = fastPeriod;
      }
      slowLeft -= 1;
      if (slowLeft === 0) {
        slow = sumOf(close, t + 1 - slowPeriod, t + 1);
        slowLeft = slowPeriod;
      }
      if (t < slowPeriod - 1) continue;
      const now = side(fast / fastPeriod, slow / slowPeriod, newest);
      if (now === before) continue;
      if (t >= slowPeriod) signals[t] = cross(before, now);
      before = now;
    }
  }

  scanColumns(columns: IndicatorColumns, signals: Int8Array): void {
    const { close, length } = columns.bars;
    const fast = smaColumn(columns, this.fastPeriod);
    const slow = smaColumn(columns, this.slowPeriod);
    let before = 0;
    for (let t = this.slowPeriod - 1; t < length; t += 1) {
      const now = side(valueAt(fast, t), valueAt(slow, t), valueAt(close, t));
      if (now === before) continue;
      if (t >= this.slowPeriod) signals[t] = cross(before, now);
      before = now;
    }
  }

  private next(close: number): SignalCode {
    return this.compare(this.fast.step(close), this.slow.step(close), close);
  }

  private compare(fast: number, slow: number, close: number): SignalCode {
    this.bars += 1;
    this.before = this.now;
    this.now = side(fast, slow, close);
    return this.signal();
  }

  private signal(): SignalCode {
    const { before, now } = this;
    return this.bars <= this.slowPeriod ? HOLD : cross(before, now);
  }

  explain(): Explanation {
    const missing = this.slowPeriod + 1 - this.bars;
    const figures = knownFigures({ fast: this.fast.value, slow: this.slow.value });
    if (missing > 0) return { reason: warmingUp(missing), figures };
    const fast = `${this.fastPeriod}-bar average ${figure(this.fast.value)}`;
    const slow = `${this.slowPeriod}-bar average ${figure(this.slow.value)}`;
    const signal = this.signal();
    if (signal === BUY) return { reason: `golden cross: ${fast} rose above ${slow}`, figures };
    if (signal === SELL) return { reason: `death cross: ${fast} fell below ${slow}`, figures };
    const place = this.now > 0 ? "is above" : this.now < 0 ? "is below" : "equals";
    return { reason: `no cross: ${fast} ${place} ${slow}`, figures };
  }
}

/** The signal of a fast average that lay on one side of the slow one a bar ago and lies on another now. */
function cross(before: number, now: number): SignalCode {
  if (before <= 0 && now > 0) return BUY;
  return before >= 0 && now < 0 ? SELL : HOLD;
}
