import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tryFiles } from "../../../src/adapters/own-strategies/try-files.ts";
import { registerOwnStrategies } from "../../../src/core/strategies/index.ts";
import { quickTest } from "../../../src/core/strategies/quick-test.ts";
import { inThread, startThread } from "../../../src/research/thread.ts";
import type { knownStrategies } from "../../support/strategies-thread.ts";
import { projectWith, ROOT, type Project } from "./ground.ts";

/** Much longer than a sound file takes on a machine that does other things, too. */
const DEADLINE_MS = 4_000;

const strategyWith = (over: string): string =>
  `import donchian from "./donchian.ts"; export default { ...donchian, ${over} };`;

const FILES: Readonly<Record<string, string>> = {
  "donchian.ts": readFileSync(join(ROOT, "examples/strategies/donchian.ts"), "utf8"),
  "check.ts": strategyWith("check() { for (;;); }"),
  "ends.js": "process.exit(0);",
  "kernel.ts": strategyWith(
    "kernel: () => ({ step() { for (;;); }, explain: () => ({ reason: 'none', figures: {} }) })",
  ),
  "loops.ts": "for (;;);",
  "plot.ts": strategyWith("plot() { for (;;); }"),
  "rejects.mjs": `Promise.reject(new TypeError("nobody waits for me")); export { default } from "./donchian.ts";`,
  "throws.ts": strategyWith("kernel() { throw new RangeError('too odd'); }"),
  "waits.ts": "await new Promise(() => undefined);",
};

let project: Project;

beforeAll(async () => {
  project = await projectWith(FILES);
});
afterAll(() => project.remove());

const tried = (files: readonly string[]) =>
  tryFiles(join(project.directory, "strategies"), files, startThread, DEADLINE_MS);

const noThread = (): never => {
  throw new Error("a thread for nothing");
};

describe("files that are tried out before the bot loads them", () => {
  it("are told what never returns, by its part, and what ends the program; sound ones are not among them", async () => {
    expect(await tried(Object.keys(FILES))).toEqual([
      { file: "check.ts", reason: "the check of its defaults did not end within 4 s" },
      { file: "ends.js", reason: "it ends the program, with code 0" },
      { file: "kernel.ts", reason: "its kernel on 500 made-up bars did not end within 4 s" },
      { file: "loops.ts", reason: "loading did not end within 4 s" },
      { file: "plot.ts", reason: "its plot did not end within 4 s" },
      { file: "rejects.mjs", reason: "TypeError: nobody waits for me" },
      {
        file: "throws.ts",
        reason: "its defaults are refused: strategy donchian (throws.ts): kernel: RangeError: too odd",
      },
      { file: "waits.ts", reason: "loading did not end within 4 s" },
    ]);
  }, 120_000);

  it("cost no thread where there are none", async () => {
    expect(await tryFiles(project.directory, [], noThread, DEADLINE_MS)).toEqual([]);
  });

  it("are loaded in further threads only where they were here", async () => {
    const directory = join(project.directory, "strategies");
    const strategy = { ...quickTest, id: "donchian" };
    registerOwnStrategies({ directory, loaded: [{ file: "donchian.ts", strategy }], leftOut: [] });
    const module = new URL("../../support/strategies-thread", import.meta.url).href;
    const known = await inThread<typeof knownStrategies>({ module, job: null, transfer: [] }, undefined);
    registerOwnStrategies({ loaded: [], leftOut: [] });
    expect(known.slice(7)).toEqual(["donchian"]);
  });
});
