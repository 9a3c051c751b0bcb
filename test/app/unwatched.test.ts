import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../src/app/context.ts";
import { tellUnwatched, type PriceLook } from "../../src/app/unwatched.ts";
import { newYorkInstant } from "../support/alpaca/calendar.ts";
import { openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";

const SOON = { timeout: 20_000 };
const HALF_A_MINUTE_MS = 30_000;
const TRADES = "GET /v2/stocks/trades/latest";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const unwatched = async (): Promise<readonly string[]> =>
  (await ground.told()).filter((text) => text.includes("UNWATCHED"));
const back = async (): Promise<readonly string[]> =>
  (await ground.told()).filter((text) => text.startsWith("Prices are back"));
const restingStops = (): number => ground.alpaca.openOrders().filter(({ type }) => type === "stop").length;

const priced = (...symbols: readonly string[]): PriceLook["prices"] =>
  new Map(symbols.map((symbol) => [symbol, { price: 185.5, atMs: Date.now() }]));

/** What has been missing until now has been missing for half a minute longer. */
function halfAMinuteLater({ state }: Engine): void {
  for (const [id, { sinceMs, told }] of state.unpriced)
    state.unpriced.set(id, { sinceMs: sinceMs - HALF_A_MINUTE_MS, told });
}

describe("a data source that fails while the broker answers", () => {
  it("is told once, with what nobody watches and what stands, and once when it is back", async () => {
    const { engine } = ground.running;
    await ground.start(["AAPL"], ["protection=engine", "take_profit_pct=10"]);
    await ground.start(["MSFT"]);
    await ground.running.tick();
    await expect.poll(() => [engine.state.unguarded.length, engine.state.guarded], SOON).toEqual([1, 1]);
    ground.alpaca.faults.next(TRADES, { kind: "status", code: 500, body: { message: "oops" } }, 10_000);
    await expect.poll(() => engine.state.unpriced.size, SOON).toBe(1);
    expect(await unwatched()).toEqual([]);
    halfAMinuteLater(engine);
    await expect
      .poll(unwatched, SOON)
      .toEqual([
        "No price of AAPL for 30 s (Alpaca: the latest trades: oops (500)). UNWATCHED until prices are back: 5 AAPL @ $185.50, stop $180.50 (its stop, its target $204.05). 1 stop rests at the broker and stays there. · PAPER",
      ]);
    const looks = (): number => ground.alpaca.requests.filter(({ route }) => route === TRADES).length;
    const before = looks();
    await expect.poll(looks, SOON).toBeGreaterThan(before + 3);
    expect([(await unwatched()).length, await back()]).toEqual([1, []]);
    ground.alpaca.faults.clear();
    await expect
      .poll(back, { timeout: 25_000 })
      .toEqual(["Prices are back. Watched again: 5 AAPL @ $185.50, stop $180.50 · PAPER"]);
    expect(engine.state.unpriced.size).toBe(0);
  });
});

describe("of a look without prices", () => {
  /** The engine with a memory of its own: the running one has its prices. */
  function apart(): Engine {
    const { engine } = ground.running;
    return { ...engine, state: { ...engine.state, unpriced: new Map() } };
  }

  async function lookOf(over: Partial<PriceLook> = {}): Promise<PriceLook> {
    return {
      positions: await ground.ledger.openPositions("paper"),
      orders: await ground.ledger.liveOrders("paper"),
      askedAtMs: performance.now(),
      prices: new Map(),
      failure: null,
      ...over,
    };
  }

  async function bought(symbols: readonly string[], ...settings: readonly string[]): Promise<Engine> {
    await ground.start(symbols, settings);
    await ground.running.tick();
    await expect.poll(restingStops, SOON).toBe(symbols.length);
    await expect.poll(() => ground.running.engine.state.guarded, SOON).toBe(symbols.length);
    return apart();
  }

  const longAgo = (): number => performance.now() - HALF_A_MINUTE_MS;

  it("a stop that rests at the broker needs nobody, but raising it, its target and its part do", async () => {
    const engine = await bought(["AAPL"], "trail_pct=4", "take_profit_pct=10", "partial_r=1");
    await tellUnwatched(engine, await lookOf({ askedAtMs: longAgo() }));
    expect(await unwatched()).toEqual([
      "No price of AAPL for 30 s. UNWATCHED until prices are back: 5 AAPL @ $185.50, stop $180.50 (its target $204.05, raising its stop, its partial take-profit). 1 stop rests at the broker and stays there. · PAPER",
    ]);
  });

  it("a bracket whose stop and target rest at the broker needs nobody", async () => {
    await ground.start(["AAPL"], ["entry=bracket", "take_profit_pct=10"]);
    await ground.running.tick();
    await expect.poll(() => ground.running.engine.state.guarded, SOON).toBe(1);
    const engine = apart();
    await tellUnwatched(engine, await lookOf({ askedAtMs: longAgo() }));
    expect([engine.state.unpriced.size, await unwatched()]).toEqual([0, []]);
  });

  it("only the positions whose price is missing are named, and nothing that was missing for a moment", async () => {
    const engine = await bought(["AAPL", "MSFT"], "take_profit_pct=10");
    await tellUnwatched(engine, await lookOf());
    expect(engine.state.unpriced.size).toBe(2);
    await tellUnwatched(engine, await lookOf({ prices: priced("AAPL", "MSFT") }));
    expect([engine.state.unpriced.size, await unwatched(), await back()]).toEqual([0, [], []]);
    await tellUnwatched(engine, await lookOf({ prices: priced("AAPL"), askedAtMs: longAgo() }));
    expect(await unwatched()).toEqual([expect.stringMatching(/^No price of MSFT for 30 s\. (?!.*AAPL)/)]);
  });

  it("a position is told that is opened meanwhile, and none is told of that was closed", async () => {
    const engine = await bought(["AAPL", "MSFT"], "take_profit_pct=10");
    const look = await lookOf({ askedAtMs: longAgo() });
    const aapl = look.positions.filter(({ symbol }) => symbol === "AAPL");
    await tellUnwatched(engine, { ...look, positions: aapl });
    await tellUnwatched(engine, look);
    expect((await unwatched()).map((text) => text.slice(0, 16))).toEqual([
      "No price of AAPL",
      "No price of MSFT",
    ]);
    await tellUnwatched(engine, { ...look, positions: aapl, prices: priced("AAPL", "MSFT") });
    expect(await back()).toEqual(["Prices are back. Watched again: 5 AAPL @ $185.50, stop $180.50 · PAPER"]);
  });

  it("nothing is told while the market is closed, nor again when it opens", async () => {
    const engine = await bought(["AAPL"], "take_profit_pct=10");
    ground.alpaca.setOpen(false);
    const closed = apart();
    await tellUnwatched(closed, await lookOf({ askedAtMs: longAgo() }));
    expect([closed.state.unpriced.size, await unwatched()]).toEqual([0, []]);
    ground.alpaca.setOpen(true);
    await tellUnwatched(engine, await lookOf({ askedAtMs: longAgo() }));
    ground.alpaca.setOpen(false);
    const overnight: Engine = { ...closed, state: { ...closed.state, unpriced: engine.state.unpriced } };
    await tellUnwatched(overnight, await lookOf());
    ground.alpaca.setOpen(true);
    await tellUnwatched(engine, await lookOf());
    expect((await unwatched()).length).toBe(1);
    await tellUnwatched(overnight, await lookOf({ prices: priced("AAPL") }));
    expect((await back()).length).toBe(1);
  });

  it("a stop at the broker does not fire in extended hours: where those are traded it is told", async () => {
    const day = "2026-03-09";
    ground.alpaca.setClock(newYorkInstant(day, "15:00"), "running");
    ground.alpaca.setBars("AAPL", "1Min", risingBars(newYorkInstant(day, "15:00")));
    ground.alpaca.setPrice("AAPL", 185.5);
    await bought(["AAPL"], "extended_hours=true");
    await tellUnwatched(apart(), await lookOf({ askedAtMs: longAgo() }));
    expect(await unwatched()).toEqual([]);
    ground.alpaca.setOpen(false);
    ground.alpaca.setClock(newYorkInstant(day, "17:00"), "running");
    await tellUnwatched(apart(), await lookOf({ askedAtMs: longAgo() }));
    expect(await unwatched()).toEqual([expect.stringContaining("(its stop outside the session)")]);
  });
});
