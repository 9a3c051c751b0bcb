import { valueAt } from "../column.ts";
import type { BarSeries } from "../bar-series.ts";
import type { Timeframe } from "../bar.ts";
import { countAbove, Sma, smaColumn } from "../indicators/sma.ts";
import { isAbove } from "../indicators/tie.ts";
import { BUY, HOLD, SELL, type Explanation, type SignalCode } from "../signal.ts";
import type { Kernel, Strategy } from "./contract.ts";
import type { IndicatorColumns } from "../indicators/columns.ts";
import { overCloses } from "../indicators/over-closes.ts";
import { integersParam, numberParam, timeframesParam } from "./read-params.ts";
import { barsNeeded } from "./reason.ts";

/** Lets averages of several lengths, or of several timeframes, vote, and follows a large enough majority. */
export const multiTimeframe: Strategy = {
  id: "multi_timeframe",
  title: "Multi-Timeframe Confluence",
  description:
    "Buys when enough averages are bullish (close above average), sells when enough are bearish; with timeframes each votes on its own.",
  defaultTimeframe: "15Min",
  params: [
    {
      name: "min_alignment",
      kind: "number",
      default: 0.66,
      above: 0.5,
      max: 1,
      description: "share of votes that must agree",
    },
    {
      name: "periods",
      kind: "integers",
      default: [5, 20, 50],
      min: 1,
      max: 1000,
      description: "bars of each average",
    },
    {
      name: "timeframes",
      kind: "timeframes",
      default: [],
      description: "timeframe of each average, paired with periods; none: the run's own for all",
    },
  ],
  check(params) {
    const periods = integersParam(params, "periods");
    const timeframes = timeframesParam(params, "timeframes");
    if (timeframes.length === 0 || timeframes.length === periods.length) return undefined;
    return `timeframes=${timeframes.join("/")}: expected ${periods.length}, one for each of periods=${periods.join("/")}`;
  },
  warmupBars: (params) => longest(integersParam(params, "periods")) - 1,
  longestPeriod: (params) => longest(integersParam(params, "periods")),
  timeframes: (params) => timeframesParam(params, "timeframes"),
  kernel: (params) =>
    new ConfluenceKernel(
      numberParam(params, "min_alignment"),
      integersParam(params, "periods"),
      timeframesParam(params, "timeframes"),
    ),
  plot(params, bars, timeframe) {
    const timeframes = timeframesParam(params, "timeframes");
    // Averages of other timeframes have no place among these bars.
    const periods = integersParam(params, "periods").filter(
      (_, slot) => timeframes.length === 0 || timeframes[slot] === timeframe,
    );
    return {
      lines: [...new Set(periods)].map((period) => {
        const average = new Sma(period);
        return { label: `SMA ${period}`, values: overCloses(bars, (close) => average.step(close)) };
      }),
    };
  },
};

/** 1 where the close lies above the average, 0 where it does not or there is none yet. */
function voteOf(close: number, average: number): number {
  return Number(isAbove(close, average, close));
}

function longest(periods: readonly number[]): number {
  return Math.max(...periods);
}

function verdict(bullish: number, votes: number, minAlignment: number): SignalCode {
  if (bullish / votes >= minAlignment) return BUY;
  return (votes - bullish) / votes >= minAlignment ? SELL : HOLD;
}

class ConfluenceKernel implements Kernel {
  private readonly minAlignment: number;
  private readonly periods: readonly number[];
  private readonly timeframes: readonly Timeframe[];
  private readonly averages: readonly Sma[];
  /** Bullish votes at the newest bar; meaningless until every average exists. */
  private bullish = 0;
  /** The last vote of each slot that is fed: it stands until that slot's next bar. */
  private readonly votes: Uint8Array;
  private readonly seen: Int32Array;
  /** The signal for each number of bullish votes: shares are divided and compared once, not on every bar. */
  private readonly verdicts: readonly SignalCode[];
  /** Averages that do not exist yet. */
  private unready: number;

  constructor(minAlignment: number, periods: readonly number[], timeframes: readonly Timeframe[]) {
    this.minAlignment = minAlignment;
    this.periods = periods;
    this.timeframes = timeframes;
    this.averages = periods.map((period) => new Sma(period));
    this.votes = new Uint8Array(periods.length);
    this.seen = new Int32Array(periods.length);
    this.unready = periods.length;
    this.verdicts = Array.from({ length: periods.length + 1 }, (_, bullish) =>
      verdict(bullish, periods.length, minAlignment),
    );
  }

