import { closeSync, openSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createLog } from "../../../src/adapters/system/log.ts";
import { scratchDir } from "../../support/scratch.ts";

let directory: string;
let file: string;
let fd: number;

beforeEach(async () => {
  directory = await scratchDir("log");
  file = join(directory, "log");
  fd = openSync(file, "a");
});
afterEach(async () => {
  closeSync(fd);
  await rm(directory, { recursive: true, force: true });
});

const open = (terminal: boolean) => createLog({ level: "info", terminal, secrets: ["s3cret"], fd });
const written = (): string => readFileSync(file, "utf8");

describe("the log", () => {
  it("writes a line of JSON, without secrets and with the messages of an error", () => {
    open(false).warn({ error: new Error("s3cret", { cause: new Error("no route") }) }, "the price is lost");
    expect(JSON.parse(written())).toMatchObject({
      level: 40,
      error: "Error: [secret] ← Error: no route",
      msg: "the price is lost",
    });
    expect(written()).toMatch(/^[^\n]+\n$/);
  });

  it("writes for a reader at a terminal", () => {
    open(true).info({ port: 8080, token: "s3cret" }, "started");
    expect(stripVTControlCharacters(written())).toMatch(
      /^\[\d\d:\d\d:\d\d\] INFO: started\n {4}port: 8080\n {4}token: "\[secret\]"\n$/,
    );
  });

  it.each([false, true])("is nobody's failure when nothing can be written (terminal: %s)", (terminal) => {
    closeSync(fd);
    fd = openSync(file, "r");
    const log = open(terminal);
    for (let line = 0; line < 3; line += 1) expect(() => log.error({ line }, "not written")).not.toThrow();
    expect(written()).toBe("");
  });
});
