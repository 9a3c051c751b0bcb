import { afterEach, beforeEach, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import type { Run } from "../../src/ports.ts";
import { samplePosition, sampleTrade } from "../contracts/ledger-samples.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const tick = () => ground.running.tick();
const buys = () => ground.alpaca.orders().flatMap((order) => (order.side === "buy" ? [order.qty] : []));

async function newest() {
  const [decision] = await ground.ledger.decisions({ accountId: "paper", limit: 1 });
  return decision;
}

/** The small print under the alert of the buy. */
async function footer(): Promise<string> {
  const wanted = async () =>
    (await ground.ledger.pendingAlerts("console", 100)).find(({ message }) => message.text.startsWith("BUY"));
  await expect.poll(wanted, { timeout: 10_000 }).toBeDefined();
  return (await wanted())?.message.footer?.join("\n") ?? "";
}

/** Closed trades of a run: `wins` of +`win` % and `losses` of −`loss` %. */
async function closed(
  run: Run,
  wins: number,
  win: number,
  losses: number,
  loss: number,
  name = "old",
): Promise<void> {
  for (let index = 0; index < wins + losses; index += 1) {
    const position = samplePosition({
      id: `${name}-${index}`,
      accountId: "paper",
      entryOrderId: `${name}-${index}`,
      runId: run.id,
      quantity: money(0),
      soldQuantity: money(5),
      status: "closed",
      closedAt: Date.now(),
    });
    await ground.ledger.insertPosition(position);
    await ground.ledger.saveTrade(sampleTrade(position, { pnlPercent: money(index < wins ? win : -loss) }));
  }
}

it("risks the same at every stop, cut to 10 % of equity, and tells it with the order and in the decision", async () => {
  await ground.start(["AAPL"], ["sizing=fixed_risk", "risk_pct=1"]);
  await tick();
  // 1,000 at risk ÷ 5.00 to the stop = 200 shares; 10 % of 100,000 ÷ 185.50 = 53.9.
  expect(buys()).toEqual(["53"]);
  const cut = "53 shares: 200 wanted, cut to max_position_pct, 10% of $100,000.00";
  expect(await footer()).toContain(cut);
  const decision = await newest();
  expect(decision?.text).toContain(
    "53 shares: 1% of $100,000.00 equity is $1,000.00 at risk, $5.00 a share from $185.50 to the stop $180.50; 200 wanted, cut to max_position_pct, 10% of $100,000.00",
  );
  expect(decision?.figures).toMatchObject({ shares: 53, price: 185.5 });
});

it("sizes kelly by fixed fraction before 30 closed trades, and says so", async () => {
  const run = await ground.start(["AAPL"], ["sizing=kelly"]);
  await closed(run, 20, 1.2, 9, 0.8);
  await tick();
  expect(buys()).toEqual(["5"]);
  const said = "kelly needs 30 closed trades and this run has 29: sized by fixed fraction";
  expect(await footer()).toContain(said);
  expect((await newest())?.text).toContain(said);
});

it("sizes kelly by the run's own trades, and not by another run's", async () => {
  const other = await ground.start(["MSFT"], ["fraction=0.02"]);
  await ground.ledger.updateRun({ ...other, status: "paused" });
  await closed(other, 0, 1, 40, 1, "other");
  const run = await ground.start(["AAPL"], ["sizing=kelly", "kelly_fraction=0.25", "max_position_pct=50"]);
  await closed(run, 18, 1.2, 12, 0.8, "own");
  await tick();
  // (0.6 − 0.4 / 1.5) × 30/60 × 0.25 = 0.041667 of 100,000 ÷ 185.50 = 22.46.
  expect(buys()).toEqual(["22"]);
});

it("refuses an entry for which kelly finds no edge", async () => {
  const run = await ground.start(["AAPL"], ["sizing=kelly"]);
  await closed(run, 10, 1, 30, 1);
  await tick();
  expect(buys()).toEqual([]);
  expect(await newest()).toMatchObject({ outcome: "refused", code: "NO_SIZE" });
  expect((await ground.told()).join("\n")).toContain("kelly finds no edge in the run's 40 closed trades");
});
