import type { Tap } from "./tcp-proxy.ts";

const WRITES = /insert into "(orders|fills|alerts)"/g;
/** The command tags of Postgres' wire protocol. */
const BEGUN = "BEGIN\0";
const COMMITTED = "COMMIT\0";

/** Follows one Postgres connection and tells, before the client hears of it, that a transaction which wrote to these tables is committed. */
export function committedTap(committed: (tables: ReadonlySet<string>) => boolean): Tap {
  let tables = new Set<string>();
  return {
    toServer(chunk) {
      for (const [, table = ""] of chunk.toString("latin1").matchAll(WRITES)) tables.add(table);
    },
    toClient(chunk) {
      const text = chunk.toString("latin1");
      if (text.includes(BEGUN)) tables = new Set();
      if (!text.includes(COMMITTED)) return true;
      const written = tables;
      tables = new Set();
      return written.size === 0 || committed(written);
    },
  };
}
