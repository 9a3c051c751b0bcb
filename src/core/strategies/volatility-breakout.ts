import { valueAt } from "../column.ts";
import type { BarSeries } from "../bar-series.ts";
import { Atr, atrColumn, atrValues } from "../indicators/atr.ts";
import type { IndicatorColumns } from "../indicators/columns.ts";
import { isAbove } from "../indicators/tie.ts";
import { TrailingMean } from "../indicators/trailing-mean.ts";
import { BUY, HOLD, SELL, type Explanation, type SignalCode } from "../signal.ts";
import type { Kernel, Params, Strategy } from "./contract.ts";
import { booleanParam, numberParam } from "./read-params.ts";
import { figure, knownFigures, warmingUp } from "./reason.ts";

/** Bars before the newest one over which the average volume is taken. */
const VOLUME_BARS = 20;

/** Follows a close that leaves the range of the close before by a multiple of the ATR, when the volume confirms. */
export const volatilityBreakout: Strategy = {
  id: "volatility_breakout",
  title: "Volatility Breakout",
  description:
    "Buys when the close jumps by more than a multiple of the ATR, sells when it drops by as much, on volume above its average.",
  defaultTimeframe: "15Min",
  params: [
    {
      name: "atr_period",
      kind: "integer",
      default: 14,
      min: 1,
      max: 1000,
      description: "bars of Wilder's ATR",
    },
    {
      name: "breakout_multiplier",
      kind: "number",
      default: 2,
      above: 0,
      max: 20,
      description: "ATRs that the close must move",
    },
    {
      name: "volume_confirmation",
      kind: "boolean",
      default: true,
      description: "whether the volume must confirm",
    },
    {
      name: "volume_factor",
      kind: "number",
      default: 1.5,
      above: 0,
      max: 100,
      description: `volume needed, in averages of the ${VOLUME_BARS} bars before`,
    },
  ],
  warmupBars,
  longestPeriod: (params) =>
    Math.max(
      numberParam(params, "atr_period"),
      booleanParam(params, "volume_confirmation") ? VOLUME_BARS : 0,
    ),
  timeframes: () => [],
  kernel: (params) =>
    new BreakoutKernel(
      numberParam(params, "atr_period"),
      numberParam(params, "breakout_multiplier"),
      booleanParam(params, "volume_confirmation") ? numberParam(params, "volume_factor") : undefined,
      warmupBars(params),
    ),
  plot(params, bars) {
    const atr = new Atr(numberParam(params, "atr_period"));
    const multiplier = numberParam(params, "breakout_multiplier");
    const above = new Float64Array(bars.length);
    const below = new Float64Array(bars.length);
    let previous = Number.NaN;
    for (let t = 0; t < bars.length; t += 1) {
      const close = valueAt(bars.close, t);
      const width = multiplier * atr.value;
      above[t] = previous + width;
      below[t] = previous - width;
      atr.step(valueAt(bars.high, t), valueAt(bars.low, t), close);
      previous = close;
    }
    return {
      lines: [
        { label: `breakout above +${multiplier} ATR`, values: above, edge: true },
        { label: `below -${multiplier} ATR`, values: below, edge: true },
      ],
    };
  },
};

// The ATR of the bar before exists one bar after the first ATR.
function warmupBars(params: Params): number {
  const atr = numberParam(params, "atr_period") + 1;
  return booleanParam(params, "volume_confirmation") ? Math.max(atr, VOLUME_BARS) : atr;
}

class BreakoutKernel implements Kernel {
  private readonly atr: Atr;
  private readonly atrPeriod: number;
  private readonly volumes = new TrailingMean(VOLUME_BARS);
  private readonly multiplier: number;
  private readonly volumeFactor: number | undefined;
  private readonly warmup: number;
  private bars = 0;
  private previousClose = Number.NaN;
  private previousAtr = Number.NaN;
  private close = Number.NaN;
  private volume = Number.NaN;
  /** Mean volume of the bars before; taken only when the price broke out. */
  private meanVolume = Number.NaN;

