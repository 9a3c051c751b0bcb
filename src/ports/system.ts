/** Wall-clock time, epoch ms UTC, and waiting. Market time is the broker's clock. */
export interface Clock {
  nowMs(): number;
  /** Ends early, and as normally, when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Structured log to stderr. Never give it a secret; `error` values are reduced to their messages. */
export interface Log {
  debug(fields: Readonly<Record<string, unknown>>, text: string): void;
  info(fields: Readonly<Record<string, unknown>>, text: string): void;
  warn(fields: Readonly<Record<string, unknown>>, text: string): void;
  error(fields: Readonly<Record<string, unknown>>, text: string): void;
}

/** Short random ids for humans (run ids, confirmation codes) and long ones for rows. */
export interface Ids {
  /** `length` characters of an alphabet without look-alikes. */
  short(length: number): string;
  uuid(): string;
}
