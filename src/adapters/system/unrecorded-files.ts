import { randomUUID } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { within } from "../../core/within.ts";
import type { Kept, UnrecordedStore } from "../../ports.ts";
import { systemClock } from "./clock.ts";

/** A disk that takes longer to tell what it has does not answer. */
const PATIENCE_MS = 10_000;
/** The last moment that the database takes. */
const LAST_MS = Date.UTC(9999, 11, 31);

const by = z.object({ actor: z.string(), name: z.string(), deliveryId: z.string() });
const atMs = z.number().int().min(0).max(LAST_MS);
const unrecordedSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("kill"), by, atMs }),
  z.object({ kind: z.literal("halt"), reason: z.string(), by, atMs }),
]);
const fileSchema = z.object({ accountNumber: z.string().nullable(), given: unrecordedSchema });

/**
 * One file a command, `unrecorded-paper-kill-1763868745000.json`, so that nothing that is written or removed hits another
 * one, whoever shares the directory. A draft that a crash leaves is no file: its command was not answered.
 */
export function createUnrecordedFiles(
  dataDir: string,
  accountId: string,
  patienceMs = PATIENCE_MS,
): UnrecordedStore {
  const place = path.resolve(dataDir);
  // Of what cannot be told when it was written: always the same, so that a /resume that is newer stays so.
  const openedMs = systemClock.nowMs();
  let reading: Promise<readonly Kept[]> | null = null;
  const prefix = `unrecorded-${accountId}-`;
  const isOne = (name: string): boolean =>
    name.startsWith(prefix) && /^(?:kill|halt)-\d+\.json$/.test(name.slice(prefix.length));

  async function readAll(): Promise<readonly Kept[]> {
    const names = await readdir(place).catch(async (error: unknown) =>
      hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR")
        ? []
        : unreadable(place, error, await writtenMs(place, openedMs)),
    );
    if (!Array.isArray(names)) return [names];
    const found = await Promise.all(
      names.filter(isOne).map(async (name) => readKept(path.join(place, name), openedMs)),
    );
    return found.filter((kept) => kept !== undefined);
  }

  return {
    place,

    async keep(given, accountNumber) {
      await mkdir(place, { recursive: true });
      // Parsed, so that nothing gets into the file that does not belong there, or that could not be read again.
      const content = `${JSON.stringify(fileSchema.parse({ accountNumber, given }))}\n`;
      await replaceSynced(path.join(place, `${prefix}${given.kind}-${given.atMs}.json`), content);
    },

    async kept() {
      // One at a time: each that hangs holds one of the few threads through which the process reads files and names.
      reading ??= readAll().finally(() => {
        reading = null;
      });
      const all = reading;
      try {
        return await within(systemClock, patienceMs, `no answer in ${patienceMs} ms`, () => all);
      } catch (error) {
        return [unreadable(place, error, openedMs)];
      }
    },

    async remove({ path: file, content }) {
      if (file === place) return;
      if (content.kind !== "unreadable") return rm(file, { force: true });
      await rename(file, `${file}.unreadable`).catch((error: unknown) => {
        if (!hasCode(error, "ENOENT")) throw error;
      });
    },
  };
}

/** Whole or not at all, for its owner alone. */
async function replaceSynced(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomUUID()}.draft`;
  try {
    const handle = await open(draft, "wx", 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(path.dirname(file));
}

/** The rename itself must survive a power cut; Windows cannot open a directory and needs no such thing. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Undefined when somebody else has removed it meanwhile. */
async function readKept(file: string, otherwiseMs: number): Promise<Kept | undefined> {
  try {
    const parsed = parseFile(await readFile(file, "utf8"));
    if (parsed !== undefined)
      return { path: file, accountNumber: parsed.accountNumber, content: parsed.given };
    return unreadable(file, new Error("it holds no whole command"), await writtenMs(file, otherwiseMs));
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    return unreadable(file, error, await writtenMs(file, otherwiseMs));
  }
}

function parseFile(text: string): z.infer<typeof fileSchema> | undefined {
  try {
    return fileSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

async function writtenMs(file: string, otherwiseMs: number): Promise<number> {
  return Math.trunc((await stat(file).catch(() => undefined))?.mtimeMs ?? otherwiseMs);
}

function unreadable(file: string, error: unknown, writtenAtMs: number): Kept {
  const why = error instanceof Error ? error.message : String(error);
  return { path: file, accountNumber: null, content: { kind: "unreadable", why, atMs: writtenAtMs } };
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
