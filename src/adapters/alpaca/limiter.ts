import type { Lane } from "../../ports.ts";

const LANES: readonly Lane[] = ["exit", "stop", "reconcile", "entry", "data"];

/** The broker will not take this call before its deadline: it was not sent at all. */
export class LimiterFull extends Error {
  override readonly name = "LimiterFull";
  readonly retryAfterMs: number;
  constructor(retryAfterMs: number) {
    super(`the request limit is used up for ${Math.ceil(retryAfterMs / 1000)} s`);
    this.retryAfterMs = retryAfterMs;
  }
}

interface Waiting {
  readonly lane: Lane;
  readonly proceed: () => void;
}

/**
 * Up to which share of a window's requests a lane may go. Every entry brings its stop, its exit and their confirmations
 * with it, six requests and more, so entries end long before those, and the next reconciliation, could be short of
 * requests; and an exit never waits for anything else.
 */
const SHARES: Readonly<Record<Lane, number>> = {
  data: 0.5,
  entry: 0.5,
  reconcile: 0.9,
  stop: 0.9,
  exit: 1,
};

/** Lanes that leave the rest of the budget to whoever else uses it; the others try, and the broker's own 429 tells them. */
const YIELDING: ReadonlySet<Lane> = new Set<Lane>(["data", "entry"]);

/**
 * One account's request budget: `limit` requests in any `windowMs` (Alpaca: 200 a minute), served exits first, then stops,
 * reconciling, entries, data. Uses a monotonic clock.
 */
export class Limiter {
  private readonly sent: number[] = [];
  private readonly others: number[] = [];
  private readonly waiting: Waiting[] = [];
  private readonly limit: number;
  private readonly windowMs: number;
  private blockedUntil = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(limit = 200, windowMs = 60_000) {
    this.limit = limit;
    this.windowMs = windowMs;
  }

  /** Resolves when the call may go; rejects with LimiterFull when that would be after `deadlineMs` from now. */
  async pass(lane: Lane, deadlineMs: number): Promise<void> {
    if (this.waitMs(lane) === 0 && !this.someoneBefore(lane)) {
      this.sent.push(performance.now());
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const entry: Waiting = {
        lane,
        proceed: () => {
          clearTimeout(late);
          resolve();
        },
      };
      const late = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(new LimiterFull(Math.max(1_000, this.waitMs(lane))));
      }, deadlineMs);
      this.waiting.push(entry);
      this.schedule();
    });
  }

  /**
   * The broker said how many requests it still takes. What it counts beyond ours was sent by another instance or by the
   * process before this one. It keeps entries and data waiting, never what protects: when theirs ends is not known, and a
   * guess must not hold up a stop or a kill.
   */
  heard(remaining: number): void {
    this.forgetOld();
    const missing = this.limit - remaining - this.sent.length - this.others.length;
    const now = performance.now();
    this.others.push(...Array.from({ length: Math.min(this.limit, Math.max(0, missing)) }, () => now));
  }

  /** The broker said 429: nobody goes before that time is over. */
  block(ms: number): void {
    this.blockedUntil = Math.max(this.blockedUntil, performance.now() + ms);
  }

  private someoneBefore(lane: Lane): boolean {
    return this.waiting.some((each) => LANES.indexOf(each.lane) <= LANES.indexOf(lane));
  }

  private capacity(lane: Lane): number {
    return Math.max(1, Math.floor(this.limit * SHARES[lane]));
  }

  /** How long until a call of this lane may go, 0 for now. */
  waitMs(lane: Lane): number {
    this.forgetOld();
    const now = performance.now();
    const blocked = Math.max(0, this.blockedUntil - now);
    const counted = YIELDING.has(lane) ? [...this.others, ...this.sent].toSorted((a, b) => a - b) : this.sent;
    const over = counted.length - this.capacity(lane);
    const oldest = over < 0 ? undefined : counted[over];
    return Math.max(blocked, oldest === undefined ? 0 : oldest + this.windowMs - now);
  }

  private forgetOld(): void {
    const oldest = performance.now() - this.windowMs;
    for (const times of [this.sent, this.others])
      while (times[0] !== undefined && times[0] <= oldest) times.shift();
  }

  private schedule(): void {
    clearTimeout(this.timer);
    const next = this.first();
    if (next === undefined) return;
    this.timer = setTimeout(() => this.serve(), Math.max(1, this.waitMs(next.lane)));
  }

  private first(): Waiting | undefined {
    for (const lane of LANES) {
      const found = this.waiting.find((each) => each.lane === lane);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private serve(): void {
    for (let next = this.first(); next !== undefined && this.waitMs(next.lane) === 0; next = this.first()) {
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.sent.push(performance.now());
      next.proceed();
    }
    this.schedule();
  }
}
