import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leads } from "../../src/app/context.ts";
import { knownExternals } from "../../src/app/external-holdings.ts";
import { decideExternal } from "../../src/app/externals.ts";
import { riskView } from "../../src/app/reports.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";
import { startPostgres, type TestPostgres } from "../support/postgres.ts";

/** One story: each step builds on those before. */
describe("two instances on one Postgres", () => {
  let postgres: TestPostgres;
  let ground: EngineGround;
  let second: Awaited<ReturnType<EngineGround["second"]>>;

  beforeAll(async () => {
    postgres = await startPostgres();
    ground = await openEngineGround(await postgres.freshDatabase());
    second = await ground.second();
  });
  afterAll(async () => {
    await second.running.stop();
    await second.ledger.close();
    await ground.alpaca.close();
    await postgres.stop();
  });

  it("have one leader: the other sends nothing, however often it ticks", async () => {
    await ground.start(["AAPL"]);
    await expect.poll(() => second.running.engine.state.lastLeaseCheckMs).not.toBeNull();
    await second.running.tick();
    expect(leads(second.running.engine)).toBe(false);
    expect(ground.alpaca.orders()).toEqual([]);
    await ground.running.tick();
    await expect.poll(() => ground.alpaca.openOrders().length, { timeout: 10_000 }).toBe(1);
    expect(ground.alpaca.orders().filter((order) => order.side === "buy")).toHaveLength(1);
  });

  it("know alike what is held outside, and only the leader decides on it", async () => {
    ground.alpaca.setPosition("MSFT", 3, 400);
    ground.running.engine.reconcileSoon();
    const known = async (): Promise<readonly string[]> =>
      (await knownExternals(second.running.engine)).map((each) =>
        [each.quantity, each.symbol, each.currentPrice].join(" "),
      );
    await expect.poll(known, { timeout: 15_000 }).toEqual(["3 MSFT 185.5"]);
    for (const action of ["adopt", "close", "ignore"] as const)
      expect(await decideExternal(second.running.engine, action, "MSFT", null, BY)).toMatchObject({
        kind: "refused",
        text: "another instance trades this account; press again in a moment",
      });
    const views = [await riskView(ground.running.engine), await riskView(second.running.engine)];
    const [leading, standby] = views.map((view) => view.exposure);
    expect(standby).toBe(leading);
    ground.alpaca.setPosition("MSFT", 0, 400);
  });

  it("change over when the leader loses the database: it stops trading, the other goes on with what is there", async () => {
    await ground.ledger.close();
    await expect.poll(() => leads(second.running.engine), { timeout: 25_000 }).toBe(true);
    expect(leads(ground.running.engine)).toBe(false);
    await expect.poll(() => second.running.engine.state.reconciled, { timeout: 10_000 }).toBe(true);
    expect(await second.ledger.openPositions("paper")).toMatchObject([{ symbol: "AAPL", status: "open" }]);
    expect(ground.alpaca.openOrders()).toHaveLength(1);
  });

  it("keep the newcomer in the lead: the old leader's stop is booked by the new one", async () => {
    ground.alpaca.setPrice("AAPL", 180);
    await expect
      .poll(async () => (await second.ledger.openPositions("paper")).length, { timeout: 10_000 })
      .toBe(0);
    expect(ground.alpaca.positions()).toEqual([]);
    await ground.running.stop().catch(() => undefined);
  });
});
