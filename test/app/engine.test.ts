import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { halt, kill, resume } from "../../src/app/control.ts";
import { decideExternal } from "../../src/app/externals.ts";
import { reconcile } from "../../src/app/reconcile.ts";
import { requestExit } from "../../src/app/record.ts";
import { BY, openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";
import { clientOrderId } from "../../src/core/order.ts";
import { sampleOrder } from "../contracts/ledger-samples.ts";
import { haltPasses } from "../support/passing-refusal.ts";

const BOUGHT = "BUY 5 AAPL @ $185.50 · stop $180.50 · multi_timeframe · PAPER";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const positions = () => ground.ledger.openPositions("paper");
const restingStops = () =>
  ground.alpaca
    .openOrders()
    .map((order) =>
      [order.type, order.qty, "@", order.stop_price, order.time_in_force, order.status].join(" "),
    );
const buys = () => ground.alpaca.orders().filter((order) => order.side === "buy");
const tick = () => ground.running.tick();

async function bought(): Promise<void> {
  await ground.start(["AAPL"]);
  await tick();
  await expect.poll(restingStops, { timeout: 10_000 }).toEqual(["stop 5 @ 180.5 gtc new"]);
}

describe("an entry", () => {
  it("is decided once a bar, sized, stopped and told", async () => {
    await bought();
    await tick();
    await tick();
    expect(buys()).toHaveLength(1);
    expect(await ground.told()).toContain(BOUGHT);
    expect(await positions()).toMatchObject([{ symbol: "AAPL", protection: "broker", status: "open" }]);
  });

  it("asks for the bars of all runs and symbols with one request a timeframe", async () => {
    await ground.start(["AAPL"]);
    await ground.start(["MSFT"], ["fraction=0.02"]);
    await tick();
    const asked = ground.alpaca.requests.filter((each) => each.path === "/v2/stocks/bars");
    const requests = asked.map(({ query }) => [query["timeframe"], query["symbols"]?.split(",").toSorted()]);
    // The daily ones tell the correlation gate which symbols move together.
    expect(requests).toEqual([
      ["1Min", ["AAPL", "MSFT"]],
      ["1Day", ["AAPL", "MSFT"]],
    ]);
  });

  it("whose answer was lost is found, booked and protected, and never sent again", async () => {
    ground.alpaca.faults.next("POST /v2/orders", { kind: "accept-then-drop" }, 1);
    await bought();
    expect(buys()).toHaveLength(1);
    expect((await ground.told()).filter((text) => text === BOUGHT)).toHaveLength(1);
  });

  it("is protected for exactly what was filled when the rest is canceled", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"]);
    await tick();
    const [entry] = buys();
    ground.alpaca.fill(String(entry?.id), 2, 185.5);
    await expect
      .poll(async () => (await positions()).map((each) => each.quantity.toString()), { timeout: 10_000 })
      .toEqual(["2"]);
    // While the entry works no opposite order may rest: the engine watches.
    expect(restingStops().filter((text) => text.startsWith("stop"))).toEqual([]);
    ground.alpaca.expire(String(entry?.id));
    await expect.poll(restingStops, { timeout: 10_000 }).toEqual(["stop 2 @ 180.5 gtc new"]);
    expect(await ground.told()).toContain(
      "BUY 2 AAPL @ $185.50 (2/5) · stop $180.50 · multi_timeframe · PAPER",
    );
  });

  it("waits undecided while the market is closed, and is made when it opens", async () => {
    ground.alpaca.setOpen(false);
    await ground.start(["AAPL"]);
    await tick();
    expect(buys()).toEqual([]);
    ground.alpaca.setOpen(true);
    await tick();
    await expect.poll(() => buys().length).toBe(1);
  });

  it("whose fill nobody heard of is found within 15 s, though nothing worked when the broker was last read", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"]);
    await tick();
    ground.alpaca.muteStream(true);
    ground.alpaca.fill(String(buys()[0]?.id));
    await expect.poll(async () => (await ground.told()).includes(BOUGHT), { timeout: 18_000 }).toBe(true);
  });

  it("whose stop fills unheard, and at a price that is not seen again, is closed in the books within 15 s", async () => {
    await bought();
    ground.alpaca.muteStream(true);
    const [stop] = ground.alpaca.openOrders();
    ground.alpaca.fill(String(stop?.id), 5, 180.5);
    await expect.poll(async () => (await positions()).length, { timeout: 15_000 }).toBe(0);
  });

  it("is refused, told once and explained when the day's loss has reached 2 %", async () => {
    ground.alpaca.setAccount({ cash: "97999", last_equity: "100000" });
    await ground.start(["AAPL", "MSFT"]);
    await tick();
    expect(buys()).toEqual([]);
    const told = (await ground.told()).filter((text) => text.includes("day loss"));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain("day loss 2.001 of 2%");
    const decisions = await ground.ledger.decisions({ accountId: "paper", limit: 10 });
    expect(decisions.map((each) => [each.symbol, each.outcome, each.code])).toEqual(
      expect.arrayContaining([
        ["AAPL", "refused", "DAILY_LOSS"],
        ["MSFT", "refused", "DAILY_LOSS"],
      ]),
    );
  });

  it("is refused in a symbol that is held at the broker outside AlphaFlow, which is told once", async () => {
    ground.alpaca.setPosition("AAPL", "7", "180");
    await reconcile(ground.running.engine, Date.now());
    await reconcile(ground.running.engine, Date.now());
    await ground.start(["AAPL"]);
    await tick();
    expect(buys()).toEqual([]);
    const told = await ground.told();
    expect(told.filter((text) => text.startsWith("EXTERNAL 7 AAPL"))).toHaveLength(1);
    expect(told.some((text) => text.includes("BUY AAPL refused"))).toBe(true);
  });

  it("is told as rejected, with the broker's words, when the broker refuses it", async () => {
    ground.alpaca.setAccount({ trading_blocked: false, cash: "100000" });
    ground.alpaca.faults.next(
      "POST /v2/orders",
      { kind: "status", code: 403, body: { code: 40310000, message: "account not allowed" } },
      1,
    );
    await ground.start(["AAPL"]);
    await tick();
    expect(
      (await ground.told()).some((text) =>
        text.startsWith("Order rejected: BUY 5 AAPL (entry) · account not allowed"),
      ),
    ).toBe(true);
    expect(await positions()).toEqual([]);
  });
});

