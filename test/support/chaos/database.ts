import { rm } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import postgres from "postgres";
import { pack, unpack } from "../data-dir.ts";
import { scratchDir } from "../scratch.ts";
import type { TestPostgres } from "../postgres.ts";
import { committedTap } from "./committed-tap.ts";
import { parseRows, ROWS_SQL, type Rows } from "./rows.ts";
import { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** The bot's database, seen and disturbed from outside. */
export interface ChaosDatabase {
  readonly kind: "postgres" | "pglite";
  /** What an instance needs to reach it. */
  environment(instance: number): Readonly<Record<string, string>>;
  /** Everything in it now. Throws while it is away, and on PGlite. */
  rows(): Promise<Rows>;
  /** Takes what is in it now, on PGlite while the caller has the bot stand still, and returns what reads that. */
  capture(): Promise<() => Promise<Rows>>;
  /** Whether an order has its row. Throws while the database is away. */
  hasOrder(clientOrderId: string): Promise<boolean>;
  /** Cheap enough to be asked all the time. */
  readonly watchable: boolean;
  cut(): void;
  hang(): void;
  heal(): void;
  /** Ends the server; `restart` brings it back with its data. */
  crash(): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** Told which tables a transaction of an instance wrote, before the instance learns of the commit. `false` keeps the news from it. */
export type OnCommit = (instance: number, tables: ReadonlySet<string>) => boolean;

export async function postgresDatabase(
  server: TestPostgres,
  instances: number,
  onCommit: OnCommit,
): Promise<ChaosDatabase> {
  const url = await server.freshDatabase();
  const target = Number(new URL(url).port);
  const proxies: TcpProxy[] = [];
  for (let instance = 0; instance < instances; instance += 1)
    proxies.push(await startTcpProxy(target, () => committedTap((tables) => onCommit(instance, tables))));
  const connect = (): postgres.Sql =>
    postgres(url, { max: 1, idle_timeout: 0, connect_timeout: 5, onnotice: () => undefined });
  let sql = connect();
  async function rows(): Promise<Rows> {
    const [row] = await sql.unsafe<{ rows: unknown }[]>(ROWS_SQL);
    return parseRows(row?.rows);
  }
  return {
    kind: "postgres",
    watchable: true,
    environment(instance) {
      const through = new URL(url);
      through.port = String(proxies[instance]?.port ?? target);
      return { DATABASE_URL: through.href };
    },
    rows,
    async capture() {
      const captured = await rows();
      return () => Promise.resolve(captured);
    },
    async hasOrder(clientOrderId) {
      const found = await sql`select 1 from orders where client_order_id = ${clientOrderId}`;
      return found.length > 0;
    },
    cut: () => {
      for (const proxy of proxies) proxy.cut();
    },
    hang: () => {
      for (const proxy of proxies) proxy.hang();
    },
    heal: () => {
      for (const proxy of proxies) proxy.heal();
    },
    crash: () => server.crash(),
    async restart() {
      await server.restart();
      await sql.end({ timeout: 0 });
      sql = connect();
    },
    async close() {
      await sql.end({ timeout: 0 });
      for (const proxy of proxies) await proxy.close();
    },
  };
}

function notHere(): never {
  throw new Error("PGlite has no line that could be cut");
}

/** PGlite lives inside the bot: it is read from a copy of its directory, recovered as after a power cut. */
export function pgliteDatabase(dataDir: string): ChaosDatabase {
  return {
    kind: "pglite",
    watchable: false,
    environment: () => ({}),
    rows: () => Promise.resolve(notHere()),
    async capture() {
      const directory = await scratchDir("rows");
      const [archive, copy] = [join(directory, "packed"), join(directory, "pglite")];
      await pack(join(dataDir, "pglite"), archive);
      return async () => {
        try {
          await unpack(archive, copy);
          await rm(join(copy, "postmaster.pid"), { force: true });
          const database = await PGlite.create({ dataDir: copy });
          const { rows } = await database.query<{ rows: unknown }>(ROWS_SQL);
          await database.close();
          return parseRows(rows[0]?.rows);
        } finally {
          await rm(directory, { recursive: true, force: true });
        }
      };
    },
    hasOrder: () => Promise.resolve(notHere()),
    cut: notHere,
    hang: notHere,
    heal: () => undefined,
    crash: () => Promise.resolve(notHere()),
    restart: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
}
