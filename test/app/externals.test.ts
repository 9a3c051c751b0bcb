import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decideExternal, type ExternalAction } from "../../src/app/externals.ts";
import { setExternals } from "../../src/app/external-holdings.ts";
import { readClock } from "../../src/app/market-hours.ts";
import { reconcile } from "../../src/app/reconcile.ts";
import { requestExit } from "../../src/app/record.ts";
import { money } from "../../src/core/money.ts";
import type { Outcome } from "../../src/ports.ts";
import { newYorkInstant } from "../support/alpaca/calendar.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const WITHIN_10_S = { timeout: 10_000 };

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const decide = (action: ExternalAction, symbol = "AAPL", stop: number | null = null) =>
  decideExternal(ground.running.engine, action, symbol, stop, BY);
const positions = () => ground.ledger.openPositions("paper");
const read = () => reconcile(ground.running.engine, Date.now());

function expectAnswer({ kind, text }: Outcome, expected: Outcome["kind"], words: string): void {
  expect([kind, text]).toEqual([expected, text]);
  expect(text).toContain(words);
}

async function held(symbol: string, quantity: number, price = 180): Promise<void> {
  ground.alpaca.setPosition(symbol, quantity, price);
  await read();
}

/** An order at the broker that AlphaFlow has no row of. */
async function placeAtBroker(order: Readonly<Record<string, string>>): Promise<void> {
  const { keyId, secret, tradingUrl } = ground.alpaca;
  const response = await fetch(`${tradingUrl}/v2/orders`, {
    method: "POST",
    headers: {
      "APCA-API-KEY-ID": keyId,
      "APCA-API-SECRET-KEY": secret,
      "Content-Type": "application/json",
    },
    body: JSON.stringify({ symbol: "AAPL", time_in_force: "gtc", ...order }),
  });
  if (!response.ok) throw new Error(await response.text());
}

const cardButtons = async (): Promise<readonly number[]> => {
  const alerts = await ground.ledger.pendingAlerts("console", 100);
  return alerts
    .filter(({ message }) => message.text.startsWith("EXTERNAL") && message.title !== undefined)
    .map(({ message }) => message.buttons?.length ?? 0);
};

describe("an adopted holding", () => {
  it("is held since the market's time: a machine whose clock is wrong ignores no price", async () => {
    const marketMs = newYorkInstant("2026-03-09", "15:00");
    ground.alpaca.setClock(marketMs, "running");
    await readClock(ground.running.engine);
    await held("AAPL", 7);
    expectAnswer(await decide("adopt"), "done", "is a manual position now");
    const [position] = await positions();
    expect(Math.abs((position?.heldSince ?? 0) - marketMs)).toBeLessThan(60_000);
  });
});

describe("a holding is not adopted", () => {
  it("while its owner's own order holds the shares: nothing is sold, nothing cancelled", async () => {
    ground.alpaca.setPosition("AAPL", 7, 180);
    await placeAtBroker({ side: "sell", type: "stop", qty: "7", stop_price: "170" });
    await read();
    expectAnswer(await decide("adopt"), "refused", "sell 7 stop at $170.00; cancel them first");
    expect([await positions(), ground.resting()]).toEqual([[], ["sell stop 7 @ 170 gtc"]]);
  });

  it("when some of it was sold by hand since it was read", async () => {
    await held("AAPL", 7);
    ground.alpaca.setPosition("AAPL", 3, 180);
    expectAnswer(await decide("adopt"), "refused", "the broker holds 3 now");
    expect([await positions(), ground.alpaca.orders()]).toEqual([[], []]);
  });

  it("twice, though an old reading says that it is still there", async () => {
    await held("AAPL", 7);
    expect((await decide("adopt")).kind).toBe("done");
    expectAnswer(await decide("adopt"), "refused", "has been adopted");
    ground.running.engine.state.externals = [
      { symbol: "AAPL", quantity: money(7), currentPrice: null, value: null, since: 0, ignored: false },
    ];
    expect((await decide("adopt")).kind).toBe("refused");
    expect((await positions()).map((each) => each.quantity.toString())).toEqual(["7"]);
  });

  it("again by a reading from before, which is not written back either", async () => {
    await held("AAPL", 7);
    const { engine } = ground.running;
    const before = { symbol: "AAPL", quantity: money(7), currentPrice: null, value: null };
    await decide("adopt");
    await setExternals(engine, { found: [before], unsure: new Set(), split: new Set(), positions: [] });
    expect([engine.state.externals, await ground.ledger.setting("externals:paper")]).toEqual([[], {}]);
  });

  it("when it cannot be traded: no stop could rest for it", async () => {
    ground.alpaca.setAsset("TSLA", { tradable: false });
    await held("TSLA", 2, 180);
    expectAnswer(await decide("adopt", "TSLA"), "refused", "no share that the broker lists");
    expect(await positions()).toEqual([]);
  });
});

