import { ADX, ATR, BollingerBands, MACD, RSI } from "technicalindicators";
import type { Bar } from "./bar.ts";

/** Where the market stands at the newest bar; what the bars do not suffice for is left out. For the reader: nothing decides on it. */
export interface MarketContext {
  /** Wilder's RSI(14), 0–100. */
  readonly rsi?: number;
  /** MACD(12, 26) less its 9-bar signal line, dollars. */
  readonly macdHistogram?: number;
  /** ATR(14) in percent of the close. */
  readonly atrPct?: number;
  /** Where the close lies in the Bollinger bands (20, 2): 0 at the lower one, 100 at the upper one; may lie outside. */
  readonly bollingerPct?: number;
  /** ADX(14), 0–100: strength of the trend. */
  readonly adx?: number;
}

/** The context at the newest of these closed bars, oldest first; 35 bars give all of it, more give steadier Wilder averages. */
export function marketContext(bars: readonly Bar[]): MarketContext {
  const close = bars.map((bar) => bar.close);
  const high = bars.map((bar) => bar.high);
  const low = bars.map((bar) => bar.low);
  const newest = close.at(-1);
  if (newest === undefined) return {};
  const macd = MACD.calculate({
    values: close,
    fastPeriod: 12,
    slowPeriod: 26,
    signalPeriod: 9,
    SimpleMAOscillator: false,
    SimpleMASignal: false,
  });
  const atr = ATR.calculate({ high, low, close, period: 14 }).at(-1);
  const bands = BollingerBands.calculate({ values: close, period: 20, stdDev: 2 }).at(-1);
  return known({
    rsi: RSI.calculate({ values: close, period: 14 }).at(-1),
    macdHistogram: macd.at(-1)?.histogram,
    atrPct: atr === undefined ? undefined : (atr / newest) * 100,
    bollingerPct:
      bands === undefined ? undefined : ((newest - bands.lower) / (bands.upper - bands.lower)) * 100,
    adx: ADX.calculate({ high, low, close, period: 14 }).at(-1)?.adx,
  });
}

function known(values: { readonly [Name in keyof MarketContext]: number | undefined }): MarketContext {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
}

/** `RSI 61 · MACD +0.42 · ATR 1.3% · Bollinger 82% · ADX 24`; empty when nothing is known yet. */
export function marketContextLine(context: MarketContext): string {
  const { rsi, macdHistogram, atrPct, bollingerPct, adx } = context;
  const parts = [
    rsi === undefined ? "" : `RSI ${rsi.toFixed(0)}`,
    macdHistogram === undefined
      ? ""
      : `MACD ${macdHistogram < 0 ? "-" : "+"}${atLeastTwoDigits(Math.abs(macdHistogram), 2)}`,
    atrPct === undefined ? "" : `ATR ${atLeastTwoDigits(atrPct, 1)}%`,
    bollingerPct === undefined ? "" : `Bollinger ${bollingerPct.toFixed(0)}%`,
    adx === undefined ? "" : `ADX ${adx.toFixed(0)}`,
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** A pair like EURUSD moves in the fifth decimal: two decimals would show it as nothing. */
function atLeastTwoDigits(value: number, decimals: number): string {
  if (value === 0 || value >= 0.1) return value.toFixed(decimals);
  return Number(value.toPrecision(2)).toFixed(Math.min(10, 1 - Math.floor(Math.log10(value))));
}
