import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createUnrecordedFiles } from "../../../src/adapters/system/unrecorded-files.ts";
import type { Unrecorded } from "../../../src/ports.ts";
import { scratchDir } from "../../support/scratch.ts";

const BY = { actor: "slack:U1", name: "ann", deliveryId: "d1" };
const KILL: Unrecorded = { kind: "kill", by: BY, atMs: 1_763_868_745_000 };
const fileOf = (given: object): string => JSON.stringify({ accountNumber: "PA1", given });
const HALT: Unrecorded = { kind: "halt", reason: "CPI", by: BY, atMs: 1_763_868_746_000 };

describe("what the database did not take", () => {
  let root: string;
  beforeEach(async () => {
    root = await scratchDir("unrecorded");
  });
  afterEach(async () => rm(root, { recursive: true, force: true }));

  it("is found by the next process of the account, and by no other account", async () => {
    const dataDir = join(root, "made", "here");
    const paper = createUnrecordedFiles(dataDir, "paper");
    await paper.keep(KILL, "PA1");
    await paper.keep(HALT, null);
    const found = await createUnrecordedFiles(dataDir, "paper").kept();
    expect(found.map((each) => [each.content, each.accountNumber])).toEqual(
      expect.arrayContaining([
        [KILL, "PA1"],
        [HALT, null],
      ]),
    );
    expect(found).toHaveLength(2);
    expect(await createUnrecordedFiles(dataDir, "live").kept()).toEqual([]);
  });

  it("lies in one whole file each, for its owner alone, and holds nothing else", async () => {
    const more = { ...KILL, by: { ...BY, token: "xoxb-secret" } };
    await createUnrecordedFiles(root, "paper").keep(more, "PA1");
    expect(await readdir(root)).toEqual(["unrecorded-paper-kill-1763868745000.json"]);
    const file = join(root, "unrecorded-paper-kill-1763868745000.json");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ accountNumber: "PA1", given: KILL });
  });

  it("is removed one by one, and removing it twice does nothing", async () => {
    const store = createUnrecordedFiles(root, "paper");
    await store.keep(KILL, "PA1");
    await store.keep(HALT, "PA1");
    const kill = (await store.kept()).find((each) => each.content.kind === "kill");
    if (kill === undefined) throw new Error("the kill was not found");
    await store.remove(kill);
    await store.remove(kill);
    expect((await store.kept()).map((each) => each.content)).toEqual([HALT]);
  });

  it("is nothing where there is no directory", async () => {
    expect(await createUnrecordedFiles(join(root, "none"), "paper").kept()).toEqual([]);
  });

  it("is not the draft of a process that died", async () => {
    await writeFile(join(root, "unrecorded-paper-kill-1763868745000.json.1-2-3.draft"), '{"kind":');
    expect(await createUnrecordedFiles(root, "paper").kept()).toEqual([]);
  });

  it.each([
    ["half a file", '{"accountNumber":null,"given":{'],
    ["an empty one", ""],
    ["another kind", fileOf({ ...KILL, kind: "pause" })],
    ["no time", fileOf({ kind: "kill", by: BY })],
    ["a time that no database takes", fileOf({ ...KILL, atMs: 1e17 })],
  ])("is told as unreadable, with its age, and put aside: %s", async (_, content) => {
    const file = join(root, "unrecorded-paper-kill-1763868745000.json");
    await writeFile(file, content);
    await utimes(file, 1_763_868_745, 1_763_868_745);
    const store = createUnrecordedFiles(root, "paper");
    const found = await store.kept();
    expect(found).toMatchObject([{ path: file, content: { kind: "unreadable", atMs: 1_763_868_745_000 } }]);
    for (const kept of [...found, ...found]) await store.remove(kept);
    expect(await readdir(root)).toEqual(["unrecorded-paper-kill-1763868745000.json.unreadable"]);
    expect(await store.kept()).toEqual([]);
  });

  it("is told as unreadable where it is no file", async () => {
    await mkdir(join(root, "unrecorded-paper-halt-1.json"));
    expect(await createUnrecordedFiles(root, "paper").kept()).toMatchObject([
      { content: { kind: "unreadable", why: expect.stringContaining("EISDIR") } },
    ]);
  });

  it("is told as unreadable where the disk does not answer, which keeps one reader waiting and no more", async () => {
    const pipe = join(root, "unrecorded-paper-kill-1.json");
    await promisify(execFile)("mkfifo", [pipe]);
    const store = createUnrecordedFiles(root, "paper", 20);
    const found = [];
    for (let call = 0; call < 6; call += 1) found.push(await store.kept());
    const [first] = found;
    expect(first).toMatchObject([
      { path: root, accountNumber: null, content: { kind: "unreadable", why: "no answer in 20 ms" } },
    ]);
    expect(found).toEqual(found.map(() => first));
    // Whoever reads has a thread.
    expect(await readdir(root)).toHaveLength(1);
    // What hangs goes on under another name, and the next reader finds a file that answers.
    await rename(pipe, join(root, "released"));
    await writeFile(pipe, fileOf(KILL));
    await writeFile(join(root, "released"), "");
    await expect.poll(async () => store.kept()).toMatchObject([{ content: KILL }]);
  });

  it("has always the same age where none can be told, so that a newer /resume stays newer", async () => {
    const store = createUnrecordedFiles(join(root, "x".repeat(300)), "paper");
    const [before] = await store.kept();
    await delay(5);
    expect(before?.content).toMatchObject({
      kind: "unreadable",
      why: expect.stringContaining("ENAMETOOLONG"),
    });
    expect(await store.kept()).toEqual([before]);
  });

  it("leaves no draft behind when it cannot be kept", async () => {
    await mkdir(join(root, "unrecorded-paper-kill-1763868745000.json", "in the way"), { recursive: true });
    await expect(createUnrecordedFiles(root, "paper").keep(KILL, null)).rejects.toThrow("EISDIR");
    expect(await readdir(root)).toEqual(["unrecorded-paper-kill-1763868745000.json"]);
  });
});