describe("an exit", () => {
  it("by signal cancels the resting stop, waits for the confirmation and sells", async () => {
    await bought();
    const bars = risingBars(Date.now());
    const newest = bars.at(-1);
    if (newest === undefined) throw new Error("no bars");
    // One closed bar far under every average: all three votes are bearish.
    ground.alpaca.addBar("AAPL", "1Min", { ...newest, t: newest.t + 60_000, o: 150, h: 151, l: 149, c: 150 });
    ground.alpaca.setClock(newest.t + 125_000, "running");
    await tick();
    await expect.poll(async () => (await positions()).length, { timeout: 10_000 }).toBe(0);
    expect(ground.alpaca.positions()).toEqual([]);
    expect(await ground.told()).toContain(
      "SELL 5 AAPL @ $185.50 · signal · P&L +$0.00 (+0.00%) · multi_timeframe · PAPER",
    );
    expect(ground.alpaca.seen["insufficient-qty"] ?? 0).toBe(0);
  });

  it("goes on by itself when nobody tells that its stop is cancelled: the order is read, not cancelled again", async () => {
    await bought();
    ground.alpaca.muteStream(true);
    const [position] = await positions();
    await requestExit(ground.running.engine, String(position?.id), "manual", Date.now());
    ground.running.engine.tendSoon(String(position?.id));
    await expect.poll(() => ground.alpaca.positions(), { timeout: 15_000 }).toEqual([]);
    const cancels = ground.alpaca.requests.filter((each) => each.route === "DELETE /v2/orders/:id");
    expect(cancels).toHaveLength(1);
  });

  it("of a kill that the broker refuses is tried again within seconds, and no stop is put back meanwhile", async () => {
    await bought();
    const refusal = { kind: "status", code: 422, body: { code: 42210000, message: "not now" } } as const;
    ground.alpaca.faults.next("POST /v2/orders", refusal, 2);
    await kill(ground.running.engine, BY);
    await expect.poll(() => ground.alpaca.positions(), { timeout: 15_000 }).toEqual([]);
    const rows = await ground.ledger.recentOrders({ accountId: "paper", limit: 10 });
    expect(rows.map(({ purpose, state }) => `${purpose} ${state}`)).toEqual([
      "exit FILLED",
      "exit REJECTED",
      "exit REJECTED",
      "stop CANCELED",
      "entry FILLED",
    ]);
  });

  it("that was refused before a kill is not put off by it: no stop goes back and forth", async () => {
    await bought();
    const refusal = { kind: "status", code: 422, body: { code: 42210000, message: "not now" } } as const;
    ground.alpaca.faults.next("POST /v2/orders", refusal, 1);
    const [position] = await positions();
    await requestExit(ground.running.engine, String(position?.id), "signal", Date.now());
    ground.running.engine.tendSoon(String(position?.id));
    const rows = async () =>
      (await ground.ledger.ordersOfPosition(String(position?.id))).map(
        ({ purpose, state }) => `${purpose} ${state}`,
      );
    const refused = ["entry FILLED", "stop CANCELED", "exit REJECTED"];
    await expect.poll(rows, { timeout: 10_000 }).toEqual([...refused, "stop ACCEPTED"]);
    await kill(ground.running.engine, BY);
    await expect.poll(() => ground.alpaca.positions(), { timeout: 15_000 }).toEqual([]);
    expect(await rows()).toEqual([...refused, "stop CANCELED", "exit FILLED"]);
  });

  it("by the stop at the broker is booked while nobody listened", async () => {
    await bought();
    ground.alpaca.muteStream(true);
    ground.alpaca.setPrice("AAPL", 180);
    await expect
      .poll(
        async () =>
          (await ground.told()).some((text) =>
            text.startsWith("SELL 5 AAPL @ $180.00 · stop-loss · P&L -$27.50"),
          ),
        { timeout: 20_000 },
      )
      .toBe(true);
  });

  it("that the broker refuses is tried again within seconds where no stop can rest meanwhile", async () => {
    await bought();
    ground.alpaca.setFillMode("AAPL", "manual");
    const refusal = { kind: "status", code: 422, body: { code: 42210000, message: "not now" } } as const;
    ground.alpaca.faults.next("POST /v2/orders", refusal, 1);
    const [position] = await positions();
    ground.alpaca.setPrice("AAPL", 179);
    const { prices } = ground.running.engine.state;
    await expect.poll(() => prices.get("AAPL")?.price, { timeout: 10_000 }).toBe(179);
    await requestExit(ground.running.engine, String(position?.id), "manual", Date.now());
    const sales = () =>
      ground.alpaca.orders().filter((order) => order.side === "sell" && order.type === "market").length;
    await expect.poll(sales, { timeout: 12_000 }).toBe(1);
    const orders = async () =>
      (await ground.ledger.ordersOfPosition(String(position?.id))).map(
        ({ purpose, state }) => `${purpose} ${state}`,
      );
    // The broker has the second sale before its answer is recorded here.
    await expect
      .poll(orders, { timeout: 10_000 })
      .toEqual(["entry FILLED", "stop CANCELED", "exit REJECTED", "exit ACCEPTED"]);
  });

  it("that the broker refuses is told, and the stop is put back", async () => {
    await bought();
    ground.alpaca.faults.next(
      "POST /v2/orders",
      { kind: "status", code: 422, body: { code: 42210000, message: "not now" } },
      1,
    );
    const [position] = await positions();
    await requestExit(ground.running.engine, String(position?.id), "manual", Date.now());
    ground.running.engine.tendSoon(String(position?.id));
    await expect
      .poll(
        async () =>
          (await ground.told()).some((text) => text.startsWith("Order rejected: SELL 5 AAPL (exit)")),
        { timeout: 10_000 },
      )
      .toBe(true);
    await expect.poll(restingStops, { timeout: 10_000 }).toEqual(["stop 5 @ 180.5 gtc new"]);
  });

  it("at market follows when the broker refuses the stop twice", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"]);
    await tick();
    ground.alpaca.faults.next(
      "POST /v2/orders",
      { kind: "status", code: 422, body: { code: 42210000, message: "no stops today" } },
      2,
    );
    ground.alpaca.setFillMode("AAPL", "auto");
    ground.alpaca.fill(String(buys()[0]?.id));
    await expect
      .poll(async () => [(await positions()).length, ground.alpaca.positions().length], { timeout: 15_000 })
      .toEqual([0, 0]);
    expect((await ground.told()).some((text) => text.includes("refused the stop"))).toBe(true);
  });
});

