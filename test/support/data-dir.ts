import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { access, copyFile, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { openLedger } from "../../src/adapters/postgres/open-ledger.ts";
import { scratchDir } from "./scratch.ts";
import { silentLog } from "./silent-log.ts";

const run = promisify(execFile);

export const MIGRATIONS = resolve(import.meta.dirname, "../../migrations");
const PGLITE = resolve(import.meta.dirname, "../../node_modules/@electric-sql/pglite/package.json");

/**
 * A data directory of its own with every migration applied and nothing in it. Making one takes five seconds of computing;
 * unpacking the one that was made takes a tenth, where copying its thousand files takes more than a second.
 */
export async function freshDataDir(name: string): Promise<string> {
  const directory = await scratchDir(name);
  await unpack(await templateDataDir(), directory);
  return directory;
}

/** Packs a directory that nobody writes to meanwhile. */
export async function pack(directory: string, archive: string): Promise<void> {
  await run("tar", ["-cf", archive, "-C", directory, "."]);
}

export async function unpack(archive: string, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await run("tar", ["-xf", archive, "-C", directory]);
}

/** The packed template; made where there is none yet for these migrations and this PGlite. */
export async function templateDataDir(): Promise<string> {
  const archive = join(tmpdir(), `alphaflow-template-${await fingerprint()}.tar`);
  const there = await access(archive).then(
    () => true,
    () => false,
  );
  if (!there) await make(archive);
  return archive;
}

async function make(archive: string): Promise<void> {
  const directory = await scratchDir("template");
  try {
    const dataDir = join(directory, "data");
    const ledger = await openLedger({
      dataDir,
      migrationsDir: MIGRATIONS,
      sinks: [],
      owner: "template",
      log: silentLog,
    });
    await ledger.close();
    await pack(dataDir, join(directory, "packed"));
    // Several may make it at once: whoever reads it sees a whole one.
    await copyFile(join(directory, "packed"), `${archive}.${process.pid}`);
    await rename(`${archive}.${process.pid}`, archive);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function fingerprint(): Promise<string> {
  const hash = createHash("sha256");
  hash.update(await readFile(PGLITE));
  for (const name of (await readdir(MIGRATIONS)).toSorted((a, b) => a.localeCompare(b)))
    if (name.endsWith(".sql")) hash.update(name).update(await readFile(join(MIGRATIONS, name)));
  return hash.digest("hex").slice(0, 16);
}
