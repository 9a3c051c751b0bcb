import { valueAt } from "../column.ts";
import type { BarSeries } from "../bar-series.ts";
import { ZScore } from "../indicators/z-score.ts";
import { HOLD, signalOf, type Explanation, type SignalCode } from "../signal.ts";
import type { Kernel, Strategy } from "./contract.ts";
import type { IndicatorColumns } from "../indicators/columns.ts";
import { overCloses } from "../indicators/over-closes.ts";
import { numberParam } from "./read-params.ts";
import { figure, knownFigures, warmingUp } from "./reason.ts";

/** Buys far below the mean of the lookback, sells far above it, in sample deviations. */
export const meanReversion: Strategy = {
  id: "mean_reversion",
  title: "Mean Reversion",
  description:
    "Buys when the close lies more than the threshold of standard deviations below its mean, sells when it lies as far above.",
  defaultTimeframe: "15Min",
  params: [
    {
      name: "lookback_period",
      kind: "integer",
      default: 20,
      min: 2,
      max: 1000,
      description: "bars of the mean and the deviation",
    },
    {
      name: "z_score_threshold",
      kind: "number",
      default: 2,
      min: 0,
      max: 20,
      description: "distance from the mean that counts, in standard deviations",
    },
  ],
  // The window includes the newest bar.
  warmupBars: (params) => numberParam(params, "lookback_period") - 1,
  longestPeriod: (params) => numberParam(params, "lookback_period"),
  timeframes: () => [],
  kernel: (params) =>
    new MeanReversionKernel(numberParam(params, "lookback_period"), numberParam(params, "z_score_threshold")),
  plot(params, bars) {
    const lookback = numberParam(params, "lookback_period");
    const threshold = numberParam(params, "z_score_threshold");
    const z = new ZScore(lookback);
    const means = new Float64Array(bars.length);
    const widths = new Float64Array(bars.length);
    let t = 0;
    const values = overCloses(bars, (close) => {
      const value = z.step(close);
      means[t] = z.mean;
      widths[t] = threshold * z.deviation;
      t += 1;
      return value;
    });
    const edge = (sign: 1 | -1): Float64Array =>
      means.map((mean, index) => mean + sign * valueAt(widths, index));
    return {
      lines: [
        { label: `mean ${lookback}`, values: means },
        { label: `+${threshold} sd`, values: edge(1), edge: true },
        { label: `-${threshold} sd`, values: edge(-1), edge: true },
      ],
      panel: { label: "z-score", values, levels: [-threshold, threshold] },
    };
  },
};

class MeanReversionKernel implements Kernel {
  private readonly lookback: number;
  private readonly threshold: number;
  private readonly z: ZScore;
  private bars = 0;

  constructor(lookback: number, threshold: number) {
    this.lookback = lookback;
    this.threshold = threshold;
    this.z = new ZScore(lookback);
  }

  step(_open: number, _high: number, _low: number, close: number): SignalCode {
    return this.next(close);
  }

  scan({ close, length }: BarSeries, signals: Int8Array): void {
    for (let t = 0; t < length; t += 1) signals[t] = this.next(valueAt(close, t));
  }

  scanColumns(columns: IndicatorColumns, signals: Int8Array): void {
    const values = columns.of(`z ${this.lookback}`, (bars) =>
      overCloses(bars, (close) => this.z.step(close)),
    );
    for (let t = 0; t < values.length; t += 1) signals[t] = this.signal(valueAt(values, t));
  }

  private next(close: number): SignalCode {
    this.bars += 1;
    return this.signal(this.z.step(close));
  }

  // NaN (not there yet, or no deviation) is neither below nor above.
  private signal(z: number): SignalCode {
    return signalOf(z < -this.threshold, z > this.threshold);
  }

  explain(): Explanation {
    const { lookback, threshold } = this;
    const { value, mean, deviation } = this.z;
    const missing = lookback - this.bars;
    const figures = knownFigures({ z: value, mean, deviation, threshold });
    if (missing > 0) return { reason: warmingUp(missing), figures };
    if (Number.isNaN(value)) return { reason: `no deviation in the last ${lookback} closes`, figures };
    const place = value < 0 ? "below" : "above";
    const distance = `close is ${figure(Number(Math.abs(value).toPrecision(4)))} deviations ${place} the ${lookback}-bar mean ${figure(mean)}`;
    const verdict = this.signal(value) === HOLD ? `not more than ${threshold}` : `more than ${threshold}`;
    return { reason: `${distance}, ${verdict}`, figures };
  }
}