describe("a restart", () => {
  it("finds the stop that filled while the bot was away, and books it once", async () => {
    await bought();
    await ground.running.stop();
    ground.alpaca.setPrice("AAPL", 180);
    await ground.restart();
    expect(await positions()).toEqual([]);
    expect((await ground.told()).filter((text) => text.includes("stop-loss"))).toHaveLength(1);
  });

  it("sells at once what crossed its stop while the bot was away and no stop rested", async () => {
    await ground.start(["AAPL"], ["protection=engine"]);
    await tick();
    await expect.poll(async () => (await positions()).length).toBe(1);
    await ground.running.stop();
    ground.alpaca.setPrice("AAPL", 179);
    await ground.restart();
    await expect
      .poll(
        async () =>
          (await ground.told()).some((text) => text.startsWith("SELL 5 AAPL @ $179.00 · stop-loss")),
        { timeout: 10_000 },
      )
      .toBe(true);
    expect(ground.alpaca.positions()).toEqual([]);
  });

  it("changes nothing when nothing changed: a second reconcile writes no row", async () => {
    await bought();
    const before = await ground.ledger.recentOrders({ accountId: "paper", limit: 100 });
    const told = await ground.told();
    await reconcile(ground.running.engine, Date.now() - 60_000);
    await reconcile(ground.running.engine, Date.now() - 60_000);
    expect(await ground.ledger.recentOrders({ accountId: "paper", limit: 100 })).toEqual(before);
    expect(await ground.told()).toEqual(told);
  });
});