  step(_open: number, _high: number, _low: number, close: number): SignalCode {
    return this.next(close);
  }

  /** Only without timeframes of its own, whose bars are others. */
  scan({ close, length }: BarSeries, signals: Int8Array): void {
    const votes = new Uint8Array(length);
    for (const period of this.periods) countAbove(close, period, votes);
    this.write(votes, signals);
  }

  /** As `scan`. */
  scanColumns(columns: IndicatorColumns, signals: Int8Array): void {
    const { close, length } = columns.bars;
    const votes = new Uint8Array(length);
    for (const period of this.periods) {
      const averages = smaColumn(columns, period);
      for (let t = 0; t < length; t += 1)
        votes[t] = (votes[t] ?? 0) + voteOf(valueAt(close, t), valueAt(averages, t));
    }
    this.write(votes, signals);
  }

  /** The signals that the bullish votes come to. */
  private write(votes: Uint8Array, signals: Int8Array): void {
    const { verdicts } = this;
    // Until every average exists some of the votes are none.
    for (let t = longest(this.periods) - 1; t < votes.length; t += 1)
      signals[t] = verdicts[votes[t] ?? 0] ?? HOLD;
  }

  feed(slot: number, close: number): void {
    const vote = this.vote(slot, close);
    this.bullish += vote - (this.votes[slot] ?? 0);
    this.votes[slot] = vote;
  }

  private next(close: number): SignalCode {
    if (this.timeframes.length === 0) {
      const { length } = this.averages;
      let bullish = 0;
      for (let slot = 0; slot < length; slot += 1) bullish += this.vote(slot, close);
      this.bullish = bullish;
    }
    return this.signal();
  }

  /** The newest close of an average's own timeframe against that average: 1 bullish, 0 bearish; equal is bearish. */
  private vote(slot: number, close: number): number {
    const average = this.averages[slot];
    if (average === undefined) throw new RangeError(`no slot ${slot} among ${this.averages.length} averages`);
    return this.judge(slot, close, average.step(close));
  }

  private judge(slot: number, close: number, average: number): number {
    if (this.unready > 0) this.warmUp(slot);
    return voteOf(close, average);
  }

  private warmUp(slot: number): void {
    const seen = (this.seen[slot] ?? 0) + 1;
    this.seen[slot] = seen;
    if (seen === this.periods[slot]) this.unready -= 1;
  }

  private signal(): SignalCode {
    return this.unready > 0 ? HOLD : (this.verdicts[this.bullish] ?? HOLD);
  }

  explain(): Explanation {
    if (this.unready > 0) return { reason: this.missing(), figures: this.averageFigures() };
    const { bullish } = this;
    const votes = this.averages.length;
    const figures = { bullish, votes, min_alignment: this.minAlignment, ...this.averageFigures() };
    const on = this.timeframes.length === 0 ? "" : ` (${this.timeframes.join(", ")})`;
    const signal = this.signal();
    if (signal === BUY) return { reason: `${bullish} of ${votes} averages bullish${on}`, figures };
    if (signal === SELL) return { reason: `${votes - bullish} of ${votes} averages bearish${on}`, figures };
    return {
      reason: `${bullish} of ${votes} averages bullish${on}: no side has a share of ${this.minAlignment}`,
      figures,
    };
  }

  private missing(): string {
    const missing = this.periods.map((period, slot) => period - (this.seen[slot] ?? 0));
    if (this.timeframes.length === 0) return `warming up: ${barsNeeded(longest(missing))} needed`;
    const parts = missing.flatMap((bars, slot) =>
      bars > 0 ? [barsNeeded(bars, this.timeframes[slot])] : [],
    );
    return `warming up: ${parts.join(", ")} needed`;
  }

  private averageFigures(): Record<string, number> {
    const figures: Record<string, number> = {};
    for (const [slot, average] of this.averages.entries()) {
      const timeframe = this.timeframes[slot];
      const name = `sma_${this.periods[slot]}${timeframe === undefined ? "" : `_${timeframe}`}`;
      if (Number.isFinite(average.value)) figures[name] = average.value;
    }
    return figures;
  }
}
