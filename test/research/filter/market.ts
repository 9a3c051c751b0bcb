import { seriesOf, type BarSeries } from "../../../src/core/bar-series.ts";
import type { Bar } from "../../../src/core/bar.ts";
import { DEFAULT_LIMITS } from "../../../src/core/risk/limits.ts";
import { strategyById } from "../../../src/core/strategies/index.ts";
import type { PortfolioInput, SymbolBars } from "../../../src/research/portfolio.ts";
import { seeded } from "../../../src/research/optimize/seeded.ts";

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 5, 15);
const CYCLE = 12;

/**
 * Cycles of twelve bars: a leap of 1% that quick_test buys, on much volume or little, then five bars up 0.4% or down 0.4% and a
 * fall of 1% that it sells. With `telling` the volume says which, nine times in ten; else it says nothing.
 */
export function leaps(cycles: number, telling: boolean, seed = 1): readonly Bar[] {
  const random = seeded(seed);
  const bars: Bar[] = [];
  let close = 100;
  const add = (move: number, volume: number): void => {
    const open = close;
    close = open * (1 + move + (random() - 0.5) * 0.001);
    const [high, low] = [Math.max(open, close) * 1.0005, Math.min(open, close) * 0.9995];
    bars.push({ time: START_MS + bars.length * MINUTE_MS, open, high, low, close, volume });
  };
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const rises = random() < 0.5;
    const loud = telling ? rises !== random() < 0.1 : random() < 0.5;
    for (let bar = 0; bar < CYCLE; bar += 1) {
      const quiet = 800 + 400 * random();
      if (bar === 3) add(0.01, loud ? 4_000 : 500);
      else if (bar > 3 && bar < 9) add(rises ? 0.004 : -0.004, quiet);
      else if (bar === 9) add(-0.01, quiet);
      else add(0, quiet);
    }
  }
  return bars;
}

/** quick_test on these bars, without stops: its own SELL ends every trade. */
export function quickTest(
  bars: readonly Bar[],
): PortfolioInput & { readonly symbols: readonly [SymbolBars] } {
  return quickTestOn(seriesOf(bars));
}

function quickTestOn(series: BarSeries): PortfolioInput & { readonly symbols: readonly [SymbolBars] } {
  const strategy = strategyById("quick_test");
  if (strategy === undefined) throw new Error("no quick_test");
  return {
    strategy,
    params: { threshold: 0.007 },
    timeframe: "1Min",
    symbols: [{ symbol: "AAPL", series }],
    rules: {
      cash: 100_000,
      sizing: { rule: "fixed_fraction", fraction: 0.1 },
      stopAtr: 0,
      commission: 0.0001,
      roundToTick: false,
      gates: [],
      riskLimits: DEFAULT_LIMITS,
    },
  };
}