describe("the kill switch", () => {
  it("ends with no orders and no positions at the broker, EXTERNAL ones too, and stays latched", async () => {
    await bought();
    ground.alpaca.setPosition("MSFT", "3", "400");
    await expect
      .poll(
        async () => {
          ground.running.engine.reconcileSoon();
          return ground.running.engine.state.externals.length;
        },
        { timeout: 15_000 },
      )
      .toBe(1);
    const outcome = await kill(ground.running.engine, BY);
    expect(outcome.text).toContain("0 orders and 0 positions");
    expect([ground.alpaca.openOrders(), ground.alpaca.positions()]).toEqual([[], []]);
    await ground.restart();
    await tick();
    expect((await ground.ledger.control()).killed).toBe(true);
    expect(await ground.ledger.runs({ accountId: "paper", status: ["running"] })).toEqual([]);
    expect((await resume(ground.running.engine, BY)).kind).toBe("done");
    expect(await ground.ledger.control()).toMatchObject({ killed: false, halted: false });
  });
});

describe("two runs in one symbol", () => {
  it("hand the symbol over: the resting stop makes way for the second entry, and both are armed again", async () => {
    await bought();
    await ground.start(["AAPL"], ["fraction=0.02"]);
    await tick();
    await expect
      .poll(() => restingStops().toSorted(), { timeout: 10_000 })
      .toEqual(["stop 10 @ 180.5 gtc new", "stop 5 @ 180.5 gtc new"]);
    expect((await positions()).map((each) => each.quantity.toNumber()).toSorted((a, b) => a - b)).toEqual([
      5, 10,
    ]);
    expect(ground.alpaca.seen["wash-trade"] ?? 0).toBe(0);
  });

  it("leave the bar to the next tick when what refused the second entry has just passed: nothing is sent beside the stop", async () => {
    await bought();
    await ground.start(["AAPL"], ["fraction=0.02"]);
    await halt(ground.running.engine, "CPI", BY);
    await ground.running.stop();
    const next = ground.engineOf({ ledger: haltPasses(ground.ledger) });
    try {
      next.start();
      await expect.poll(() => next.engine.state.reconciled, { timeout: 10_000 }).toBe(true);
      await next.tick();
      expect([buys().length, ground.alpaca.seen["wash-trade"] ?? 0]).toEqual([1, 0]);
      await next.tick();
      expect([buys().length, ground.alpaca.seen["wash-trade"] ?? 0]).toEqual([2, 0]);
    } finally {
      await next.stop();
    }
  });

  it("keep the first one's stop when the second entry is refused", async () => {
    await bought();
    await ground.start(["AAPL"], ["fraction=0.02"]);
    ground.alpaca.faults.next(
      "POST /v2/orders",
      { kind: "status", code: 403, body: { code: 40310000, message: "not today" } },
      1,
    );
    await tick();
    await expect.poll(restingStops, { timeout: 10_000 }).toEqual(["stop 5 @ 180.5 gtc new"]);
    expect(await positions()).toHaveLength(1);
  });
});

