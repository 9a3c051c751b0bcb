import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bar } from "../../../src/core/bar.ts";
import { walk } from "../../core/series-builder.ts";
import { copyProgram, type ProgramCopy } from "../../support/chaos/program-copy.ts";
import { projectWith, ROOT, type Project } from "./ground.ts";

const EXAMPLE = readFileSync(join(ROOT, "examples/strategies/donchian.ts"), "utf8");
/** The one that stands in the README. */
const README_EXAMPLE =
  /```ts\n(import \{ BUY, defineStrategy[^]*?)```/.exec(readFileSync(join(ROOT, "README.md"), "utf8"))?.[1] ??
  "";

const FILES: Readonly<Record<string, string>> = {
  "donchian.ts": EXAMPLE,
  "two-up.js": README_EXAMPLE,
  "shares.ts": `import { turned } from "./_turned.ts"; export default { ...turned, id: "shares" };`,
  "_turned.ts": `import donchian from "./donchian.js"; export const turned = { ...donchian, title: "Turned" };`,
  "syntax.ts": `export default {`,
  "missing.mjs": `import "./nowhere.mjs"; export default {};`,
  "clash.ts": `import donchian from "./donchian.ts"; export default { ...donchian, id: "momentum" };`,
  "throws.ts": `throw new TypeError("no luck today");`,
  "notes.md": "not a strategy",
};

const BARS = walk(400, 3);

let project: Project;

beforeAll(async () => {
  project = await projectWith(FILES);
  await project.writeBars(BARS);
});
afterAll(() => project.remove());

/** Highest high and lowest low of the bars before each, and the close against them. */
function donchianSignals(bars: readonly Bar[], entryBars: number, exitBars: number): readonly string[] {
  return bars.map(({ close }, t) => {
    if (t < entryBars) return "HOLD";
    const upper = Math.max(...bars.slice(t - entryBars, t).map(({ high }) => high));
    const lower = Math.min(...bars.slice(t - exitBars, t).map(({ low }) => low));
    return close > upper ? "BUY" : close < lower ? "SELL" : "HOLD";
  });
}

function signalsIn(stdout: string): readonly string[] {
  const rows: readonly { readonly signal: string }[] = JSON.parse(stdout);
  return rows.map(({ signal }) => signal);
}

describe("a file in strategies/", () => {
  it("is a strategy of the program, in a directory that is no project; faulty ones are named and left out", async () => {
    const asked = "signals donchian --csv bars.csv --json --param entry_bars=30 --param exit_bars=5";
    const { stdout, stderr, code } = await project.alphaflow(asked.split(" "));
    expect(code).toBe(0);
    expect(signalsIn(stdout)).toEqual(donchianSignals(BARS, 30, 5));
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringMatching(
        /^alphaflow: strategies\/missing\.mjs is left out: Cannot find module '.*\/nowhere\.mjs'/,
      ),
      expect.stringMatching(/^alphaflow: strategies\/syntax\.ts is left out: TransformError: /),
      "alphaflow: strategies/throws.ts is left out: TypeError: no luck today",
      "alphaflow: strategies/clash.ts is left out: id momentum is taken by a built-in strategy; choose another",
    ]);
  }, 120_000);

  it("may be JavaScript and share code with others, and its parameters are checked like any", async () => {
    const tested = await project.alphaflow(["backtest", "two_up", "--csv", "bars.csv", "--json"]);
    expect(JSON.parse(tested.stdout)).toMatchObject({
      strategy: "two_up",
      params: { closes: 2 },
      stats: { trades: expect.any(Number) },
    });
    const shared = await project.alphaflow(["signals", "shares", "--csv", "bars.csv", "--json"]);
    expect(signalsIn(shared.stdout)).toEqual(donchianSignals(BARS, 20, 10));
    const crossed = "backtest donchian --csv bars.csv --param entry_bars=5 --param exit_bars=6";
    const wrong = await project.alphaflow(crossed.split(" "));
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("exit_bars=6 is above entry_bars=5"),
    });
    const unknown = await project.alphaflow(["backtest", "donchain", "--csv", "bars.csv"]);
    expect(unknown.stderr).toContain("unknown strategy donchain; did you mean donchian?");
  }, 120_000);
});

/** What holds a thread for ever, as it would have held the bot. */
const ENDLESS: Readonly<Record<string, string>> = {
  "donchian.ts": EXAMPLE,
  "endless.ts": "for (;;);",
  "kernel.ts": `import donchian from "./donchian.ts"; export default { ...donchian, id: "endless", kernel: () => ({ step() { for (;;); }, explain() {} }) };`,
};

/** What the program says where such files lie. */
async function besideEndless(program?: string): Promise<Awaited<ReturnType<Project["alphaflow"]>>> {
  const endless = await projectWith(ENDLESS);
  try {
    await endless.writeBars(BARS);
    return await endless.alphaflow(["signals", "donchian", "--csv", "bars.csv", "--json"], program);
  } finally {
    await endless.remove();
  }
}

const LEFT_OUT = [
  "alphaflow: strategies/endless.ts is left out: loading did not end within 15 s",
  "alphaflow: strategies/kernel.ts is left out: its kernel on 500 made-up bars did not end within 15 s",
  "",
].join("\n");

describe("a file in strategies/ that never returns", () => {
  it("is named and left out, and the others are there", async () => {
    const { stdout, stderr } = await besideEndless();
    expect(stderr).toBe(LEFT_OUT);
    expect(signalsIn(stdout)).toEqual(donchianSignals(BARS, 20, 10));
  }, 180_000);
});

describe("built from dist", () => {
  let copy: ProgramCopy;

  beforeAll(async () => {
    copy = await copyProgram(ROOT, []);
    await copy.build();
  }, 180_000);
  afterAll(() => copy.remove());

  it("does the same, in TypeScript and in JavaScript", async () => {
    const typed = await project.alphaflow(["signals", "donchian", "--csv", "bars.csv", "--json"], copy.root);
    expect(signalsIn(typed.stdout)).toEqual(donchianSignals(BARS, 20, 10));
    expect(typed.stderr.trim().split("\n")).toHaveLength(4);
    const plain = await project.alphaflow(["backtest", "two_up", "--csv", "bars.csv", "--json"], copy.root);
    expect(JSON.parse(plain.stdout)).toMatchObject({ strategy: "two_up" });
  });

  it("leaves out what never returns", async () => {
    const { stdout, stderr } = await besideEndless(copy.root);
    expect(stderr).toBe(LEFT_OUT);
    expect(signalsIn(stdout)).toEqual(donchianSignals(BARS, 20, 10));
  }, 180_000);
});
