import { afterEach, beforeEach, expect, it } from "vitest";
import { stopRuns } from "../../src/app/runs.ts";
import type { Ledger } from "../../src/ports.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const SOON = { timeout: 15_000 };

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const positions = async (): Promise<readonly string[]> =>
  (await ground.ledger.openPositions("paper")).map((each) => `${each.quantity.toString()} ${each.symbol}`);

/** The ledger of a process that dies after its next commit. */
function dyingAfterOneCommit(ledger: Ledger): Ledger {
  let commits = 0;
  return {
    ...ledger,
    async transaction(work) {
      if (commits > 0) throw new Error("the process is dead");
      const result = await ledger.transaction(work);
      commits += 1;
      return result;
    },
  };
}

it("with close=yes the positions are sold though the process dies right after the runs are stopped", async () => {
  await ground.start(["AAPL"]);
  await ground.running.tick();
  await expect.poll(() => ground.resting(), SOON).toEqual(["sell stop 5 @ 180.5 gtc"]);
  const { engine } = ground.running;
  await stopRuns(
    { ...engine, ledger: dyingAfterOneCommit(ground.ledger), tendSoon: () => undefined },
    "all",
    true,
    BY,
  ).catch(() => undefined);
  await ground.restart();
  await expect.poll(positions, SOON).toEqual([]);
  expect(ground.alpaca.positions()).toEqual([]);
});

it("with close=yes an entry that fills before its cancel is confirmed is sold again", async () => {
  ground.alpaca.setFillMode("AAPL", "manual");
  await ground.start(["AAPL"], ["entry=limit", "limit_offset_bps=-10"]);
  await ground.running.tick();
  await expect.poll(() => ground.resting(), SOON).toEqual(["buy limit 5 @ 185.31 day"]);
  ground.alpaca.faults.next("DELETE /v2/orders/:id", { kind: "status", code: 500, body: {} }, 20);
  const outcome = await stopRuns(ground.running.engine, "all", true, BY);
  expect(outcome.text).toMatch(
    /; no open positions; cancelling the order for 5 AAPL, and what of it still fills is sold$/,
  );
  ground.alpaca.setFillMode("AAPL", "auto");
  const entry = ground.alpaca.orders().find((order) => order.side === "buy");
  ground.alpaca.fill(String(entry?.id), 5, 185.3);
  await expect
    .poll(
      async () => (await ground.ledger.trades({ accountId: "paper" })).map((each) => each.exitReason),
      SOON,
    )
    .toEqual(["manual"]);
  expect(await positions()).toEqual([]);
});
