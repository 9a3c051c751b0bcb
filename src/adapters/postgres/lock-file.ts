import { createHash, randomUUID } from "node:crypto";
import { link, readdir, readFile, readlink, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { LedgerUnavailable } from "./failure.ts";

const LOCK_NAME = "pglite.lock";
const BEAT_MS = 5_000;
/** A holder in another container cannot be looked up by its process id: this long without a beat and it is gone. */
const SILENT_AFTER_MS = 4 * BEAT_MS;

/** Who holds the directory. What /proc does not tell (no Linux) is null. */
const holderSchema = z.object({
  token: z.string().regex(/^[\w-]+$/),
  pid: z.number().int().positive(),
  /** Clock ticks from boot to the start of the process: tells it from a later one with the same id. */
  startedTicks: z.string().nullable(),
  bootId: z.string().nullable(),
  /** Process ids mean something only inside their namespace (a container has its own). */
  pidNamespace: z.string().nullable(),
});
type Holder = z.infer<typeof holderSchema>;

/** A holder and the file that says so. */
interface Claim {
  readonly file: string;
  /** Undefined when the file is not one of ours whole: nobody alive has written it. */
  readonly holder: Holder | undefined;
  /** Unique to this claim; the next claimant's file is named for it. */
  readonly token: string;
}

/**
 * Makes this process the only user of `dataDir` by a lock file with its process id; two processes would corrupt a PGlite
 * directory. The lock of a dead process is taken over. Returns the unlock. Throws LedgerUnavailable while another one lives.
 */
export async function lockDirectory(dataDir: string): Promise<() => Promise<void>> {
  const lockPath = path.join(dataDir, LOCK_NAME);
  const me = await thisProcess();
  const draft = `${lockPath}.${me.token}.draft`;
  // Linked or renamed from a finished file, so that nobody ever reads half a claim.
  await writeFile(draft, `${JSON.stringify(me)}\n`);
  try {
    await claim(lockPath, draft, dataDir);
  } finally {
    await rm(draft, { force: true });
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(lockPath, now, now).catch(() => undefined); // the directory is gone: nothing left to guard
  }, BEAT_MS);
  beat.unref();
  return async () => {
    clearInterval(beat);
    if ((await readClaim(lockPath))?.token === me.token) await rm(lockPath, { force: true });
  };
}

/**
 * Whoever creates a file that must not exist yet has the directory: the lock itself, or, when its holder is dead, the one
 * place after it. So each dead holder has one heir, however many try at once. The heir then puts its own claim in the lock's
 * place and clears the others away; a claimant who was on its way along the old ones sees by the changed lock that it is late.
 */
async function claim(lockPath: string, draft: string, dataDir: string): Promise<void> {
  for (;;) {
    if (await linked(draft, lockPath)) return;
    const first = await readClaim(lockPath);
    if (first === undefined) continue; // unlocked this moment
    const last = await lastHeir(first, lockPath);
    if (await isAlive(last)) throw inUse(dataDir, lockPath, last);
    const place = placeAfter(last, lockPath);
    if (!(await linked(draft, place))) continue;
    if ((await readClaim(lockPath))?.token === first.token) {
      await rename(draft, lockPath);
      await clearPlaces(dataDir);
      return;
    }
    await rm(place, { force: true });
  }
}

async function lastHeir(first: Claim, lockPath: string): Promise<Claim> {
  const next = await readClaim(placeAfter(first, lockPath));
  return next === undefined ? first : lastHeir(next, lockPath);
}

function placeAfter({ token }: Claim, lockPath: string): string {
  return `${lockPath}.${token}.next`;
}

async function clearPlaces(dataDir: string): Promise<void> {
  const places = (await readdir(dataDir)).filter(
    (name) => name.startsWith(`${LOCK_NAME}.`) && name.endsWith(".next"),
  );
  await Promise.all(places.map(async (name) => rm(path.join(dataDir, name), { force: true })));
}

/** False when there is a file of that name already. */
async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

function inUse(dataDir: string, lockPath: string, { holder }: Claim): LedgerUnavailable {
  return new LedgerUnavailable(
    `the data directory ${dataDir} is in use by process ${holder?.pid ?? "?"}: stop that AlphaFlow first, or set ALPHAFLOW_DATA_DIR to another directory or DATABASE_URL to a Postgres (lock file ${lockPath})`,
  );
}

async function readClaim(file: string): Promise<Claim | undefined> {
  const content = await readFile(file, "utf8").catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const holder = parseHolder(content);
  return { file, holder, token: holder?.token ?? createHash("md5").update(content).digest("hex") };
}

function parseHolder(content: string): Holder | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}

async function isAlive({ file, holder }: Claim): Promise<boolean> {
  if (holder === undefined) return false;
  const me = await thisProcess();
  if (holder.bootId !== me.bootId) return false;
  if (holder.pidNamespace !== me.pidNamespace) return Date.now() - (await modifiedAt(file)) < SILENT_AFTER_MS;
  if (!processExists(holder.pid)) return false;
  return holder.startedTicks === null || holder.startedTicks === (await startedTicks(holder.pid));
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM"); // it exists and is somebody else's
  }
}

async function thisProcess(): Promise<Holder> {
  return {
    token: randomUUID(),
    pid: process.pid,
    startedTicks: await startedTicks(process.pid),
    bootId: (await readText("/proc/sys/kernel/random/boot_id"))?.trim() ?? null,
    pidNamespace: await readlink("/proc/self/ns/pid").catch(() => null),
  };
}

/** Field 22 of /proc/PID/stat; the name in field 2 may hold spaces and brackets, so counting starts after its last one. */
async function startedTicks(pid: number): Promise<string | null> {
  const line = await readText(`/proc/${pid}/stat`);
  return line?.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

async function modifiedAt(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;
}

/** One of /proc's files; undefined where there is no /proc. */
async function readText(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch(() => undefined);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
