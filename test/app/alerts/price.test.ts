import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAlertDesk } from "../../../src/app/alerts/desk.ts";
import { randomIds } from "../../../src/adapters/system/ids.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { money } from "../../../src/core/money.ts";
import type { AlertDesk, By } from "../../../src/ports.ts";
import type { Engine } from "../../../src/app/context.ts";
import { watchPositions } from "../../../src/app/watch.ts";
import { samplePriceAlert } from "../../contracts/ledger-samples.ts";
import { openEngineGround, type EngineGround } from "../../support/engine-ground.ts";

const ANN: By = { actor: "slack:U1", name: "ann", deliveryId: "d1" };

/** The engine watches every 200 ms; nothing is held and no run is started. */
describe("price alerts", () => {
  let ground: EngineGround;
  let desk: AlertDesk;
  beforeAll(async () => {
    ground = await openEngineGround();
    desk = createAlertDesk({
      ledger: ground.ledger,
      clock: systemClock,
      ids: randomIds,
      channels: ["console"],
      mail: null,
      engine: () => ground.running.engine,
      wakeAlerts: () => undefined,
    });
  });
  afterAll(async () => ground.close());

  async function add(side: "above" | "below", price: string, note: string | null = null, symbol = "AAPL") {
    const outcome = await desk.addPrice({ symbol, side, price: money(price), note }, ANN);
    if (outcome.kind === "refused") throw new Error(outcome.text);
    return outcome;
  }
  const spoken = async (id: string) =>
    (await ground.ledger.pendingAlerts("console", 1000)).filter(({ key }) => key === `price:${id}`);
  const speaks = async (id: string) =>
    await expect.poll(async () => (await spoken(id)).length, { timeout: 10_000 }).toBe(1);
  const armed = async (id: string) =>
    await expect
      .poll(async () => (await ground.ledger.priceAlerts()).find((each) => each.id === id)?.armed, {
        timeout: 10_000,
      })
      .toBe(true);

  it("speak once when the level is crossed, with the price, the note and who set them", async () => {
    ground.alpaca.setPrice("AAPL", 199);
    const { value, text } = await add("above", "200", "look at the gap");
    expect(text).toBe(`price alert ${value.id}: AAPL above $200.00; it is at $199.00`);
    ground.alpaca.setPrice("AAPL", 200.25);
    await speaks(value.id);
    expect((await spoken(value.id))[0]?.message).toMatchObject({
      text: "AAPL above $200.00: last $200.25 · look at the gap · set by ann",
      mentions: ["slack:U1"],
    });
    ground.alpaca.setPrice("AAPL", 199);
    ground.alpaca.setPrice("AAPL", 201);
    const other = await add("below", "200");
    ground.alpaca.setPrice("AAPL", 199);
    await speaks(other.value.id);
    expect(await spoken(value.id)).toHaveLength(1);
  });

  it("wait for the price to come back when it is beyond already", async () => {
    ground.alpaca.setPrice("AAPL", 205);
    const { value, text } = await add("above", "200");
    expect(text).toContain(
      "it is at $205.00, above already: this speaks when it comes back and goes above again",
    );
    // A second alert proves that looks were taken at this price.
    const proof = await add("below", "206");
    expect(proof.value.armed).toBe(false);
    ground.alpaca.setPrice("AAPL", 206.5);
    await armed(proof.value.id);
    expect(await spoken(value.id)).toEqual([]);
    ground.alpaca.setPrice("AAPL", 199);
    await armed(value.id);
    ground.alpaca.setPrice("AAPL", 201);
    await speaks(value.id);
  });

  it("speak at the first look when the level was crossed while the program was down", async () => {
    ground.alpaca.setPrice("MSFT", 400);
    const { value } = await add("below", "390", null, "MSFT");
    await ground.running.stop();
    ground.alpaca.setPrice("MSFT", 380);
    expect(await spoken(value.id)).toEqual([]);
    await ground.restart();
    await speaks(value.id);
  });

  it("are taken back", async () => {
    const { value } = await add("above", "500");
    expect(await desk.removePrice(value.id)).toMatchObject({ kind: "done" });
    expect(await desk.removePrice(value.id)).toMatchObject({
      kind: "refused",
      text: `there is no price alert ${value.id} that waits; /alerts lists them`,
    });
    ground.alpaca.setPrice("AAPL", 510);
    const proof = await add("below", "505");
    ground.alpaca.setPrice("AAPL", 504);
    await armed(proof.value.id).catch(() => undefined);
    expect(await spoken(value.id)).toEqual([]);
  });

  it("are refused for a symbol that the broker does not know", async () => {
    const outcome = await desk.addPrice({ symbol: "NOPEX", side: "above", price: money(1), note: null }, ANN);
    expect(outcome).toMatchObject({ kind: "refused", text: "Alpaca knows no NOPEX" });
  });

  it("of a symbol that the data source chokes on cost the positions no price, and exits no look", async () => {
    ground.alpaca.setPrice("AAPL", 185.5);
    await ground.start(["AAPL"]);
    await ground.running.tick();
    await expect
      .poll(async () => (await ground.ledger.openPositions("paper")).length, { timeout: 20_000 })
      .toBe(1);
    const { engine } = ground.running;
    const asked: (readonly string[])[] = [];
    const choking: Engine = {
      ...engine,
      // Its own: the engine's looks go on and read other prices.
      state: { ...engine.state, prices: new Map() },
      ledger: {
        ...engine.ledger,
        priceAlerts: async () => [samplePriceAlert("bad")].map((each) => ({ ...each, symbol: "BADX" })),
      },
      market: {
        ...engine.market,
        latestPrices: async (symbols) => {
          asked.push(symbols);
          if (symbols.includes("BADX")) throw new Error("invalid symbol: BADX");
          return new Map([["AAPL", { price: 186.25, atMs: Date.now() }]]);
        },
      },
    };
    await watchPositions(choking);
    expect(asked).toEqual([["AAPL", "BADX"], ["AAPL"]]);
    expect(choking.state.prices.get("AAPL")?.price).toBe(186.25);
    const broken: Engine = {
      ...choking,
      ledger: { ...engine.ledger, priceAlerts: async () => Promise.reject(new Error("no such table")) },
    };
    await expect(watchPositions(broken)).resolves.toBeUndefined();
  });
});