describe("an adopted position", () => {
  it("beside shares of ours is booked at what its own shares cost", async () => {
    await ground.start(["AAPL"]);
    await ground.running.tick();
    await expect.poll(() => ground.resting(), WITHIN_10_S).toEqual(["sell stop 5 @ 180.5 gtc"]);
    // 5 at 185.50 are ours, and 5 were bought at 200 by hand: 192.75 on average.
    await held("AAPL", 10, 192.75);
    await decide("adopt");
    const manual = (await positions()).filter((each) => each.strategyId === "manual");
    expect(manual.map((each) => each.entryPrice.toString())).toEqual(["200"]);
    await expect.poll(() => ground.resting().length, WITHIN_10_S).toBe(2);
  });

  it("is booked at the broker's average, which is said, where that leaves nothing for its own cost", async () => {
    await ground.start(["AAPL"]);
    await ground.running.tick();
    await expect.poll(() => ground.resting(), WITHIN_10_S).toEqual(["sell stop 5 @ 180.5 gtc"]);
    await held("AAPL", 10, 90);
    const outcome = await decide("adopt");
    expect(outcome.text).toContain("the broker's average is booked");
    const manual = (await positions()).filter((each) => each.strategyId === "manual");
    expect(manual.map((each) => each.entryPrice.toString())).toEqual(["90"]);
  });

  it("takes over the stops that rest for its shares since a lost database, and can be sold", async () => {
    ground.alpaca.setPosition("AAPL", 7, 180);
    for (const [qty, stop, id] of [
      ["5", "171", "af-k7q2-AAPL-sn3k40-s1"],
      ["2", "170", "af-k7q3-AAPL-sn3k40-s1"],
    ] as const)
      await placeAtBroker({ side: "sell", type: "stop", qty, stop_price: stop, client_order_id: id });
    await read();
    expect((await decide("adopt")).kind).toBe("done");
    expect((await positions()).map((each) => each.stop.toString())).toEqual(["171"]);
    await expect.poll(() => ground.resting(), WITHIN_10_S).toEqual(["sell stop 7 @ 171 gtc"]);
    const [position] = await positions();
    await requestExit(ground.running.engine, position?.id ?? "", "manual", Date.now());
    ground.running.engine.tendSoon(position?.id ?? "");
    await expect.poll(() => ground.alpaca.positions(), WITHIN_10_S).toEqual([]);
  });
});

describe("a close of a holding", () => {
  it("that changed meanwhile is refused, and its card keeps its buttons", async () => {
    await held("AAPL", 7);
    ground.alpaca.setPosition("AAPL", 3, 180);
    expectAnswer(await decide("close"), "refused", "the broker holds 3 now");
    expect([await cardButtons(), ground.alpaca.orders()]).toEqual([[3], []]);
  });

  it("that the broker refuses is answered with the broker's words, again a moment later, and the buttons stay", async () => {
    await held("AAPL", 7);
    ground.alpaca.faults.next(
      "POST /v2/orders",
      { kind: "status", code: 403, body: { code: 40310000, message: "not today" } },
      1,
    );
    for (const words of ["not today", "a moment ago"]) expectAnswer(await decide("close"), "refused", words);
    expect([await cardButtons(), ground.alpaca.orders()]).toEqual([[3], []]);
  });

  it("whose answer was lost says so", async () => {
    await held("AAPL", 7);
    ground.alpaca.faults.next("POST /v2/orders", { kind: "accept-then-drop" }, 1);
    expectAnswer(await decide("close"), "done", "has not answered");
    await expect.poll(() => ground.alpaca.positions(), WITHIN_10_S).toEqual([]);
  });
});

describe("a holding that comes back", () => {
  it("in the same quantity is asked about again, and not left alone because the one before was", async () => {
    await held("AAPL", 7);
    await decide("ignore");
    await held("AAPL", 0);
    await held("AAPL", 7);
    expect(await cardButtons()).toEqual([0, 3]);
    expect(ground.running.engine.state.externals).toMatchObject([{ symbol: "AAPL", ignored: false }]);
  });
});

describe("a holding that is left alone", () => {
  it("stays so when some of it is sold, over a restart too, and is asked about when it grows", async () => {
    await held("AAPL", 7);
    await decide("ignore");
    await held("AAPL", 3);
    expect(await cardButtons()).toEqual([0]);
    await ground.restart();
    expect(ground.running.engine.state.externals).toMatchObject([{ symbol: "AAPL", ignored: true }]);
    await held("AAPL", 4);
    expect(await cardButtons()).toEqual([0, 3]);
    expect(ground.running.engine.state.externals).toMatchObject([{ symbol: "AAPL", ignored: false }]);
  });
});
