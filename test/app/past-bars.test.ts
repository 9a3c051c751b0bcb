import { afterAll, beforeAll, expect, it } from "vitest";
import { pastBars } from "../../src/app/past-bars.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeAll(async () => {
  ground = await openEngineGround();
});
afterAll(() => ground.close());

it("gives closed bars of every symbol, those before the days asked for as history", async () => {
  const outcome = await pastBars(ground.running.engine, {
    symbols: ["AAPL", "MSFT"],
    timeframe: "1Min",
    days: 1,
    warmupBars: 50,
  });
  if (outcome.kind === "refused") throw new Error(outcome.text);
  const { bars, fromMs } = outcome.value;
  expect([...bars.keys()]).toEqual(["AAPL", "MSFT"]);
  const aapl = bars.get("AAPL") ?? [];
  // The newest of the bars there are is closed, a cent above the one before.
  expect(aapl.at(-1)?.close).toBeCloseTo(179 + 0.01 * 599, 9);
  expect(aapl.every((bar) => bar.time + 60_000 <= Date.now())).toBe(true);
  expect(fromMs).toBeLessThan(aapl.at(-1)?.time ?? 0);
});

it("refuses a symbol that the broker does not list, and one without bars", async () => {
  const request = { timeframe: "1Min", days: 1, warmupBars: 0 } as const;
  const { engine } = ground.running;
  expect(await pastBars(engine, { ...request, symbols: ["AAPL", "NOPE"] })).toEqual({
    kind: "refused",
    text: "unknown symbol NOPE: Alpaca does not list it",
  });
  expect(await pastBars(engine, { ...request, timeframe: "1Hour", symbols: ["AAPL"] })).toEqual({
    kind: "refused",
    text: "no 1Hour bars of AAPL in the last day",
  });
});
