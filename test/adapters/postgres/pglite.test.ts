import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { connectPglite } from "../../../src/adapters/postgres/connect-pglite.ts";
import { Connection } from "../../../src/adapters/postgres/connection.ts";
import { lockDirectory } from "../../../src/adapters/postgres/lock-file.ts";
import { openLedger } from "../../../src/adapters/postgres/open-ledger.ts";
import { describeLedger } from "../../contracts/ledger.ts";
import { sampleAudit } from "../../contracts/ledger-samples.ts";
import { ledgerOptions } from "./support.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "alphaflow-pglite-"));
  // Making a directory takes PGlite seconds, copying one takes none: one a group of tests.
  const dataDir = path.join(root, "new");
  await (await openLedger(ledgerOptions({ dataDir }))).close();
  for (const name of ["contract", "kept", "contested"])
    await cp(dataDir, path.join(root, name), { recursive: true });
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

describeLedger("PGlite", async () => openLedger(ledgerOptions({ dataDir: path.join(root, "contract") })));

describe("a PGlite directory", () => {
  const children: ChildProcess[] = [];
  afterAll(() => {
    for (const child of children) child.kill("SIGKILL");
  });

  /** Starts hold-pglite.ts and gives its first line. */
  const otherProcess = async (dataDir: string): Promise<{ child: ChildProcess; said: string }> => {
    const script = fileURLToPath(new URL("hold-pglite.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", script, dataDir], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    children.push(child);
    const [said] = await once(createInterface(child.stdout), "line");
    return { child, said: String(said) };
  };

  it("keeps what was written, applies migrations once and leaves no lock behind", async () => {
    const dataDir = path.join(root, "kept");
    const first = await openLedger(ledgerOptions({ dataDir }));
    expect(first.description).toBe(`PGlite in ${dataDir}`);
    await first.setSetting("kept", "yes");
    await first.close();
    await first.close();
    await expect(first.ping()).rejects.toThrow("the ledger is closed");
    expect(await readdir(dataDir)).toEqual(["pglite"]);
    const second = await openLedger(ledgerOptions({ dataDir }));
    expect(await second.setting("kept")).toBe("yes");
    await second.close();
  });

  it("gives the next process the lease of a dead one at once, under a new epoch", async () => {
    const dataDir = path.join(root, "kept");
    const before = await openLedger(ledgerOptions({ dataDir, owner: "first start" }));
    await before.ensureAccount({ id: "leased", mode: "paper", broker: "simulated", accountNumber: null });
    const held = await before.takeLease("leased", "first start", 600_000);
    // Closed without giving the lease back, as a killed process leaves it.
    await before.close();
    const after = await openLedger(ledgerOptions({ dataDir, owner: "second start" }));
    try {
      expect(await after.takeLease("leased", "second start", 600_000)).toMatchObject({
        epoch: (held?.epoch ?? 0) + 1,
      });
    } finally {
      await after.close();
    }
  });

  it("has an audit that cannot be changed", async () => {
    const dataDir = path.join(root, "kept");
    const ledger = await openLedger(ledgerOptions({ dataDir }));
    await ledger.insertAudit(sampleAudit());
    await ledger.close();
    const connection = new Connection(await connectPglite(dataDir, "test"));
    for (const statement of ["update audit set actor = 'nobody'", "delete from audit", "truncate audit"])
      await expect(connection.execute("tamper", (db) => db.execute(sql.raw(statement)))).rejects.toThrow(
        "append-only",
      );
    await connection.end();
  });

  it("lets only one process in, names it to the others, and is taken over when it was killed", async () => {
    const dataDir = path.join(root, "contested");
    const holder = await otherProcess(dataDir);
    expect(holder.said).toBe("open");
    const refused = new RegExp(
      `^LedgerUnavailable: the data directory ${dataDir} is in use by process ${holder.child.pid}: stop that AlphaFlow first, or set ALPHAFLOW_DATA_DIR`,
    );
    expect(String(await openLedger(ledgerOptions({ dataDir })).catch((error: unknown) => error))).toMatch(
      refused,
    );
    expect((await otherProcess(dataDir)).said).toMatch(refused);
    holder.child.kill("SIGKILL");
    await once(holder.child, "exit");
    const ledger = await openLedger(ledgerOptions({ dataDir }));
    expect((await ledger.pendingAlerts("slack:C1", 9)).map(({ key }) => key)).toEqual([
      "from the other process",
    ]);
    await ledger.close();
  });

  it("has one heir to a dead lock, however many want it at once", async () => {
    const dataDir = path.join(root, "contested");
    for (let round = 0; round < 40; round += 1) {
      await writeFile(path.join(dataDir, "pglite.lock"), "dead");
      const claims = await Promise.allSettled(Array.from({ length: 8 }, async () => lockDirectory(dataDir)));
      const unlocks = claims.filter((claim) => claim.status === "fulfilled").map(({ value }) => value);
      expect(unlocks.length).toBe(1);
      expect((await readdir(dataDir)).toSorted()).toEqual(["pglite", "pglite.lock"]);
      await unlocks[0]?.();
    }
  });

  it("lets one of several in when they find a dead lock at the same moment, and no second ledger in one process", async () => {
    const dataDir = path.join(root, "kept");
    const lock = path.join(dataDir, "pglite.lock");
    await writeFile(lock, "half a lo");
    const opened = await Promise.allSettled(
      [1, 2, 3].map(async () => openLedger(ledgerOptions({ dataDir }))),
    );
    const ledgers = opened.filter((result) => result.status === "fulfilled").map(({ value }) => value);
    expect(ledgers.length).toBe(1);
    expect(
      opened.filter((result) => result.status === "rejected").map(({ reason }) => String(reason)),
    ).toEqual([
      expect.stringContaining(`in use by process ${process.pid}`),
      expect.stringContaining(`in use by process ${process.pid}`),
    ]);
    expect((await readdir(dataDir)).toSorted()).toEqual(["pglite", "pglite.lock"]);
    await ledgers[0]?.close();
    expect(await readdir(dataDir)).toEqual(["pglite"]);
  });

  it.runIf(process.platform === "linux")(
    "is not fooled by a process id that came round again, nor by a reboot",
    async () => {
      const dataDir = path.join(root, "kept");
      const lock = path.join(dataDir, "pglite.lock");
      const held = await openLedger(ledgerOptions({ dataDir }));
      const mine = z.looseObject({}).parse(JSON.parse(await readFile(lock, "utf8")));
      await held.close();
      for (const stale of [{ startedTicks: "1" }, { bootId: "another boot" }, { pid: 2 ** 22 + 1 }]) {
        await writeFile(lock, JSON.stringify({ ...mine, token: "stale", ...stale }));
        const ledger = await openLedger(ledgerOptions({ dataDir }));
        await ledger.close();
      }
      await writeFile(lock, JSON.stringify({ ...mine, token: "live" }));
      await expect(openLedger(ledgerOptions({ dataDir }))).rejects.toThrow("in use by process");
      // A dead lock with an heir who is about to move in; then one whose heir died over it.
      await writeFile(lock, JSON.stringify({ ...mine, token: "dead", startedTicks: "1" }));
      await writeFile(`${lock}.dead.next`, JSON.stringify({ ...mine, token: "heir" }));
      await expect(openLedger(ledgerOptions({ dataDir }))).rejects.toThrow("in use by process");
      await writeFile(`${lock}.dead.next`, JSON.stringify({ ...mine, token: "heir", startedTicks: "1" }));
      const heir = await openLedger(ledgerOptions({ dataDir }));
      expect((await readdir(dataDir)).toSorted()).toEqual(["pglite", "pglite.lock"]);
      await heir.close();
    },
  );

  it.runIf(process.platform === "linux")(
    "waits for a holder in another container to fall silent, whose process id says nothing",
    async () => {
      const dataDir = path.join(root, "kept");
      const lock = path.join(dataDir, "pglite.lock");
      const held = await openLedger(ledgerOptions({ dataDir }));
      const mine = z.looseObject({}).parse(JSON.parse(await readFile(lock, "utf8")));
      await held.close();
      await writeFile(
        lock,
        JSON.stringify({ ...mine, token: "container", pidNamespace: "pid:[1]", startedTicks: "1" }),
      );
      await expect(openLedger(ledgerOptions({ dataDir }))).rejects.toThrow("in use by process");
      const longAgo = new Date(Date.now() - 60_000);
      await utimes(lock, longAgo, longAgo);
      const ledger = await openLedger(ledgerOptions({ dataDir }));
      await ledger.close();
    },
  );

  it("says in one line when it cannot be made", async () => {
    const file = path.join(root, "file");
    await writeFile(file, "");
    await expect(openLedger(ledgerOptions({ dataDir: path.join(file, "data") }))).rejects.toThrow(
      /^the embedded database in .* cannot be opened: ENOTDIR.*; set ALPHAFLOW_DATA_DIR to a directory/,
    );
  });
});
