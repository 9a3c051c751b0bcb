import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  FileChangedError,
  removeLeftovers,
  replaceFile,
  stampOf,
} from "../../../src/adapters/simulated/replace-file.ts";

const ROOT = join(import.meta.dirname, "../../..");
const MINUTE_S = 60;
/** Hundreds of synced writes take long where others keep the disk busy. */
const BUSY_DISK_MS = 120_000;

let folder: string;
let file: string;
let lock: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "alphaflow-replace-"));
  file = join(folder, "count.json");
  lock = `${file}.lock`;
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const nameOf = (host: string, pid: number): string => `${host}.${pid}.${randomUUID()}`;
const livingPid = process.ppid;

/** A lock as its holder leaves it, with a draft written so many seconds ago. */
function lockedBy(name: string, ageS: number): void {
  mkdirSync(lock);
  writeAged(join(lock, name), ageS);
}

function writeAged(path: string, ageS: number): void {
  writeFileSync(path, "draft");
  const writtenS = Date.now() / 1_000 - ageS;
  utimesSync(path, writtenS, writtenS);
}

/** Counts up in a process of its own; a count that was acknowledged must never be undone. */
async function countInProcess(times: number): Promise<void> {
  const program = `
    import { readFileSync } from "node:fs";
    import { FileChangedError, replaceFile, stampOf } from "./src/adapters/simulated/replace-file.ts";
    const file = ${JSON.stringify(file)};
    let stamp;
    let count;
    for (let done = 0; done < ${times}; ) {
      // Like the sandbox: what was written last is only read again when the file is another.
      const current = stampOf(file);
      if (current !== stamp) [stamp, count] = [current, Number(readFileSync(file, "utf8"))];
      try {
        stamp = replaceFile(file, String(count + 1), stamp);
        count += 1;
        done += 1;
      } catch (error) {
        if (!(error instanceof FileChangedError)) throw error;
      }
    }`;
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", program], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
  });
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
}

describe("replacing a file", () => {
  it(
    "loses no change of several processes that count at the same time",
    async () => {
      replaceFile(file, "0", undefined);
      await Promise.all([countInProcess(300), countInProcess(300), countInProcess(300)]);
      expect(readFileSync(file, "utf8")).toBe("900");
      expect(readdirSync(folder)).toEqual(["count.json"]);
    },
    BUSY_DISK_MS,
  );

  it(
    "loses none either when working processes are taken for gone and lose their locks",
    async () => {
      replaceFile(file, "0", undefined);
      let taken = 0;
      const thief = setInterval(() => {
        const untilMs = performance.now() + 10;
        while (performance.now() < untilMs) taken += takeDrafts();
      }, 0);
      try {
        await Promise.all([countInProcess(300), countInProcess(300)]);
      } finally {
        clearInterval(thief);
      }
      expect(taken).toBeGreaterThan(0);
      expect(readFileSync(file, "utf8")).toBe("600");
    },
    BUSY_DISK_MS,
  );

  it("gives the stamp of what it wrote and refuses a version that is no longer there", () => {
    const first = replaceFile(file, "1", undefined);
    expect(first).toBe(stampOf(file));
    const second = replaceFile(file, "2", first);
    expect(second).toBe(stampOf(file));
    expect(() => replaceFile(file, "3", first)).toThrow(FileChangedError);
    expect(readFileSync(file, "utf8")).toBe("2");
    expect(readdirSync(folder)).toEqual(["count.json"]);
  });

  it.each<[string, () => string, number]>([
    ["a dead process", () => nameOf(hostname(), 999_999_999), 0],
    ["a predecessor with our own process id", () => nameOf(hostname(), process.pid), 0],
    ["a process that has been stopped for long", () => nameOf(hostname(), livingPid), 10],
    ["a process of another machine that is silent", () => nameOf("elsewhere", 1), 10],
  ])("takes the lock of %s", (_, name, ageS) => {
    lockedBy(name(), ageS);
    replaceFile(file, "1", undefined);
    expect(readdirSync(folder)).toEqual(["count.json"]);
  });

  it.each([
    ["this machine", hostname(), livingPid],
    ["another machine", "elsewhere", 999_999_999],
  ])("waits for a holder on %s, gives up in the end and leaves its lock alone", (_, host, pid) => {
    const name = nameOf(host, pid);
    lockedBy(name, 0);
    expect(() => replaceFile(file, "1", undefined)).toThrow(
      /held by another process; if none runs, remove it/,
    );
    expect(readdirSync(folder)).toEqual(["count.json.lock"]);
    expect(readdirSync(lock)).toEqual([name]);
  });

  it("takes an empty lock for a free one", () => {
    mkdirSync(lock);
    replaceFile(file, "1", undefined);
    expect(readdirSync(folder)).toEqual(["count.json"]);
  });
});

describe("what killed processes left beside the file", () => {
  it("is removed when it is a dead process's or old, and nothing else is", () => {
    replaceFile(file, "1", undefined);
    const old = 2 * MINUTE_S;
    const kept = [
      `count.json.${nameOf(hostname(), livingPid)}.tmp`,
      `count.json.${nameOf("elsewhere", 1)}.tmp`,
    ];
    const removed = [
      [`count.json.${nameOf(hostname(), 999_999_999)}.tmp`, 0],
      [`count.json.${nameOf("elsewhere", 1)}.tmp`, old],
    ] as const;
    const foreign = ["count.json.backup.tmp", "other.json.tmp"];
    for (const entry of kept) writeAged(join(folder, entry), 0);
    for (const [entry, ageS] of removed) writeAged(join(folder, entry), ageS);
    for (const entry of foreign) writeAged(join(folder, entry), old);
    removeLeftovers(file);
    expect(readdirSync(folder).toSorted()).toEqual(["count.json", ...kept, ...foreign].toSorted());
  });
});

/** How many drafts their holders no longer can commit. */
function takeDrafts(): number {
  try {
    const names = readdirSync(lock);
    for (const name of names) unlinkSync(join(lock, name));
    return names.length;
  } catch {
    // Nobody holds it, or not any more.
    return 0;
  }
}
