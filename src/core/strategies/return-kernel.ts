import { valueAt } from "../column.ts";
import type { BarSeries } from "../bar-series.ts";
import { Change, changeOf } from "../indicators/change.ts";
import { HOLD, signalOf, type Explanation, type SignalCode } from "../signal.ts";
import type { Kernel } from "./contract.ts";
import type { IndicatorColumns } from "../indicators/columns.ts";
import { overCloses } from "../indicators/over-closes.ts";
import type { Plot } from "./plot.ts";
import { knownFigures, percent, warmingUp } from "./reason.ts";

/** Follows the move over `lookback` bars: BUY when it is above `threshold` (a fraction, >= 0), SELL when below -threshold. */
export class ReturnKernel implements Kernel {
  private readonly lookback: number;
  private readonly threshold: number;
  private readonly change: Change;
  private bars = 0;

  constructor(lookback: number, threshold: number) {
    this.lookback = lookback;
    this.threshold = threshold;
    this.change = new Change(lookback);
  }

  step(_open: number, _high: number, _low: number, close: number): SignalCode {
    return this.next(close);
  }

  scan({ close, length }: BarSeries, signals: Int8Array): void {
    const { lookback } = this;
    for (let t = lookback; t < length; t += 1)
      signals[t] = this.signal(changeOf(valueAt(close, t), valueAt(close, t - lookback)));
  }

  scanColumns(columns: IndicatorColumns, signals: Int8Array): void {
    const values = columns.of(`change ${this.lookback}`, (bars) =>
      overCloses(bars, (close) => this.change.step(close)),
    );
    for (let t = 0; t < values.length; t += 1) signals[t] = this.signal(valueAt(values, t));
  }

  private next(close: number): SignalCode {
    this.bars += 1;
    return this.signal(this.change.step(close));
  }

  private signal(change: number): SignalCode {
    return signalOf(change > this.threshold, change < -this.threshold);
  }

  explain(): Explanation {
    const { lookback, threshold } = this;
    const change = this.change.value;
    const missing = lookback + 1 - this.bars;
    const figures = knownFigures({ change, threshold });
    if (missing > 0) return { reason: warmingUp(missing), figures };
    const move = change === 0 ? "unchanged" : `${change > 0 ? "up" : "down"} ${percent(Math.abs(change))}`;
    const span = lookback === 1 ? "on one bar" : `over ${lookback} bars`;
    const limit = percent(threshold);
    const signal = this.signal(change);
    const verdict = signal === HOLD ? `not more than ${limit}` : `more than ${limit}`;
    return { reason: `${move} ${span}, ${verdict}`, figures };
  }
}

/** The move over `lookback` bars in percent, between the thresholds. */
export function returnPlot(lookback: number, threshold: number, bars: BarSeries): Plot {
  const change = new Change(lookback);
  return {
    lines: [],
    panel: {
      label: `${lookback}-bar move %`,
      values: overCloses(bars, (close) => change.step(close) * 100),
      levels: [-threshold * 100, threshold * 100],
    },
  };
}
