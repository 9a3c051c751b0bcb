import { execFile } from "node:child_process";
import { readFile, readdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../src/adapters/postgres/open-ledger.ts";
import { readConfig } from "../src/config.ts";
import { money } from "../src/core/money.ts";
import { readExport, writeExport, type ExportOptions } from "../src/export.ts";
import type { Ledger } from "../src/ports.ts";
import { samplePosition, sampleTrade, T0 } from "./contracts/ledger-samples.ts";
import { freshDataDir } from "./support/data-dir.ts";
import { silentLog } from "./support/silent-log.ts";

const ROOT = resolve(import.meta.dirname, "..");
const HOUR = 3_600_000;

let directory: string;
let ledger: Ledger;

function open(): Promise<Ledger> {
  return openLedger({
    dataDir: directory,
    migrationsDir: join(ROOT, "migrations"),
    sinks: [],
    owner: "test",
    log: silentLog,
  });
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function alphaflow(...args: readonly string[]): Promise<Ran> {
  const env = { PATH: process.env["PATH"] ?? "", ALPHAFLOW_DATA_DIR: directory };
  return promisify(execFile)(process.execPath, [join(ROOT, "bin/alphaflow.mjs"), "export", ...args], {
    cwd: directory,
    env,
  }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error: { readonly code?: number; readonly stdout?: string; readonly stderr?: string }) => ({
      code: error.code ?? -1,
      out: error.stdout ?? "",
      err: error.stderr ?? "",
    }),
  );
}

/** Three trades in the sandbox's account: two in AAPL an hour apart, one tagged, and MSFT by hand on the next day. */
beforeAll(async () => {
  directory = await freshDataDir("export");
  ledger = await open();
  await ledger.ensureAccount({ id: "sandbox", mode: "paper", broker: "simulated", accountNumber: null });
  for (const [id, symbol, strategyId, exitTime] of [
    ["a", "AAPL", "momentum", T0],
    ["b", "AAPL", "momentum", T0 + HOUR],
    ["c", "MSFT", "manual", T0 + 24 * HOUR],
  ] as const) {
    const position = await ledger.insertPosition(
      samplePosition({
        id,
        accountId: "sandbox",
        entryOrderId: `e-${id}`,
        symbol,
        strategyId,
        entryText: "=cmd|' /C calc'!A0",
      }),
    );
    await ledger.saveTrade(sampleTrade(position, { exitTime, pnl: money("-27.5") }));
  }
  await ledger.changeTags("a", ["fomo"], []);
  await ledger.insertJournal({
    accountId: "sandbox",
    positionId: "a",
    kind: "note",
    text: '@everyone "chased" it,\nagain',
    actor: "slack:U1",
    name: "ann",
    platform: "slack",
    channel: "C1",
    deliveryId: "d1",
    atMs: T0,
  });
}, 60_000);
afterAll(async () => {
  await ledger.close();
  await rm(directory, { recursive: true, force: true });
});

/** In this process, on the open ledger: what `alphaflow export WHAT OPTIONS` writes to stdout. */
async function written(what: string, options: ExportOptions): Promise<string> {
  const stdout = new PassThrough();
  const read = text(stdout);
  await writeExport(ledger, readConfig({}), readExport(what, options), stdout);
  stdout.end();
  return read;
}

describe("alphaflow export", () => {
  it("prints every trade as CSV, with numbers as numbers and no formula", async () => {
    const out = await written("trades", {});
    const lines = out.trimEnd().split("\r\n");
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^MSFT,manual,5,.*,-27\.5,/);
    expect(out).toContain(",'=cmd|' /C calc'!A0,");
  });

  it.each<[ExportOptions, readonly string[]]>([
    [{ symbol: "aapl" }, ["b", "a"]],
    [{ strategy: "manual" }, ["c"]],
    [{ tag: "#FOMO" }, ["a"]],
    [{ from: "2026-01-05T15:00:00Z" }, ["c", "b"]],
    // A date is a whole day.
    [{ to: "2026-01-05" }, ["b", "a"]],
    [{ account: "paper" }, []],
  ])("narrows with %o", async (options, ids) => {
    const rows: unknown = JSON.parse(await written("trades", { ...options, format: "json" }));
    expect(rows).toEqual(ids.map((id): unknown => expect.objectContaining({ position_id: id })));
  });

  it("writes a whole file or none", async () => {
    const file = join(directory, "journal.csv");
    expect(await written("journal", { out: file })).toBe("");
    expect((await readFile(file, "utf8")).split("\r\n")[1]).toMatch(
      /^2026-01-05T14:30:00\.123Z,\d+,AAPL,momentum,note,"'@everyone ""chased"" it,\nagain",slack:U1,ann,slack,C1,a$/,
    );
    await expect(written("journal", { out: join(directory, "no/such/place.csv") })).rejects.toThrow("ENOENT");
    expect((await readdir(directory)).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it.each<[string, ExportOptions, string]>([
    ["trade", {}, "unknown export trade; did you mean trades?"],
    ["trades", { format: "xml" }, "unknown --format xml"],
    ["trades", { from: "yesterday" }, "--from yesterday: expected a date like 2026-01-02"],
    ["trades", { from: "2026-02-01", to: "2026-01-01" }, "--to 2026-01-01 is not after --from 2026-02-01"],
    ["trades", { strategy: "momentun" }, "did you mean momentum?"],
    ["trades", { symbol: "A!" }, "--symbol:"],
    ["trades", { tag: "a!b" }, "--tag a!b: a tag is"],
  ])("refuses %s %o before it opens the database", (what, options, message) => {
    expect(() => readExport(what, options)).toThrow(message);
  });

  it("leaves a PGlite directory alone that another process uses, says so in one line, and prints when it is free", async () => {
    const busy = await alphaflow("trades");
    expect([busy.code, busy.out]).toEqual([1, ""]);
    expect(busy.err.trimEnd().split("\n")).toHaveLength(1);
    expect(busy.err).toContain(String(process.pid));
    await ledger.close();
    const free = await alphaflow("trades", "--symbol", "MSFT");
    ledger = await open();
    expect([free.code, free.err]).toEqual([0, ""]);
    expect(free.out.split("\r\n")).toHaveLength(3);
  }, 180_000);
});
