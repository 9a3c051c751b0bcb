import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const [, services = ""] = readFileSync(join(ROOT, "docker-compose.yml"), "utf8").split(
  /^services:\n|^volumes:\n/m,
);
/** Name and lines of each service. */
const declared = [...services.matchAll(/^ {2}(\w+):\n((?: {4}.*\n|\n)*)/gm)].map(
  ([, name = "", lines = ""]) => [name, lines] as const,
);

describe("docker-compose.yml", () => {
  it("starts the database and the bot, and workers only where they are asked for", () => {
    const always = declared.filter(([, lines]) => !lines.includes("    profiles:"));
    expect(always.map(([name]) => name)).toEqual(["db", "bot"]);
    const [, worker = ""] = declared.find(([name]) => name === "worker") ?? [];
    expect(worker).toContain('    profiles: ["worker"]\n');
    expect(worker).toContain('"bin/alphaflow.mjs", "worker"]\n');
    // A worker has no use for a broker's keys.
    expect(worker).not.toContain("env_file");
  });
});
