import { closeSync, existsSync, openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startBot, type Bot } from "./support/bot.ts";
import { templateDataDir, unpack } from "./support/data-dir.ts";
import { scratchDir } from "./support/scratch.ts";

/** A device on which every write fails, as on a full disk. */
const FULL = "/dev/full";
const SOON = { timeout: 40_000, interval: 100 };

let directory: string;
let bot: Bot | undefined;
beforeEach(async () => {
  directory = await scratchDir("lost-output");
  await unpack(await templateDataDir(), join(directory, "data"));
});
afterEach(async () => {
  if (bot?.process.exitCode === null) await bot.crash();
  await rm(directory, { recursive: true, force: true });
});

const answers = (running: Bot): Promise<boolean> =>
  running.api("/api/health").then(
    () => true,
    () => false,
  );

describe("the bot, when what it prints can no longer be written", () => {
  it("goes on when the reader of its output has gone (`npm start | tee`), and stops in order", async () => {
    const running = await startBot(directory, {});
    bot = running;
    await running.ready();
    running.process.stdout?.destroy();
    running.say("/help");
    await expect.poll(() => running.log(), SOON).toContain("the console cannot be written to");
    expect(await answers(running)).toBe(true);
    expect(await running.stop()).toBe(0);
    expect(running.log()).toContain("stopping: positions keep their stops");
  });

  it.skipIf(!existsSync(FULL))(
    "starts, goes on and stops in order while the disk of both outputs is full",
    async () => {
      const full = openSync(FULL, "w");
      const running = await startBot(directory, {}, undefined, full);
      bot = running;
      closeSync(full);
      await expect.poll(() => answers(running), SOON).toBe(true);
      running.say("/help");
      expect(await answers(running)).toBe(true);
      expect(await running.stop()).toBe(0);
    },
  );
});
