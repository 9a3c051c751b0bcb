import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { LedgerOptions } from "../../../src/adapters/postgres/open-ledger.ts";
import type { Log } from "../../../src/ports.ts";
import { CONTRACT_SINKS } from "../../contracts/ledger.ts";

export const MIGRATIONS_DIR = fileURLToPath(new URL("../../../migrations", import.meta.url));

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/** Options of a ledger that is opened by a process of its own. */
export function ledgerOptions(changes: Partial<LedgerOptions>): LedgerOptions {
  return {
    dataDir: "unused",
    migrationsDir: MIGRATIONS_DIR,
    sinks: CONTRACT_SINKS,
    owner: randomUUID(),
    log: silentLog,
    ...changes,
  };
}

/** A promise and the key to it. */
export interface Latch<T> {
  readonly opened: Promise<T>;
  open(value: T): void;
}

export function latch<T>(): Latch<T> {
  const keys: ((value: T) => void)[] = [];
  const opened = new Promise<T>((resolve) => {
    keys.push(resolve);
  });
  return { opened, open: (value) => keys[0]?.(value) };
}
