import { valueAt } from "../../core/column.ts";
import { emptySeries, type BarSeries } from "../../core/bar-series.ts";
import { TIMEFRAME_MS } from "../../core/bar.ts";
import type { Kernel, Params, Strategy } from "../../core/strategies/contract.ts";
import { defaultParams } from "../../core/strategies/params.ts";

const FEWEST_BARS = 500;
const MOST_BARS = 20_000;
/** Bars between two of another timeframe. */
const SLOT_BARS = 5;

/**
 * Runs a strategy with its defaults over made-up bars, so that one that cannot work is known before it trades. Throws an Error
 * that says what it did: threw, answered what is no signal, gave no reason, or answered otherwise on the same bars again.
 * `begins` hears what is called next, so that somebody outside can name what never returns.
 */
export function tryOut(strategy: Strategy, begins: (part: string) => void): void {
  const params = defaultParams(strategy.params);
  begins("the check of its defaults");
  const fault = strategy.check?.(params);
  if (fault !== undefined) throw new Error(`its defaults are refused: ${fault}`);
  const length = Math.max(FEWEST_BARS, Math.min(MOST_BARS, 2 * strategy.warmupBars(params)));
  const bars = madeUpBars(length, TIMEFRAME_MS[strategy.defaultTimeframe]);
  begins(`its kernel on ${length} made-up bars`);
  compareTwins(strategy, params, bars);
  begins("its plot");
  strategy.plot(params, bars, strategy.defaultTimeframe);
}

/** Two kernels side by side: what they share would show. */
function compareTwins(strategy: Strategy, params: Params, bars: BarSeries): void {
  const slots = strategy.timeframes(params);
  const one = strategy.kernel(params);
  const other = strategy.kernel(params);
  for (let t = 0; t < bars.length; t += 1) {
    if (t % SLOT_BARS === 0)
      for (const slot of slots.keys()) for (const kernel of [one, other]) kernel.feed?.(slot, at(bars, t)[3]);
    const signal = one.step(...at(bars, t));
    if (other.step(...at(bars, t)) !== signal)
      throw new Error(
        `bar ${t}: two kernels answer differently on the same bars; all state belongs inside the kernel`,
      );
    const { reason }: { readonly reason: unknown } = one.explain();
    if (typeof reason !== "string" || reason.trim() === "")
      throw new Error(`bar ${t}: explain gives no reason`);
  }
}

function at(bars: BarSeries, t: number): Parameters<Kernel["step"]> {
  const { open, high, low, close, volume } = bars;
  return [valueAt(open, t), valueAt(high, t), valueAt(low, t), valueAt(close, t), valueAt(volume, t)];
}

/** A walk with waves of several lengths, so that most rules find something to do. */
function madeUpBars(length: number, stepMs: number): BarSeries {
  const bars = emptySeries(length);
  let seed = 20_260_105;
  const uniform = (): number => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return seed / 2 ** 32;
  };
  let price = 100;
  for (let t = 0; t < length; t += 1) {
    const open = price;
    const close = open * (1 + 0.01 * Math.sin(t / 9) + 0.02 * (uniform() - 0.5));
    bars.time[t] = t * stepMs;
    bars.open[t] = open;
    bars.high[t] = Math.max(open, close) * (1 + 0.005 * uniform());
    bars.low[t] = Math.min(open, close) * (1 - 0.005 * uniform());
    bars.close[t] = close;
    bars.volume[t] = Math.floor(1_000 + 4_000 * uniform() ** 3);
    price = close;
  }
  return bars;
}
