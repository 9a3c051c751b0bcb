import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { startTicking } from "../../../src/adapters/system/cron.ts";
import type { Log } from "../../../src/ports.ts";
import { silentLog } from "../../support/silent-log.ts";

const HOUR_MS = 3_600_000;
const SOON = { timeout: 20_000 };

/** The machine's clock, set back by so much. */
let setBackMs: number;
const wallClock = new Proxy(Date, {
  construct: (date, args: unknown[]) =>
    args.length === 0 ? new date(date.now() - setBackMs) : Reflect.construct(date, args),
  get: (date, key, receiver) =>
    key === "now" ? () => date.now() - setBackMs : Reflect.get(date, key, receiver),
});

let warnings: string[];
let ticks: number;
let atOnce: number;
let most: number;
/** What a tick waits for. */
let held: Promise<void>;
let leading: boolean;
let stop: () => Promise<void>;

beforeEach(() => {
  [setBackMs, warnings, ticks, atOnce, most, held, leading] = [0, [], 0, 0, 0, Promise.resolve(), true];
  vi.stubGlobal("Date", wallClock);
  const log: Log = { ...silentLog, warn: (_fields, text) => warnings.push(text) };
  stop = startTicking("* * * * * *", tick, () => leading, log);
});
afterEach(async () => {
  await stop();
  vi.unstubAllGlobals();
});

async function tick(): Promise<void> {
  ticks += 1;
  atOnce += 1;
  most = Math.max(most, atOnce);
  await held;
  atOnce -= 1;
}

/** So many ticks more than there are now. */
async function more(count: number): Promise<void> {
  const before = ticks;
  await expect.poll(() => ticks, SOON).toBeGreaterThanOrEqual(before + count);
}

const setBack = (): readonly string[] => warnings.filter((text) => text.includes("the clock was set back"));

describe("ticking, when the wall clock is set back by an hour", () => {
  it("goes on after two periods, by the new clock, and says so once", async () => {
    await more(1);
    setBackMs = HOUR_MS;
    await more(4);
    expect(setBack()).toHaveLength(1);
  });

  it("begins no tick beside one that is still at work", async () => {
    await more(1);
    const working = new AbortController();
    held = systemClock.sleep(HOUR_MS, working.signal);
    await more(1);
    setBackMs = HOUR_MS;
    await expect.poll(() => setBack().length, SOON).toBe(1);
    await sleep(1_500);
    expect([atOnce, most]).toEqual([1, 1]);
    working.abort();
    await more(2);
    expect(most).toBe(1);
  });

  it("waits for the lease where another instance leads, and goes on with it", async () => {
    await more(1);
    leading = false;
    await sleep(50);
    const before = ticks;
    setBackMs = HOUR_MS;
    await expect.poll(() => setBack().length, SOON).toBe(1);
    expect(ticks).toBe(before);
    leading = true;
    await more(2);
  });

  it("ends when it is stopped", async () => {
    await more(1);
    setBackMs = HOUR_MS;
    await stop();
    const before = ticks;
    await sleep(2_500);
    expect([ticks, setBack()]).toEqual([before, []]);
  });
});