describe("a holding that no run opened", () => {
  beforeEach(async () => {
    ground.alpaca.setPosition("AAPL", "7", "180");
    await reconcile(ground.running.engine, Date.now());
  });
  const decide = (action: "adopt" | "close" | "ignore", stop: number | null = null) =>
    decideExternal(ground.running.engine, action, "AAPL", stop, BY);
  /** The last line of the card that asks, and how many buttons it has. */
  const card = async (): Promise<readonly [string | undefined, number]> => {
    const alerts = await ground.ledger.pendingAlerts("console", 100);
    const message = alerts.find((alert) => alert.message.title === "Position not opened here")?.message;
    return [message?.text.split("\n").at(-1), message?.buttons?.length ?? 0];
  };

  it("can be adopted: a manual position with its stop at the broker", async () => {
    expect((await card())[1]).toBe(3);
    expect((await decide("adopt", 170)).kind).toBe("done");
    expect(await card()).toEqual(["→ adopted by ann (Console)", 0]);
    await expect.poll(restingStops, { timeout: 10_000 }).toEqual(["stop 7 @ 170 gtc new"]);
    expect(await positions()).toMatchObject([{ symbol: "AAPL", strategyId: "manual", runId: null }]);
    await reconcile(ground.running.engine, Date.now());
    expect(ground.running.engine.state.externals).toEqual([]);
  });

  it("is not adopted with a stop above the price, and nothing is written", async () => {
    expect(await decide("adopt", 400)).toMatchObject({ kind: "refused" });
    expect(await positions()).toEqual([]);
  });

  it("can be closed, with a row before the order like every other", async () => {
    await decide("close");
    expect(await card()).toEqual(["→ close asked by ann (Console)", 0]);
    await expect.poll(() => ground.alpaca.positions(), { timeout: 10_000 }).toEqual([]);
    const sold = await ground.ledger.recentOrders({ accountId: "paper", limit: 5 });
    expect(sold).toMatchObject([{ strategyId: "external", side: "sell", purpose: "exit" }]);
  });

  it("can be ignored: its symbol takes entries again", async () => {
    await decide("ignore");
    expect(await card()).toEqual(["→ left alone by ann (Console)", 0]);
    await decide("ignore");
    expect(ground.running.engine.state.externals).toMatchObject([{ symbol: "AAPL", ignored: true }]);
    await ground.start(["AAPL"]);
    await tick();
    await expect.poll(() => buys().length, { timeout: 10_000 }).toBe(1);
  });
});

