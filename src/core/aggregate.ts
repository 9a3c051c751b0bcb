import { TIMEFRAME_MS, type Timeframe } from "./bar.ts";
import type { Kernel } from "./strategies/contract.ts";

/** When a bar that starts at `startMs` is closed. Live the calendar says so for 1Day bars; else it is the nominal length. */
export type CloseTime = (timeframe: Timeframe, startMs: number) => number;

export const nominalClose: CloseTime = (timeframe, startMs) => startMs + TIMEFRAME_MS[timeframe];

interface SlotBar {
  readonly startMs: number;
  close: number;
}

interface Slot {
  readonly timeframe: Timeframe;
  /** Bars that are known and not yet fed, oldest first. */
  readonly waiting: SlotBar[];
  /** The bar that the run's own bars are being aggregated into (backtest). */
  forming: SlotBar | undefined;
  newestMs: number;
}

/**
 * Feeds a kernel the bars of its slots (`Strategy.timeframes`) in the one right order, live and in the backtest: a slot's bar
 * goes in before the step of the first run bar at whose close it is closed. Before each `kernel.step` call `advance`:
 *
 * - live: `add` every closed bar fetched for a slot (repeats are ignored), then `advance(close of t)`, then step;
 * - backtest: `aggregate` the run's own bar, then `advance(close of t)`, then step. Bars of a slot are the UTC-aligned
 *   stretches of its timeframe; only bars up to `t` are ever looked at.
 */
export class MultiFeed {
  private readonly kernel: Kernel;
  private readonly slots: readonly Slot[];
  private readonly closeOf: CloseTime;

  constructor(kernel: Kernel, timeframes: readonly Timeframe[], closeOf: CloseTime = nominalClose) {
    this.kernel = kernel;
    this.closeOf = closeOf;
    this.slots = timeframes.map((timeframe) => ({
      timeframe,
      waiting: [],
      forming: undefined,
      newestMs: Number.NEGATIVE_INFINITY,
    }));
  }

  /** A bar of the slot's own timeframe, in order of time; one that is not newer than those before is ignored. */
  add(slot: number, startMs: number, close: number): void {
    const found = this.slots[slot];
    if (found === undefined) throw new RangeError(`no slot ${slot} among ${this.slots.length} timeframes`);
    enqueue(found, { startMs, close });
  }

  /** A bar of the run's own timeframe, which is no longer than any slot's. */
  aggregate(startMs: number, close: number): void {
    for (const slot of this.slots) {
      const lengthMs = TIMEFRAME_MS[slot.timeframe];
      const bucketMs = Math.floor(startMs / lengthMs) * lengthMs;
      if (slot.forming?.startMs === bucketMs) slot.forming.close = close;
      else {
        if (slot.forming !== undefined) enqueue(slot, slot.forming);
        slot.forming = { startMs: bucketMs, close };
      }
    }
  }

  /** Feeds every bar that is closed at `closeMs`, the close of the run bar that is about to be stepped. */
  advance(closeMs: number): void {
    for (const [index, slot] of this.slots.entries()) {
      const { forming, timeframe, waiting } = slot;
      if (forming !== undefined && this.closeOf(timeframe, forming.startMs) <= closeMs) {
        enqueue(slot, forming);
        slot.forming = undefined;
      }
      for (let bar = waiting[0]; bar !== undefined; bar = waiting[0]) {
        if (this.closeOf(timeframe, bar.startMs) > closeMs) break;
        this.kernel.feed?.(index, bar.close);
        waiting.shift();
      }
    }
  }
}

function enqueue(slot: Slot, bar: SlotBar): void {
  if (bar.startMs <= slot.newestMs) return;
  slot.newestMs = bar.startMs;
  slot.waiting.push(bar);
}
