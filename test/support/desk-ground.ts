import { rm } from "node:fs/promises";
import { openLedger } from "../../src/adapters/postgres/open-ledger.ts";
import { randomIds } from "../../src/adapters/system/ids.ts";
import type { AlertRow, Clock, Ledger } from "../../src/ports.ts";
import { freshDataDir, MIGRATIONS } from "./data-dir.ts";
import { silentLog } from "./silent-log.ts";

/** A ledger of its own for a test file, and a clock that stands still until it is set. */
export interface DeskGround {
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** Sets the clock; UTC, "2026-11-24T15:00:00Z". */
  at(iso: string): number;
  close(): Promise<void>;
}

export async function openDeskGround(sinks: readonly string[]): Promise<DeskGround> {
  const directory = await freshDataDir("desk");
  let nowMs = Date.parse("2026-11-24T15:00:00Z");
  const ledger = await openLedger({
    dataDir: directory,
    migrationsDir: MIGRATIONS,
    sinks,
    owner: randomIds.uuid(),
    log: silentLog,
  });
  return {
    ledger,
    clock: { nowMs: () => nowMs, sleep: () => Promise.resolve() },
    at(iso) {
      nowMs = Date.parse(iso);
      return nowMs;
    },
    async close() {
      await ledger.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

let alerts = 0;

/** An alert of that kind that says `text`. */
export function alertRow(
  kind: AlertRow["kind"],
  text: string,
  atMs: number,
  over: Partial<AlertRow> = {},
): AlertRow {
  alerts += 1;
  return { key: `test:${alerts}`, kind, atMs, message: { text }, ...over };
}
