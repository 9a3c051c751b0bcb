import { valueAt } from "../column.ts";
import type { BarSeries } from "../bar-series.ts";
import { Rsi } from "../indicators/rsi.ts";
import { BUY, SELL, signalOf, type Explanation, type SignalCode } from "../signal.ts";
import type { Kernel, Strategy } from "./contract.ts";
import type { IndicatorColumns } from "../indicators/columns.ts";
import { overCloses } from "../indicators/over-closes.ts";
import { numberParam } from "./read-params.ts";
import { figure, knownFigures, warmingUp } from "./reason.ts";

/** Buys when Wilder's RSI is oversold, sells when it is overbought. */
export const rsiMeanReversion: Strategy = {
  id: "rsi_mean_reversion",
  title: "RSI Mean Reversion",
  description:
    "Buys when Wilder's RSI falls below the oversold level, sells when it rises above the overbought one.",
  defaultTimeframe: "15Min",
  params: [
    {
      name: "rsi_period",
      kind: "integer",
      default: 14,
      min: 1,
      max: 1000,
      description: "bars of Wilder's averages",
    },
    {
      name: "oversold",
      kind: "number",
      default: 30,
      min: 0,
      max: 100,
      description: "buy below this RSI",
    },
    {
      name: "overbought",
      kind: "number",
      default: 70,
      min: 0,
      max: 100,
      description: "sell above this RSI",
    },
  ],
  check(params) {
    const oversold = numberParam(params, "oversold");
    const overbought = numberParam(params, "overbought");
    return oversold < overbought
      ? undefined
      : `oversold=${oversold}: expected less than overbought=${overbought}`;
  },
  warmupBars: (params) => numberParam(params, "rsi_period"),
  longestPeriod: (params) => numberParam(params, "rsi_period"),
  timeframes: () => [],
  kernel: (params) =>
    new RsiKernel(
      numberParam(params, "rsi_period"),
      numberParam(params, "oversold"),
      numberParam(params, "overbought"),
    ),
  plot(params, bars) {
    const period = numberParam(params, "rsi_period");
    const rsi = new Rsi(period);
    return {
      lines: [],
      panel: {
        label: `RSI ${period}`,
        values: overCloses(bars, (close) => rsi.step(close)),
        levels: [numberParam(params, "oversold"), numberParam(params, "overbought")],
      },
    };
  },
};

class RsiKernel implements Kernel {
  private readonly period: number;
  private readonly oversold: number;
  private readonly overbought: number;
  private readonly rsi: Rsi;
  private bars = 0;

  constructor(period: number, oversold: number, overbought: number) {
    this.period = period;
    this.oversold = oversold;
    this.overbought = overbought;
    this.rsi = new Rsi(period);
  }

  step(_open: number, _high: number, _low: number, close: number): SignalCode {
    return this.next(close);
  }

  scan({ close, length }: BarSeries, signals: Int8Array): void {
    for (let t = 0; t < length; t += 1) signals[t] = this.next(valueAt(close, t));
  }

  scanColumns(columns: IndicatorColumns, signals: Int8Array): void {
    const values = columns.of(`rsi ${this.period}`, (bars) =>
      overCloses(bars, (close) => this.rsi.step(close)),
    );
    for (let t = 0; t < values.length; t += 1) signals[t] = this.signal(valueAt(values, t));
  }

  private next(close: number): SignalCode {
    this.bars += 1;
    return this.signal(this.rsi.step(close));
  }

  // NaN (not there yet, or flat since the start) is neither below nor above.
  private signal(rsi: number): SignalCode {
    return signalOf(rsi < this.oversold, rsi > this.overbought);
  }

  explain(): Explanation {
    const { oversold, overbought } = this;
    const { value } = this.rsi;
    const missing = this.period + 1 - this.bars;
    const figures = knownFigures({ rsi: value, oversold, overbought });
    if (missing > 0) return { reason: warmingUp(missing), figures };
    if (Number.isNaN(value)) return { reason: "RSI is undefined: the close has never moved", figures };
    const rsi = `RSI(${this.period}) ${figure(value)}`;
    const signal = this.signal(value);
    if (signal === BUY) return { reason: `oversold: ${rsi} is below ${oversold}`, figures };
    if (signal === SELL) return { reason: `overbought: ${rsi} is above ${overbought}`, figures };
    return { reason: `${rsi} is between ${oversold} and ${overbought}`, figures };
  }
}