describe("changes at the broker", () => {
  it("by a split are followed: more shares, the same money, a new stop for them", async () => {
    await bought();
    // Splits come overnight: quantity, price and the broker's own cancelling of stops, before the open.
    ground.alpaca.setOpen(false);
    await tick();
    ground.alpaca.setPosition("AAPL", "20", "46.375");
    ground.alpaca.setPrice("AAPL", 46.4);
    await reconcile(ground.running.engine, Date.now());
    await expect.poll(restingStops, { timeout: 10_000 }).toEqual(["stop 20 @ 45.13 gtc accepted"]);
    ground.alpaca.setOpen(true);
    await tick();
    expect(await positions()).toMatchObject([{ status: "open", exitReason: null }]);
    expect((await ground.told()).some((text) => text.startsWith("AAPL was split"))).toBe(true);
  });

  it("by a sale of somebody else are followed: the position shrinks and its stop with it", async () => {
    await bought();
    ground.alpaca.setPosition("AAPL", "2", "185.5");
    await reconcile(ground.running.engine, Date.now());
    await expect.poll(restingStops, { timeout: 10_000 }).toEqual(["stop 2 @ 180.5 gtc new"]);
    expect((await ground.told()).some((text) => text.startsWith("3 AAPL are gone at the broker"))).toBe(true);
  });

  it("by hand to a stop are put right: a stop cancelled elsewhere is placed again", async () => {
    await bought();
    for (const order of ground.alpaca.openOrders()) ground.alpaca.expire(String(order.id));
    await expect.poll(restingStops, { timeout: 10_000 }).toEqual(["stop 5 @ 180.5 gtc new"]);
  });
});

describe("reading the broker", () => {
  const readings = () => ground.alpaca.requests.filter((each) => each.route === "GET /v2/orders").length;

  it("goes on after the database failed once between two readings", async () => {
    const { state } = ground.running.engine;
    const openPositions = ground.ledger.openPositions.bind(ground.ledger);
    let reading = false;
    let failures = 0;
    // The first statement after a reconciliation is the watch's, which the loop of the reconciliation waits for.
    ground.ledger.openPositions = async (accountId) => {
      reading ||= !state.reconciled;
      if (reading && state.reconciled && failures === 0) {
        failures += 1;
        throw new Error("terminating connection due to administrator command");
      }
      return openPositions(accountId);
    };
    ground.alpaca.dropStreams();
    await expect.poll(() => failures, { timeout: 15_000 }).toBe(1);
    const before = readings();
    await expect.poll(readings, { timeout: 10_000 }).toBeGreaterThan(before);
  });

  it("starts within 15 s of losing the stream, though nothing works", async () => {
    const { state } = ground.running.engine;
    await expect.poll(() => state.stream === "connected" && state.reconciled, { timeout: 10_000 }).toBe(true);
    let before = -1;
    // Until all that was due is read, so that a minute's pause has begun.
    await expect
      .poll(
        () => {
          const now = readings();
          const quiet = now === before;
          before = now;
          return quiet;
        },
        { timeout: 10_000, interval: 1_500 },
      )
      .toBe(true);
    ground.alpaca.refuseStreams(1_000);
    ground.alpaca.dropStreams();
    await expect.poll(readings, { timeout: 15_000 }).toBeGreaterThan(before);
  });
});

describe("the runaway guard", () => {
  it("halts by itself after three rejections in a row, and not again for those after a resume", async () => {
    ground.alpaca.faults.next(
      "POST /v2/orders",
      { kind: "status", code: 403, body: { code: 40310000, message: "no" } },
      3,
    );
    await ground.start(["AAPL"]);
    await ground.start(["AAPL"], ["fraction=0.02"]);
    await ground.start(["AAPL"], ["fraction=0.03"]);
    await ground.start(["AAPL"], ["fraction=0.04"]);
    await tick();
    expect(buys()).toEqual([]);
    expect(await ground.ledger.control()).toMatchObject({ halted: true, by: "AlphaFlow" });
    expect(
      (await ground.told()).some((text) =>
        text.startsWith("No new entries: the broker rejected 3 entries in a row"),
      ),
    ).toBe(true);
    await resume(ground.running.engine, BY);
    await ground.start(["MSFT"]);
    await tick();
    await expect.poll(() => buys().length, { timeout: 10_000 }).toBe(1);
  });
});

