import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openLedger } from "../../src/adapters/postgres/open-ledger.ts";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { createAlertDelivery, type AlertDelivery } from "../../src/app/alerts.ts";
import type { AlertKind, Chat, Ledger } from "../../src/ports.ts";
import { startBothChats } from "../support/both-chats.ts";
import { startDiscord, type DiscordServer } from "../support/discord-server.ts";
import { wholeText } from "../support/discord/whole-text.ts";
import { freshDataDir, MIGRATIONS } from "../support/data-dir.ts";
import { silentLog } from "../support/silent-log.ts";
import { startSlackServer, type SlackServer } from "../support/slack-server.ts";
import { shownText } from "../support/slack/world.ts";

const FILLS = 1_000;
const BURST_MS = 10_000;
/** Within this a kill and a stop-loss must be read, whatever else is going on. */
const CRITICAL_MS = 5_000;

let directory: string;
let ledger: Ledger;
let slack: SlackServer;
let discord: DiscordServer;
let chats: readonly Chat[];
let delivery: AlertDelivery;

beforeEach(async () => {
  directory = await freshDataDir("burst");
  ledger = await openLedger({
    dataDir: directory,
    migrationsDir: MIGRATIONS,
    sinks: ["slack", "discord"],
    owner: "burst",
    log: silentLog,
  });
  [slack, discord] = [await startSlackServer(), await startDiscord()];
  chats = await startBothChats(slack, discord);
  delivery = createAlertDelivery({ ledger, chats, clock: systemClock, log: silentLog, leads: () => true });
  delivery.start();
}, 60_000);

afterEach(async () => {
  await delivery.stop();
  await Promise.all(chats.map((chat) => chat.stop()));
  await Promise.all([slack.close(), discord.stop()]);
  await ledger.close();
  await rm(directory, { recursive: true, force: true });
});

async function write(kind: AlertKind, key: string, text: string): Promise<void> {
  await ledger.insertAlert({
    key,
    kind,
    atMs: Date.now(),
    message: { text, tone: "good", footer: ["RSI 55"] },
  });
  delivery.wake();
}

const inSlack = (): readonly string[] => slack.world.messages.map(shownText);
const inDiscord = (): readonly string[] => discord.messages.map(wholeText);

/** After how many ms `text` can be read in both channels. */
async function readAfter(text: string): Promise<readonly number[]> {
  const sinceMs = Date.now();
  const seen = async (texts: () => readonly string[]): Promise<number> => {
    await expect
      .poll(() => texts().some((each) => each.includes(text)), { timeout: 30_000, interval: 50 })
      .toBe(true);
    return Date.now() - sinceMs;
  };
  return Promise.all([seen(inSlack), seen(inDiscord)]);
}

/** The numbers of the fills in the order in which they are read; digests among them. */
function fillsIn(texts: readonly string[]): readonly number[] {
  return [
    ...texts.join("\n").matchAll(/BUY (\d+) AAPL @ \$185\.50 · stop \$180\.50 · multi_timeframe · PAPER/g),
  ].map(([, shares]) => Number(shares));
}

it("1,000 fills in 10 s: each is told, in order; kill and stop-loss are read within 5 s; chatter waits; no limit is touched", async () => {
  const startedMs = Date.now();
  const critical: Promise<readonly number[]>[] = [];
  for (let n = 1; n <= FILLS; n += 1) {
    await write("fill", `fill:${n}`, `BUY ${n} AAPL @ $185.50 · stop $180.50 · multi_timeframe · PAPER`);
    if (n % 25 === 0) await write("refused", `refused:${n}`, `BUY TSLA refused: number ${n}`);
    if (n === 5 || n === 500 || n === FILLS) {
      const text = `SELL ${n} TSLA @ $180.00 · stop-loss · P&L -$27.50 (-2.96%) · multi_timeframe · PAPER`;
      await write("stop", `stop:${n}`, text);
      critical.push(readAfter(text));
    }
    if (n === 300 || n === 900) {
      await write("kill", `kill:${n}`, `Kill switch by ann, after fill ${n}`);
      critical.push(readAfter(`after fill ${n}`));
    }
    await sleep(startedMs + (n * BURST_MS) / FILLS - Date.now());
  }
  for (const delays of await Promise.all(critical))
    for (const delay of delays) expect(delay).toBeLessThan(CRITICAL_MS);

  const every = Array.from({ length: FILLS }, (_, index) => index + 1);
  await expect.poll(() => ledger.pendingAlerts("slack", 1), { timeout: 30_000 }).toEqual([]);
  await expect.poll(() => ledger.pendingAlerts("discord", 1), { timeout: 30_000 }).toEqual([]);
  expect(fillsIn(inSlack())).toEqual(every);
  expect(fillsIn(inDiscord())).toEqual(every);
  for (const texts of [inSlack(), inDiscord()])
    for (let n = 25; n <= FILLS; n += 25)
      expect(
        texts.filter((text) => text.includes(`refused: number ${n} `) || text.endsWith(`number ${n}`)),
      ).toHaveLength(1);
  // Digests, and not a thousand messages; and never a message that the platform refused.
  expect(slack.world.messages.length).toBeLessThan(FILLS / 10);
  expect(discord.messages.length).toBeLessThan(FILLS / 10);
  expect(slack.callsOf("chat.postMessage")).toHaveLength(slack.world.messages.length);
  expect(discord.requestsTo("POST", /\/messages$/)).toHaveLength(discord.messages.length);
}, 90_000);
