/** The server's time: the machine's, or one that a test sets, standing or running. */
export class WorldClock {
  #fixedMs: number | null = null;
  #offsetMs = 0;
  #lastMs = 0;
  #nanos = 0;

  set(nowMs: number | "real", mode: "fixed" | "running" = "fixed"): void {
    this.#fixedMs = nowMs === "real" || mode === "running" ? null : nowMs;
    this.#offsetMs = nowMs === "real" ? 0 : nowMs - Date.now();
    this.#lastMs = 0;
  }

  nowMs(): number {
    return this.#fixedMs ?? Date.now() + this.#offsetMs;
  }

  /** A timestamp with nanoseconds, as Alpaca writes it; no two are equal, even while the clock stands. */
  stamp(): string {
    const nowMs = this.nowMs();
    this.#nanos = nowMs === this.#lastMs ? this.#nanos + 1 : 1;
    this.#lastMs = nowMs;
    const iso = new Date(nowMs).toISOString();
    return `${iso.slice(0, -1)}${String(this.#nanos).padStart(6, "0")}Z`;
  }
}

/** Nanoseconds since the epoch of an RFC 3339 text; undefined when it is none. */
export function nanosOf(text: string): bigint | undefined {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return undefined;
  const fraction = /\.(\d+)/.exec(text)?.[1] ?? "";
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, "0").slice(3, 9));
}

/** Pending timers of the world, so that closing the server leaves nothing behind. */
export class Timers {
  readonly #pending = new Set<NodeJS.Timeout>();

  after(delayMs: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#pending.delete(timer);
      run();
    }, delayMs);
    this.#pending.add(timer);
  }

  clear(): void {
    for (const timer of this.#pending) clearTimeout(timer);
    this.#pending.clear();
  }
}