describe("the runaway guard, a minute of many orders", () => {
  it("counts every entry, however many stops and sales came between them", async () => {
    const nowMs = Date.now();
    const row = (purpose: "entry" | "stop", index: number) =>
      ground.ledger.insertOrder(
        sampleOrder({
          clientOrderId: clientOrderId(`af-x-TSLA-${index}-${purpose}`),
          accountId: "paper",
          symbol: "TSLA",
          purpose,
          side: purpose === "entry" ? "buy" : "sell",
          barTime: purpose === "entry" ? index * 60_000 : null,
          state: "CANCELED",
          createdAt: nowMs - 30_000 + index,
          updatedAt: nowMs - 30_000 + index,
        }),
      );
    for (let index = 0; index < 20; index += 1) await row("entry", index);
    for (let index = 20; index < 221; index += 1) await row("stop", index);
    await ground.start(["AAPL"]);
    await tick();
    expect(buys()).toEqual([]);
    expect(await ground.ledger.control()).toMatchObject({
      halted: true,
      by: "AlphaFlow",
      reason: "20 entries within a minute, the limit is 20",
    });
  });
});

describe("nobody is ever short", () => {
  it("because a stop does not outlive its position: sold by hand, its stop is not put back", async () => {
    await bought();
    ground.alpaca.setPosition("AAPL", "0", "0");
    for (const order of ground.alpaca.openOrders()) ground.alpaca.expire(String(order.id));
    await expect.poll(async () => (await positions()).length, { timeout: 15_000 }).toBe(0);
    ground.alpaca.setPrice("AAPL", 170);
    await reconcile(ground.running.engine, Date.now());
    expect([ground.alpaca.openOrders(), ground.alpaca.positions()]).toEqual([[], []]);
  });

  it("because a resting stop goes when its position was sold elsewhere", async () => {
    await bought();
    ground.alpaca.setPosition("AAPL", "0", "0");
    await reconcile(ground.running.engine, Date.now());
    await expect.poll(restingStops, { timeout: 10_000 }).toEqual([]);
    expect(await positions()).toEqual([]);
  });

  it("because an exit sells what the broker holds, not what the row says", async () => {
    await bought();
    const [position] = await positions();
    ground.alpaca.setPosition("AAPL", "0", "0");
    await requestExit(ground.running.engine, String(position?.id), "manual", Date.now());
    ground.running.engine.tendSoon(String(position?.id));
    await expect.poll(async () => (await positions()).length, { timeout: 15_000 }).toBe(0);
    expect(ground.alpaca.positions()).toEqual([]);
  });

  it("because an external holding that is gone is not closed", async () => {
    ground.alpaca.setPosition("AAPL", "7", "180");
    await reconcile(ground.running.engine, Date.now());
    ground.alpaca.setPosition("AAPL", "0", "0");
    await decideExternal(ground.running.engine, "close", "AAPL", null, BY);
    expect(ground.alpaca.orders()).toEqual([]);
  });
});

