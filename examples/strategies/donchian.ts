// A strategy of one's own: put a file like this into `strategies/`, and it is there under its id in /strategy, signals, backtest
// and optimize after the next start. Only its default export counts.
import { BUY, defineStrategy, HOLD, SELL, z, type Explanation, type Kernel } from "alphaflow";

export default defineStrategy({
  id: "donchian",
  title: "Donchian Breakout",
  description:
    "Buys when the close is above the highest high of the last bars, sells when it is below the lowest low.",
  // Bars of this length unless a run says timeframe=…
  defaultTimeframe: "1Hour",

  // Each parameter has a default, a range and a description: /strategy info shows them, what lies outside is refused.
  params: z.object({
    entry_bars: z
      .int()
      .min(2)
      .max(500)
      .default(20)
      .describe("bars of the channel whose high is to be broken"),
    exit_bars: z.int().min(2).max(500).default(10).describe("bars of the channel whose low is to be broken"),
  }),
  // What is wrong although each value is right on its own.
  check: ({ entry_bars, exit_bars }) =>
    exit_bars > entry_bars ? `exit_bars=${exit_bars} is above entry_bars=${entry_bars}` : undefined,

  // The first bar that can signal has this index, counted from 0.
  warmupBars: ({ entry_bars }) => entry_bars,

  // A new kernel for every run and symbol; all state stays in it.
  kernel({ entry_bars, exit_bars }): Kernel {
    const highs: number[] = [];
    const lows: number[] = [];
    let close = Number.NaN;
    let upper = Number.NaN;
    let lower = Number.NaN;
    return {
      // Called once a closed bar, oldest first. Never look at anything but what was given until now.
      step(_open, high, low, newest) {
        close = newest;
        const ready = highs.length >= entry_bars;
        upper = ready ? Math.max(...highs) : Number.NaN;
        lower = ready ? Math.min(...lows.slice(-exit_bars)) : Number.NaN;
        highs.push(high);
        lows.push(low);
        if (highs.length > entry_bars) {
          highs.shift();
          lows.shift();
        }
        // A comparison with NaN is false: while it warms up the answer is HOLD.
        return close > upper ? BUY : close < lower ? SELL : HOLD;
      },
      // Why the newest bar was answered so, in words a trader can read, with the numbers behind it.
      explain(): Explanation {
        if (Number.isNaN(upper))
          return { reason: `warming up: ${highs.length} of ${entry_bars} bars`, figures: {} };
        const where = close > upper ? "above" : close < lower ? "below" : "inside";
        return {
          reason: `close ${close} is ${where} the channel ${lower} to ${upper}`,
          figures: { close, upper, lower },
        };
      },
    };
  },
});
