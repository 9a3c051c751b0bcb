import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = resolve(import.meta.dirname, "../src");

/** Which parts of src a part may import. "self" is its own folder; a name is that file or folder. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: ["core"],
  message: [],
  ports: ["ports", "core", "message"],
  app: ["app", "core", "ports", "message"],
  research: ["research", "core", "ports"],
  commands: ["commands", "app", "research", "core", "ports", "message"],
  "adapters/slack": ["self", "ports", "core", "message", "commands"],
  "adapters/discord": ["self", "ports", "core", "message", "commands"],
  "adapters/console": ["self", "ports", "core", "message", "commands"],
  "adapters/*": ["self", "ports", "core", "message"],
  variables: [],
  config: ["variables", "core"],
  banner: ["config"],
  doctor: ["*"],
  export: ["app", "core", "ports", "config"],
  "research-commands": ["read-bars", "import-bars", "research", "core", "ports"],
  "read-bars": ["adapters/alpaca", "app", "research", "export", "core", "ports", "config"],
  "import-bars": ["read-bars", "research", "core", "ports"],
  ml: ["app", "research", "core", "ports"],
  "ml-commands": ["ml", "research-commands", "read-bars", "research", "core"],
  venues: ["*"],
  chats: ["*"],
  index: ["core", "adapters/own-strategies"],
  wire: ["*"],
  studies: ["*"],
  worker: ["*"],
  "stop-on-signal": ["ports"],
  main: ["*"],
};

/** npm packages that may stand in the pure core: they compute and touch nothing. */
const CORE_PACKAGES: ReadonlySet<string> = new Set(["decimal.js", "technicalindicators"]);

/** What must not stand in the core: the world comes in through arguments. */
const IMPURE = [
  /\bnew Date\(\)/,
  /\bDate\.now\(/,
  /\bMath\.random\(/,
  /\bfetch\(/,
  /\bprocess\./,
  /\bperformance\.now\(/,
];

interface Import {
  readonly file: string;
  readonly target: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
const imports: readonly Import[] = files.flatMap((file) =>
  [...readFileSync(join(SRC, file), "utf8").matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => ({
    file,
    target: match[1] ?? "",
  })),
);

/** "adapters/slack", "core", "ports": the part of src a file belongs to. */
function partOf(file: string): string {
  const [first = "", second = ""] = file.split("/");
  if (first === "adapters") return `adapters/${second}`;
  return first.replace(/\.ts$/, "");
}

function allowed(part: string, target: string): boolean {
  const rules = MAY_IMPORT[part] ?? (part.startsWith("adapters/") ? MAY_IMPORT["adapters/*"] : undefined);
  if (rules === undefined) return false;
  return rules.some((rule) => rule === "*" || rule === target || (rule === "self" && target === part));
}

describe("the architecture", () => {
  it("lets each part import only what its row in the table names", () => {
    const violations = imports
      .filter(({ target }) => target.startsWith("."))
      .map(({ file, target }) => ({ file, to: relative(SRC, join(SRC, dirname(file), target)) }))
      .filter(({ file, to }) => !allowed(partOf(file), partOf(to)))
      .map(({ file, to }) => `${file} imports ${to}`);
    expect(violations).toEqual([]);
  });

  it("keeps npm packages that touch the world out of the core", () => {
    const violations = imports
      .filter(
        ({ file, target }) =>
          file.startsWith("core/") && !target.startsWith(".") && !CORE_PACKAGES.has(target),
      )
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(violations).toEqual([]);
  });

  it("keeps clock, randomness and I/O out of the core", () => {
    const violations = files
      .filter((file) => file.startsWith("core/"))
      .flatMap((file) => {
        const code = readFileSync(join(SRC, file), "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
        return IMPURE.filter((pattern) => pattern.test(code)).map((pattern) => `${file}: ${pattern.source}`);
      });
    expect(violations).toEqual([]);
  });

  it("reads the environment in main and config only", () => {
    const violations = files.filter(
      (file) =>
        !["main.ts", "config.ts"].includes(file) &&
        /process\.env/.test(readFileSync(join(SRC, file), "utf8")),
    );
    expect(violations).toEqual([]);
  });

  it("joins no abort signals: one that lives as long as the process keeps all that were made of it", () => {
    const joining = files.filter((file) => readFileSync(join(SRC, file), "utf8").includes("AbortSignal.any"));
    expect(joining).toEqual([]);
  });

  it("has SQL in the ledger only", () => {
    const violations = imports
      .filter(
        ({ file, target }) =>
          /^(?:drizzle-orm|postgres|@electric-sql)/.test(target) && !file.startsWith("adapters/postgres/"),
      )
      .map(({ file, target }) => `${file} imports ${target}`);
    expect(violations).toEqual([]);
  });

  it("keeps each file one thing, under 300 lines", () => {
    const long = files
      .map((file) => ({ file, lines: readFileSync(join(SRC, file), "utf8").split("\n").length - 1 }))
      .filter(({ lines }) => lines >= 300)
      .map(({ file, lines }) => `${file}: ${lines} lines`);
    expect(long).toEqual([]);
  });

  it("writes entries through the pre-trade check only: no other file inserts orders but those of exits and of what the broker holds already", () => {
    const writers = files.filter((file) => /\.insertOrder\(/.test(readFileSync(join(SRC, file), "utf8")));
    expect(writers.toSorted()).toEqual([
      "app/adopt-order.ts",
      "app/execute.ts",
      "app/follow-replaced.ts",
      "app/legs.ts",
      "app/pre-trade.ts",
    ]);
  });

  it("sends orders from one place, after their row; only a kill without the database has none to write", () => {
    const senders = files.filter((file) => /broker\.place\(/.test(readFileSync(join(SRC, file), "utf8")));
    expect(senders.toSorted()).toEqual(["app/direct-kill.ts", "app/execute.ts"]);
  });
});
