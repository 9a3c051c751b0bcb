import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { readDefinition } from "../../src/adapters/own-strategies/read-definition.ts";
import { changeRuns, startRun, stopRuns } from "../../src/app/runs.ts";
import { isoTime } from "../../src/core/iso-time.ts";
import type { RunId } from "../../src/core/order.ts";
import { BUY, HOLD, type Explanation } from "../../src/core/signal.ts";
import { registerOwnStrategies } from "../../src/core/strategies/index.ts";
import { BY, openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeAll(async () => {
  ground = await openEngineGround();
});
afterAll(async () => {
  registerOwnStrategies({ loaded: [], leftOut: [] });
  await ground.close();
});

const buys = () => ground.alpaca.orders().filter(({ side }) => side === "buy");
const failures = async () => (await ground.told()).filter((text) => text.includes("failed"));

const FILE = "broken.ts";

const explain = (): Explanation => ({ reason: "up", figures: {} });

/** Registers what a file defines; `answer` says what a kernel answers to a close: nothing checks that it is a signal. */
function register(answer: (close: number) => number): void {
  const step = (_open: number, _high: number, _low: number, close: number): number => answer(close);
  registerKernel(() => ({ step, explain }));
}

function registerKernel(kernel: () => unknown): void {
  const strategy = readDefinition(FILE, {
    id: "broken",
    title: "Broken",
    description: "Buys and fails.",
    params: z.object({}),
    warmupBars: () => 0,
    kernel,
  });
  registerOwnStrategies({ loaded: [{ file: FILE, strategy }], leftOut: [] });
}

async function startBroken(symbols: readonly string[]): Promise<RunId> {
  const request = { strategyId: "broken", symbols, settings: ["timeframe=1Min"] };
  const started = await startRun(ground.running.engine, request, BY);
  if (started.kind === "refused") throw new Error(started.text);
  return started.value.id;
}

const statusOf = async (id: RunId) => (await ground.ledger.run(id))?.status;

it("a strategy that throws is paused and told with its file, before any of its symbols is entered; other runs go on", async () => {
  // Wrong on MSFT only; AAPL would be bought in the same tick.
  const bars = risingBars(Date.now());
  ground.alpaca.setBars(
    "MSFT",
    "1Min",
    bars.map((bar) => ({ ...bar, o: 50, h: 51, l: 49, c: 50 })),
  );
  register((close) => {
    if (close === 50) throw new TypeError("boom");
    return BUY;
  });
  const id = await startBroken(["AAPL", "MSFT"]);
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await ground.running.tick();
  const bar = isoTime(bars.at(-1)?.t ?? 0);
  expect(await failures()).toEqual([
    `Run ${id} paused: broken (strategies/broken.ts) failed on MSFT: TypeError: boom (bar of ${bar}). No new entries; exits and stops go on · PAPER`,
  ]);
  expect(await statusOf(id)).toBe("paused");
  expect(buys().map(({ symbol }) => symbol)).toEqual(["AAPL"]);
  expect((await ground.ledger.openPositions("paper")).map(({ strategyId }) => strategyId)).toEqual([
    "multi_timeframe",
  ]);
  // Decided as a hold, not left for later.
  expect((await ground.ledger.cursors(id)).get("MSFT")).toBeTypeOf("number");
});

const MINUTE_MS = 60_000;
const pauses = async (id: RunId) => (await failures()).filter((text) => text.startsWith(`Run ${id} paused`));

const stops = () =>
  ground.alpaca
    .openOrders()
    .filter(({ symbol }) => symbol === "MSFT")
    .map(({ side, type, stop_price: stop, time_in_force: lasts }) => [side, type, stop, lasts]);

it("a strategy that answers what is no signal keeps its position's stop, and each pause is told", async () => {
  await stopRuns(ground.running.engine, "all", false, BY);
  const before = risingBars(Date.now() - 3 * MINUTE_MS);
  const newest = before.at(-1);
  if (newest === undefined) throw new Error("no bars");
  const later = (minutes: number) => ({ ...newest, t: newest.t + minutes * MINUTE_MS, c: newest.c + 0.5 });
  ground.alpaca.setBars("MSFT", "1Min", before);
  await ground.restart();
  register((close) => (close > newest.c ? Number.NaN : close === newest.c ? BUY : HOLD));
  const id = await startBroken(["MSFT"]);
  await ground.running.tick();
  await expect
    .poll(() => stops(), { timeout: 15_000 })
    .toEqual([["sell", "stop", expect.stringMatching(/^180\.5/), "gtc"]]);
  const stop = stops();

  ground.alpaca.setBars("MSFT", "1Min", [...before, later(1)]);
  await ground.running.tick();
  expect(await statusOf(id)).toBe("paused");
  expect(await pauses(id)).toEqual([
    expect.stringContaining(
      "broken (strategies/broken.ts) failed on MSFT: answered NaN, expected BUY (1), HOLD (0) or SELL (-1)",
    ),
  ]);
  expect(stops()).toEqual(stop);

  await changeRuns(ground.running.engine, id, { from: ["paused"], to: "running", word: "resumed" }, BY);
  ground.alpaca.setBars("MSFT", "1Min", [...before, later(1), later(2)]);
  await ground.running.tick();
  expect(await statusOf(id)).toBe("paused");
  expect(await pauses(id)).toHaveLength(2);
  expect(stops()).toEqual(stop);
}, 120_000);

it("a strategy that fails in its history enters nothing on the bar after it", async () => {
  await stopRuns(ground.running.engine, "all", false, BY);
  const bars = risingBars(Date.now());
  ground.alpaca.setBars("MSFT", "1Min", bars);
  await ground.restart();
  register((close) => {
    if (close === bars.at(-5)?.c) throw new TypeError("not this one");
    return BUY;
  });
  const bought = buys().length;
  const id = await startBroken(["MSFT"]);
  await ground.running.tick();
  expect(await statusOf(id)).toBe("paused");
  expect(await pauses(id)).toEqual([
    expect.stringContaining("failed on MSFT: TypeError: not this one (bar of"),
  ]);
  expect(buys()).toHaveLength(bought);
});

it("a run whose strategy is gone or cannot begin is told once too, and the tick goes on", async () => {
  await stopRuns(ground.running.engine, "all", false, BY);
  register(() => HOLD);
  const id = await startBroken(["MSFT"]);
  const toldBefore = (await failures()).length;
  registerKernel(() => {
    throw new RangeError("level=3: too small");
  });
  await ground.restart();
  await ground.running.tick();
  const reason = "loading did not end within 15 s";
  registerOwnStrategies({ loaded: [], leftOut: [{ file: FILE, reason }] });
  await ground.running.tick();
  await ground.running.tick();
  expect((await failures()).slice(toldBefore)).toEqual([
    `Run ${id}: broken (strategies/broken.ts) failed on MSFT: RangeError: level=3: too small. Its bars are held; stops stay · PAPER`,
    `Run ${id}: broken failed: there is no such strategy any more; strategies/broken.ts is left out: loading did not end within 15 s. Its bars are held; stops stay · PAPER`,
  ]);
  expect(ground.running.engine.state.tickFailure).toBeNull();
});
