import { afterAll, beforeAll, expect, it } from "vitest";
import { startRun } from "../../src/app/runs.ts";
import { BUY } from "../../src/core/signal.ts";
import type { Strategy } from "../../src/core/strategies/contract.ts";
import { registerOwnStrategies } from "../../src/core/strategies/index.ts";
import { quickTest } from "../../src/core/strategies/quick-test.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;
let failing = true;

beforeAll(async () => {
  ground = await openEngineGround();
});
afterAll(async () => {
  registerOwnStrategies({ loaded: [], leftOut: [] });
  await ground.close();
});

const buys = () => ground.alpaca.orders().filter(({ side }) => side === "buy");
const failures = async () => (await ground.told()).filter((text) => text.includes("failed"));

it("a strategy that throws holds its bar and is told once a cause; other runs go on", async () => {
  const broken: Strategy = {
    ...quickTest,
    id: "broken",
    kernel: () => ({
      step: () => {
        if (failing) throw new TypeError("boom");
        return BUY;
      },
      explain: () => ({ reason: "up", figures: {} }),
    }),
  };
  registerOwnStrategies({ loaded: [{ file: "broken.ts", strategy: broken }], leftOut: [] });
  const started = await startRun(
    ground.running.engine,
    { strategyId: "broken", symbols: ["MSFT", "AAPL"], settings: ["timeframe=1Min"] },
    BY,
  );
  if (started.kind === "refused") throw new Error(started.text);
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await ground.running.tick();
  const { id } = started.value;
  expect(await failures()).toEqual([
    `Run ${id}: broken failed on MSFT: TypeError: boom. Its bars are held; stops stay · PAPER`,
  ]);
  expect(buys().map(({ symbol }) => symbol)).toEqual(["AAPL"]);
  // Decided as a hold, not left for later.
  expect((await ground.ledger.cursors(id)).get("MSFT")).toBeTypeOf("number");
});

it("a run whose strategy is gone or cannot begin is told once too, and the tick goes on", async () => {
  failing = false;
  const cannotBegin: Strategy = {
    ...quickTest,
    id: "broken",
    kernel: () => {
      throw new RangeError("level=3: too small");
    },
  };
  registerOwnStrategies({ loaded: [{ file: "broken.ts", strategy: cannotBegin }], leftOut: [] });
  await ground.restart();
  await ground.running.tick();
  registerOwnStrategies({ loaded: [], leftOut: [] });
  await ground.running.tick();
  await ground.running.tick();
  expect((await failures()).slice(1)).toEqual([
    expect.stringMatching(/broken failed on MSFT: RangeError: level=3: too small\./),
    expect.stringMatching(/broken failed: there is no such strategy any more\./),
  ]);
  expect(ground.running.engine.state.tickFailure).toBeNull();
});