describe("what stands in the way", () => {
  it("a BUY while long leaves the resting stop alone", async () => {
    await bought();
    const newest = risingBars(Date.now()).at(-1);
    if (newest === undefined) throw new Error("no bars");
    ground.alpaca.addBar("AAPL", "1Min", {
      ...newest,
      t: newest.t + 60_000,
      o: 186,
      h: 187.25,
      l: 184.75,
      c: 186,
    });
    ground.alpaca.setClock(newest.t + 125_000, "running");
    await tick();
    const decisions = await ground.ledger.decisions({ accountId: "paper", limit: 1 });
    expect(decisions).toMatchObject([{ signal: "BUY", outcome: "held" }]);
    const sells = ground.alpaca.orders().filter((order) => order.side === "sell");
    expect(sells.map((order) => order.status)).toEqual(["new"]);
  });

  it("another run's working entry makes way for a stop-out", async () => {
    await ground.start(["AAPL"], ["protection=engine"]);
    await tick();
    await expect.poll(async () => (await positions()).length, { timeout: 10_000 }).toBe(1);
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"], ["fraction=0.02"]);
    await tick();
    expect(ground.alpaca.openOrders().map((order) => order.side)).toEqual(["buy"]);
    ground.alpaca.setFillMode("AAPL", "auto");
    ground.alpaca.setPrice("AAPL", 179);
    await expect
      .poll(async () => (await ground.told()).some((text) => text.startsWith("SELL 5 AAPL")), {
        timeout: 15_000,
      })
      .toBe(true);
    expect(ground.alpaca.seen["wash-trade"] ?? 0).toBe(0);
  });

  it("a clock that does not answer keeps no fill from its stop", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"]);
    await tick();
    ground.alpaca.faults.next(
      "GET /v2/clock",
      { kind: "status", code: 503, body: { message: "away" } },
      1_000,
    );
    ground.alpaca.fill(String(buys()[0]?.id));
    await expect.poll(restingStops, { timeout: 10_000 }).toEqual(["stop 5 @ 180.5 gtc new"]);
  });

  it("keys of another account send nothing at all", async () => {
    await bought();
    await ground.running.stop();
    ground.alpaca.setAccount({ account_number: "OTHER" });
    for (const order of ground.alpaca.openOrders()) ground.alpaca.expire(String(order.id));
    const before = ground.alpaca.orders().length;
    await expect(ground.restart()).rejects.toThrow("did not reconcile");
    expect(ground.alpaca.orders()).toHaveLength(before);
  });

  it("a kill where nothing may be sold takes no stop away, and says who has to close", async () => {
    await bought();
    await ground.running.stop();
    ground.alpaca.setAccount({ account_number: "OTHER" });
    await expect(ground.restart()).rejects.toThrow("did not reconcile");
    const outcome = await kill(ground.running.engine, BY);
    expect(outcome.text).toContain("positions AAPL 5: nothing is sent before the account has been read");
    expect(restingStops()).toEqual(["stop 5 @ 180.5 gtc new"]);
  }, 60_000);

  it("a SELL while the entry still works cancels it, and sells what of it was filled", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"]);
    await tick();
    const newest = risingBars(Date.now()).at(-1);
    if (newest === undefined) throw new Error("no bars");
    ground.alpaca.addBar("AAPL", "1Min", { ...newest, t: newest.t + 60_000, o: 150, h: 151, l: 149, c: 150 });
    ground.alpaca.setClock(newest.t + 125_000, "running");
    ground.alpaca.setDelays({ cancelMs: 1_500 });
    await tick();
    ground.alpaca.fill(String(buys()[0]?.id));
    ground.alpaca.setFillMode("AAPL", "auto");
    await expect
      .poll(
        async () => (await ground.told()).some((text) => text.startsWith("SELL 5 AAPL @ $185.50 · signal")),
        {
          timeout: 15_000,
        },
      )
      .toBe(true);
    expect([await positions(), ground.alpaca.positions()]).toEqual([[], []]);
  });

  it("a stop that somebody moved at the broker becomes the position's stop", async () => {
    await bought();
    const [stop] = ground.alpaca.openOrders();
    const answer = await fetch(`${ground.alpaca.tradingUrl}/v2/orders/${String(stop?.id)}`, {
      method: "PATCH",
      headers: {
        "APCA-API-KEY-ID": ground.alpaca.keyId,
        "APCA-API-SECRET-KEY": ground.alpaca.secret,
        "Content-Type": "application/json",
      },
      body: JSON.stringify({ stop_price: "182" }),
    });
    expect(answer.status).toBe(200);
    await expect
      .poll(async () => (await positions()).map((each) => each.stop.toString()), { timeout: 15_000 })
      .toEqual(["182"]);
    expect(restingStops()).toEqual(["stop 5 @ 182 gtc new"]);
  });

  it("one symbol whose cancel fails does not keep a kill from closing the others", async () => {
    await bought();
    ground.alpaca.setPosition("MSFT", "3", "400");
    ground.alpaca.faults.next(
      "DELETE /v2/orders/:id",
      { kind: "status", code: 500, body: { message: "oops" } },
      1,
    );
    const outcome = await kill(ground.running.engine, BY);
    expect(outcome.text).toContain("0 orders and 0 positions");
  });
});
