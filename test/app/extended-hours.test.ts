import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/adapters/system/clock.ts";
import type { Engine } from "../../src/app/context.ts";
import { marketHours, readClock, sessionsSince } from "../../src/app/market-hours.ts";
import { requestExit } from "../../src/app/record.ts";
import { newYorkInstant } from "../support/alpaca/calendar.ts";
import { openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";

const SOON = { timeout: 10_000 };
const DAY = "2026-03-09";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
  ground.alpaca.setClock(newYorkInstant(DAY, "15:00"), "running");
  ground.alpaca.setBars("AAPL", "1Min", risingBars(newYorkInstant(DAY, "15:00")));
  ground.alpaca.setPrice("AAPL", 185.5);
});
afterEach(() => ground.close());

/** Five AAPL, bought in the session at 185.50 with the stop at 180.50; then the market closes. Gives the position's id. */
async function heldAfterClose(...settings: readonly string[]): Promise<string> {
  await ground.start(["AAPL"], settings);
  await ground.running.tick();
  await expect.poll(() => ground.resting(), SOON).toEqual(["sell stop 5 @ 180.5 gtc"]);
  ground.alpaca.setOpen(false);
  ground.alpaca.setClock(newYorkInstant(DAY, "17:00"), "running");
  await ground.running.tick();
  const [position] = await ground.ledger.openPositions("paper");
  if (position === undefined) throw new Error("nothing was bought");
  return position.id;
}

const exits = () =>
  ground.alpaca
    .orders()
    .filter((order) => order.side === "sell" && order.type !== "stop")
    .map(({ type, limit_price: limit, extended_hours: extended }) =>
      [type, limit, extended ? "extended" : ""].join(" "),
    );
const held = async (): Promise<number> => (await ground.ledger.openPositions("paper")).length;

describe("a position of a run that trades extended hours, bought in the session", () => {
  it("has its stop watched after the close: sold by a limit order, 180 × 0.995 = 179.10", async () => {
    await heldAfterClose("extended_hours=true");
    ground.alpaca.setPrice("AAPL", 180);
    await expect.poll(held, SOON).toBe(0);
    expect(exits()).toEqual(["limit 179.1 extended"]);
  });

  it("is left by the last bar's SELL after the close", async () => {
    const id = await heldAfterClose("extended_hours=true");
    ground.alpaca.setPrice("AAPL", 186);
    await requestExit(ground.running.engine, id, "signal", Date.now());
    // 186 × 0.995 = 185.07
    await expect.poll(held, SOON).toBe(0);
    expect(exits()).toEqual(["limit 185.07 extended"]);
  });

  it("is not sold there while no price is known, and keeps its stop meanwhile", async () => {
    const id = await heldAfterClose("extended_hours=true");
    const { engine } = ground.running;
    ground.alpaca.faults.next("GET /v2/stocks/trades/latest", { kind: "status", code: 500 }, 1_000);
    engine.state.prices.delete("AAPL");
    await requestExit(engine, id, "signal", Date.now());
    await ground.running.tick();
    await engine.serial.idle();
    expect([exits(), ground.resting()]).toEqual([[], ["sell stop 5 @ 180.5 gtc"]]);
    ground.alpaca.faults.clear();
    ground.alpaca.setPrice("AAPL", 186);
    await expect.poll(held, SOON).toBe(0);
    expect(exits()).toEqual(["limit 185.07 extended"]);
  });
});

describe("a position of a run that does not", () => {
  it("waits for the open", async () => {
    const id = await heldAfterClose();
    ground.alpaca.setPrice("AAPL", 180);
    await requestExit(ground.running.engine, id, "signal", Date.now());
    await ground.running.tick();
    await ground.running.engine.serial.idle();
    expect([exits(), await held()]).toEqual([[], 1]);
    ground.alpaca.setOpen(true);
    await ground.running.tick();
    await expect.poll(held, SOON).toBe(0);
  });
});

describe("extended hours", () => {
  it.each([
    ["16:00", "19:59", true],
    ["16:00", "20:00", false],
    ["13:00", "16:59", true],
    ["13:00", "17:00", false],
    ["16:00", "03:59", false],
    ["16:00", "04:00", true],
  ])("of a session that closes at %s: at %s orders may go: %s", async (close, now, may) => {
    ground.alpaca.setCalendar([{ date: DAY, open: "09:30", close }]);
    ground.alpaca.setOpen(false);
    ground.alpaca.setClock(newYorkInstant(DAY, now));
    await ground.running.tick();
    const { engine } = ground.running;
    engine.state.calendar = null;
    const hours = await marketHours(engine);
    await sessionsSince(engine, hours.nowMs, hours.nowMs);
    expect(hours.canTrade(true)).toBe(may);
  });

  it("are known after a restart outside the session too, whoever else asks for the calendar", async () => {
    ground.alpaca.setOpen(false);
    ground.alpaca.setClock(newYorkInstant(DAY, "17:00"));
    await readClock(ground.running.engine);
    ground.running.engine.state.calendar = null;
    expect((await marketHours(ground.running.engine)).canTrade(true)).toBe(true);
  });
});

describe("the market's clock, read a moment ago", () => {
  /** An engine of its own on a machine whose wall clock is moved by `byMs`; it knows the market as open, which has closed since. */
  async function believesOpen(machine: { byMs: number }): Promise<Engine> {
    const clock = { ...systemClock, nowMs: () => Date.now() + machine.byMs };
    const { engine } = ground.engineOf({ clock });
    expect((await marketHours(engine)).open).toBe(true);
    ground.alpaca.setOpen(false);
    return engine;
  }

  it("is asked for again after the machine slept: the clock that counts its own time stood still", async () => {
    const machine = { byMs: 0 };
    const engine = await believesOpen(machine);
    machine.byMs = 60_000;
    expect((await marketHours(engine)).open).toBe(false);
  });

  it("grows as old as ever where the wall clock is set back", async () => {
    const machine = { byMs: 0 };
    const engine = await believesOpen(machine);
    machine.byMs = -3_600_000;
    const later = performance.now() + 60_000;
    const own = vi.spyOn(performance, "now").mockImplementation(() => later);
    const { open } = await marketHours(engine).finally(() => own.mockRestore());
    expect(open).toBe(false);
  });
});
