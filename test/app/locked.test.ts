import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RunningEngine } from "../../src/app/engine.ts";
import { lockedBroker } from "../../src/app/mode.ts";
import { tendPosition } from "../../src/app/protect.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const WITHIN_10_S = { timeout: 10_000 };

let ground: EngineGround;
let locked: RunningEngine;

beforeEach(async () => {
  ground = await openEngineGround();
  const { broker } = ground.running.engine;
  locked = ground.engineOf({ accountId: "locked", broker: lockedBroker(broker, "locked") });
});
afterEach(async () => {
  await locked.stop();
  await ground.close();
});

/** Five AAPL, bought and protected by the account that is left; then the same keys without the right to send anything. */
async function boughtThenLocked(): Promise<void> {
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await expect.poll(() => ground.resting(), WITHIN_10_S).toEqual(["sell stop 5 @ 180.5 gtc"]);
  await ground.running.stop();
  locked.start();
  await expect.poll(() => locked.engine.state.reconciled, WITHIN_10_S).toBe(true);
}

const writes = (): readonly (string | null)[] =>
  ground.alpaca.requests.filter(({ method }) => method !== "GET").map(({ route }) => route);

describe("keys that are locked", () => {
  it("change no order: not a new one, not one that rests", async () => {
    await boughtThenLocked();
    const before = writes();
    const [stop] = await ground.ledger.liveOrders("paper");
    if (stop?.brokerOrderId === null || stop === undefined) throw new Error("no stop rests");
    const change = {
      brokerOrderId: stop.brokerOrderId,
      clientOrderId: stop.clientOrderId,
      quantity: null,
      limitPrice: null,
      stopPrice: stop.stopPrice,
    };
    expect(await locked.engine.broker.replace(change, "stop", 5_000)).toEqual({
      kind: "rejected",
      reason: "locked",
    });
    expect(writes()).toEqual(before);
  });

  it("leave another account's rows alone: its events are booked and told by its own engine", async () => {
    await boughtThenLocked();
    const [before] = await ground.ledger.openPositions("paper");
    const told = await ground.told();
    ground.alpaca.setPrice("AAPL", 180);
    await expect.poll(() => ground.alpaca.updates.at(-1)?.update.event).toBe("fill");
    await tendPosition(locked.engine, before?.id ?? "", { price: 180, atMs: Date.now() });
    // By then its event has long been heard, and the reports of a whole reconciliation too.
    locked.engine.reconcileSoon();
    await expect.poll(() => locked.engine.state.externals, WITHIN_10_S).toEqual([]);
    expect(await ground.ledger.openPositions("paper")).toEqual([before]);
    expect(await ground.told()).toEqual(told);
    await locked.stop();
    await ground.restart();
    await expect.poll(() => ground.ledger.openPositions("paper"), WITHIN_10_S).toEqual([]);
    expect((await ground.told()).filter((text) => !told.includes(text))).toEqual([
      expect.stringMatching(/^SELL 5 AAPL @ \$180\.00 · stop-loss/),
    ]);
  });

  it("tend nobody else's position: no stop is refused, and none sold for it", async () => {
    await boughtThenLocked();
    const [before] = await ground.ledger.openPositions("paper");
    const orders = await ground.ledger.ordersOfPosition(before?.id ?? "");
    ground.alpaca.expire(String(ground.alpaca.openOrders()[0]?.id));
    for (let round = 0; round < 3; round += 1)
      await tendPosition(locked.engine, before?.id ?? "", { price: 185, atMs: Date.now() });
    expect(await ground.ledger.openPositions("paper")).toEqual([before]);
    expect(await ground.ledger.ordersOfPosition(before?.id ?? "")).toEqual(orders);
  });
});
