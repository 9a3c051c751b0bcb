import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { commands } from "../src/commands/index.ts";
import { LIMITS } from "../src/core/risk/limits.ts";
import { strategies } from "../src/core/strategies/index.ts";
import { README, withCommands } from "./support/readme.ts";

const ROOT = resolve(import.meta.dirname, "..");
const text = readFileSync(README, "utf8");

describe("the README", () => {
  it("shows the commands as they are declared (npm run readme writes them)", () => {
    expect(text).toBe(withCommands(text, commands));
  });

  it("names every strategy", () => {
    for (const { id } of strategies) expect(text).toContain(`\`${id}\``);
  });

  it("names every risk limit with its default", () => {
    const section = text.slice(text.indexOf("### Risk limits"), text.indexOf("## The program"));
    for (const { name } of LIMITS) expect(section).toContain(`\`${name}\``);
    for (const { name, default: value } of LIMITS.filter((limit) => limit.default !== "none"))
      expect(section).toMatch(new RegExp(`\`${name}\`(?: \\| | \\()${value}`));
  });

  it("names every variable that the configuration reads, and no other", () => {
    const read = [
      ...readFileSync(join(ROOT, "src/variables.ts"), "utf8").matchAll(/^ {2}([A-Z][A-Z_]+): /gm),
    ].map((match) => match[1]);
    const table = text.slice(text.indexOf("## Configuration"), text.indexOf("## Commands"));
    const named = [...table.matchAll(/`([A-Z]+_[A-Z_]+)`/g)].map((match) => match[1]);
    expect(new Set(named)).toEqual(new Set(read));
  });

  it("names only npm scripts that exist", () => {
    const manifest: unknown = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    const scripts =
      typeof manifest === "object" && manifest !== null && "scripts" in manifest ? manifest.scripts : {};
    for (const match of text.matchAll(/npm run (?:-s )?([\w:]+)/g))
      expect(scripts).toHaveProperty([String(match[1])]);
  });
});
