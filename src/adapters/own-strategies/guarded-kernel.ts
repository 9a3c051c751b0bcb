import { BUY, HOLD, SELL, type Explanation, type SignalCode } from "../../core/signal.ts";
import type { Kernel } from "../../core/strategies/contract.ts";
import { failureReason, StrategyFailure } from "../../core/strategies/failure.ts";

/** Somebody else's kernel: what it throws, and every answer that is no signal, comes out as a StrategyFailure that names the bar. */
export class GuardedKernel implements Kernel {
  private readonly name: string;
  private readonly inner: Kernel;
  private bars = 0;

  constructor(name: string, inner: Kernel) {
    this.name = name;
    this.inner = inner;
  }

  step(open: number, high: number, low: number, close: number, volume: number): SignalCode {
    const bar = this.bars;
    this.bars += 1;
    const signal = this.attempt(`bar ${bar}`, () => this.inner.step(open, high, low, close, volume));
    if (signal !== HOLD && signal !== BUY && signal !== SELL)
      throw new StrategyFailure(
        this.name,
        `bar ${bar}`,
        `answered ${String(signal)}, expected BUY (1), HOLD (0) or SELL (-1)`,
      );
    return signal;
  }

  feed(slot: number, close: number): void {
    this.attempt(`feed of slot ${slot}`, () => this.inner.feed?.(slot, close));
  }

  /** A trade needs no reason to be right: one that cannot be given is said so. */
  explain(): Explanation {
    try {
      const { reason, figures } = this.inner.explain();
      return { reason, figures: finite(figures) };
    } catch (error) {
      return { reason: `no reason given (${failureReason(error)})`, figures: {} };
    }
  }

  private attempt<T>(when: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw new StrategyFailure(this.name, when, failureReason(error), error);
    }
  }
}

function finite(figures: Readonly<Record<string, number>> | undefined): Explanation["figures"] {
  return Object.fromEntries(Object.entries(figures ?? {}).filter(([, value]) => Number.isFinite(value)));
}