  constructor(atrPeriod: number, multiplier: number, volumeFactor: number | undefined, warmup: number) {
    this.atr = new Atr(atrPeriod);
    this.atrPeriod = atrPeriod;
    this.multiplier = multiplier;
    this.volumeFactor = volumeFactor;
    this.warmup = warmup;
  }

  step(_open: number, high: number, low: number, close: number, volume: number): SignalCode {
    const before = this.atr.value;
    this.atr.step(high, low, close);
    return this.judge(close, volume, before);
  }

  scan(bars: BarSeries, signals: Int8Array): void {
    this.judgeAll(bars, atrValues(bars, this.atrPeriod), signals);
  }

  scanColumns(columns: IndicatorColumns, signals: Int8Array): void {
    this.judgeAll(columns.bars, atrColumn(columns, this.atrPeriod), signals);
  }

  private judgeAll({ close, volume, length }: BarSeries, atr: Float64Array, signals: Int8Array): void {
    for (let t = 0; t < length; t += 1)
      signals[t] = this.judge(
        valueAt(close, t),
        valueAt(volume, t),
        t === 0 ? Number.NaN : valueAt(atr, t - 1),
      );
  }

  private judge(close: number, volume: number, previousAtr: number): SignalCode {
    this.bars += 1;
    this.previousClose = this.close;
    this.previousAtr = previousAtr;
    this.close = close;
    this.volume = volume;
    const breakout = this.breakout();
    if (breakout !== HOLD && this.volumeFactor !== undefined) this.meanVolume = this.volumes.mean();
    this.volumes.push(volume);
    return this.confirmed() ? breakout : HOLD;
  }

  private breakout(): SignalCode {
    if (this.bars <= this.warmup) return HOLD;
    const { close, previousClose } = this;
    const range = this.multiplier * this.previousAtr;
    if (isAbove(close, previousClose + range, close)) return BUY;
    return isAbove(previousClose - range, close, close) ? SELL : HOLD;
  }

  private confirmed(): boolean {
    return this.volumeFactor === undefined || this.volume > this.volumeFactor * this.meanVolume;
  }

  explain(): Explanation {
    const { close, previousClose, previousAtr, multiplier } = this;
    const missing = this.warmup + 1 - this.bars;
    if (missing > 0)
      return { reason: warmingUp(missing), figures: knownFigures({ close, atr: previousAtr }) };
    const upper = previousClose + multiplier * previousAtr;
    const lower = previousClose - multiplier * previousAtr;
    const breakout = this.breakout();
    const levels = { close, previous_close: previousClose, atr: previousAtr, upper, lower };
    if (breakout === HOLD)
      return {
        reason: `no breakout: close ${figure(close)} lies between ${figure(lower)} and ${figure(upper)}`,
        figures: knownFigures(levels),
      };
    const level = breakout === BUY ? `above ${figure(upper)}` : `below ${figure(lower)}`;
    const price = `close ${figure(close)} broke ${level} (${figure(previousClose)} ${breakout === BUY ? "+" : "-"} ${multiplier} × ATR ${figure(previousAtr)})`;
    return this.withVolume(price, levels);
  }

  private withVolume(price: string, levels: Readonly<Record<string, number>>): Explanation {
    const { volume, meanVolume, volumeFactor } = this;
    if (volumeFactor === undefined) return { reason: price, figures: knownFigures(levels) };
    const figures = knownFigures({ ...levels, volume, mean_volume: meanVolume, volume_factor: volumeFactor });
    const against = `volume ${figure(volume)} against ${volumeFactor} × ${figure(meanVolume)}`;
    const verdict = this.confirmed() ? `confirmed: ${against}` : `not confirmed: ${against}`;
    return { reason: `${price}, ${verdict}`, figures };
  }
}
