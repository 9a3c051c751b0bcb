import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decideExternal } from "../../src/app/externals.ts";
import { reconcile } from "../../src/app/reconcile.ts";
import { sum } from "../../src/core/money.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const SOON = { timeout: 15_000 };

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const positions = async () =>
  (await ground.ledger.openPositions("paper")).map(
    ({ quantity, stop, exitReason }) =>
      `${quantity.toString()} stop ${stop.toString()}${exitReason === null ? "" : ` ${exitReason}`}`,
  );
const sales = () =>
  ground.alpaca
    .orders()
    .filter((order) => order.side === "sell")
    .map((order) => [order.type, order.qty, order.stop_price, order.status].join(" "));

const compared = () => reconcile(ground.running.engine, Date.now());
const externals = () =>
  ground.running.engine.state.externals.map((each) => `${each.quantity.toString()} ${each.symbol}`);
const toldOf = async (text: string) => (await ground.told()).filter((each) => each.includes(text)).length;

/** Five AAPL at 185.50 with the stop at 180.50. */
async function bought(...settings: readonly string[]): Promise<void> {
  await ground.start(["AAPL"], settings);
  await ground.running.tick();
  await expect.poll(positions, SOON).toEqual(["5 stop 180.5"]);
}

describe("a split that the broker has booked and our rows have not", () => {
  it("sends no stop of before when the broker has cancelled the one that rested", async () => {
    await bought();
    await expect.poll(sales, SOON).toEqual(["stop 5 180.5 new"]);
    await ground.running.stop();
    for (const order of ground.alpaca.openOrders()) ground.alpaca.expire(String(order.id));
    // Overnight; the latest trade is still yesterday's.
    ground.alpaca.setOpen(false);
    ground.alpaca.setPosition("AAPL", "20", "46.375");
    await ground.restart();
    await expect.poll(sales, SOON).toEqual(["stop 5 180.5 expired", "stop 20 45.13 accepted"]);
    expect(await positions()).toEqual(["20 stop 45.125"]);
  });

  it("is no stop-out of a position that the engine watches, at a start in the session, even after a rise", async () => {
    await bought("protection=engine");
    await ground.running.stop();
    // 300 before the split of 2:1.
    ground.alpaca.setPosition("AAPL", "10", "92.75");
    ground.alpaca.setPrice("AAPL", 150);
    await ground.restart();
    expect([await positions(), sales()]).toEqual([["10 stop 90.25"], []]);
  });

  it("is no target reached after a reverse split", async () => {
    await bought("protection=engine", "take_profit_pct=50");
    await ground.running.stop();
    ground.alpaca.setPosition("AAPL", "1", "927.5");
    ground.alpaca.setPrice("AAPL", 930);
    await ground.restart();
    expect([await positions(), sales()]).toEqual([["1 stop 902.5"], []]);
  });
});

describe("a split beside shares that are not ours", () => {
  it("is taken by what the broker said before: ours and the EXTERNAL ones are split, and nothing is told as new", async () => {
    await bought("protection=engine");
    // The broker's average is of all twelve, and not that of our five.
    ground.alpaca.setPosition("AAPL", "12", "170");
    await compared();
    expect(externals()).toEqual(["7 AAPL"]);
    ground.alpaca.setOpen(false);
    await ground.running.tick();
    ground.alpaca.setPosition("AAPL", "48", "42.5");
    await compared();
    expect([await positions(), externals()]).toEqual([["20 stop 45.125"], ["28 AAPL"]]);
    await compared();
    expect([await positions(), await toldOf("EXTERNAL 28"), await toldOf("was split")]).toEqual([
      ["20 stop 45.125"],
      0,
      1,
    ]);
  });
});

describe("what a person buys beside a small position", () => {
  it("is EXTERNAL, and no 21:20: one at 132.50 beside five at 185.50", async () => {
    await bought("protection=engine");
    ground.alpaca.setPosition("AAPL", "6", "176.66666667");
    await compared();
    expect([await positions(), externals(), await toldOf("was split")]).toEqual([
      ["5 stop 180.5"],
      ["1 AAPL"],
      0,
    ]);
  });
});

describe("a split of what was left alone", () => {
  it("is the same holding: it stays ignored, and nobody is asked again", async () => {
    ground.alpaca.setPosition("AAPL", "7", "180");
    await compared();
    await decideExternal(ground.running.engine, "ignore", "AAPL", null, BY);
    // 3:2, the half share paid out in cash.
    ground.alpaca.setPosition("AAPL", "10", "120");
    await compared();
    const ignored = () =>
      ground.running.engine.state.externals.map(
        (each) => `${each.quantity.toString()} ${String(each.ignored)}`,
      );
    expect([ignored(), await toldOf("EXTERNAL 10")]).toEqual([["10 true"], 0]);
    await compared();
    expect([ignored(), await toldOf("EXTERNAL 10")]).toEqual([["10 true"], 0]);
    // One bought on top of it is something nobody has decided on.
    ground.alpaca.setPosition("AAPL", "11", "121");
    await compared();
    expect([ignored(), await toldOf("EXTERNAL 11")]).toEqual([["11 false"], 1]);
  });
});

describe("a split of 3:2", () => {
  it("whose half share is paid out in cash leaves the whole ones, with a stop for them", async () => {
    await bought();
    ground.alpaca.setOpen(false);
    await ground.running.tick();
    ground.alpaca.setPosition("AAPL", "7", "123.66666667");
    await compared();
    expect((await positions()).map((each) => each.slice(0, 14))).toEqual(["7 stop 120.333"]);
    expect(await toldOf("0.5 AAPL are gone at the broker, paid out in cash after its split")).toBe(1);
    await expect.poll(sales, SOON).toEqual(["stop 5 180.5 canceled", "stop 7 120.34 accepted"]);
  });
});

describe("a split that leaves parts of a share to each of several", () => {
  const rows = async () =>
    (await ground.ledger.openPositions("paper")).map((each) => each.quantity.toString());
  const book = async (quantity: string, average: string): Promise<void> => {
    ground.alpaca.setOpen(false);
    await ground.running.tick();
    ground.alpaca.setPosition("AAPL", quantity, average);
    await compared();
  };
  /** A second run buys too: `five` AAPL, or twice as many. */
  async function boughtTwice(second: "5" | "10"): Promise<void> {
    await bought();
    await ground.start(["AAPL"], [second === "5" ? "fraction=0.0101" : "fraction=0.02"]);
    await ground.running.tick();
    await expect
      .poll(() => ground.resting().toSorted(), SOON)
      .toEqual([`sell stop ${second} @ 180.5 gtc`, "sell stop 5 @ 180.5 gtc"].toSorted());
  }

  it("gives each whole ones, as the broker holds them, with a stop each, at what both had cost: 3:2 of 5 and 5", async () => {
    await boughtTwice("5");
    await book("15", "123.66666667");
    expect(await rows()).toEqual(["8", "7"]);
    const cost = (await ground.ledger.openPositions("paper")).map((each) =>
      each.quantity.times(each.entryPrice),
    );
    expect(sum(cost).toFixed(10)).toBe("1855.0000000000");
    await expect
      .poll(() => ground.resting().toSorted(), SOON)
      .toEqual(["sell stop 7 @ 120.34 gtc", "sell stop 8 @ 120.34 gtc"]);
    await compared();
    expect([await rows(), externals()]).toEqual([["8", "7"], []]);
  });

  it("takes what was paid out from the one whose part it was, not from the newest: 3:2 of 5 and 10", async () => {
    await boughtTwice("10");
    await book("22", "123.66666667");
    expect(await rows()).toEqual(["7", "15"]);
    expect(await toldOf("0.5 AAPL are gone at the broker, paid out in cash after its split")).toBe(1);
    await compared();
    expect([await rows(), await toldOf("gone at the broker")]).toEqual([["7", "15"], 1]);
  });

  it("gives whole ones to what is EXTERNAL beside it too: 3:2 of 5 and 7", async () => {
    await bought("protection=engine");
    ground.alpaca.setPosition("AAPL", "12", "170");
    await compared();
    await book("18", "113.33333333");
    expect([await rows(), externals()]).toEqual([["8"], ["10 AAPL"]]);
    await compared();
    expect([await rows(), externals(), await toldOf("EXTERNAL 10")]).toEqual([["8"], ["10 AAPL"], 0]);
  });

  it("closes the one that has none left, at its cost, and says so: 1:10 of 5 and 5", async () => {
    await boughtTwice("5");
    ground.alpaca.setFillMode("AAPL", "manual");
    ground.alpaca.setPrice("AAPL", 1855);
    await book("1", "1855");
    expect(await positions()).toEqual(["1 stop 1805"]);
    const [trade] = await ground.ledger.trades({ accountId: "paper", limit: 1 });
    expect([trade?.quantity, trade?.pnl, trade?.exitReason].map(String)).toEqual(["0.5", "0", "external"]);
    expect(
      await toldOf(
        "0.5 AAPL went into a whole share held beside it in the split: was 0.5 AAPL @ $1,855.00, stop $1,805.00; booked at its cost $1,855.00",
      ),
    ).toBe(1);
    await expect.poll(() => ground.resting(), SOON).toEqual(["sell stop 1 @ 1805 gtc"]);
  });
});

describe("a split beside a buy of ours that waits for its price", () => {
  it("is no stop-out, though that buy would bring as many shares as there are more", async () => {
    await bought("protection=engine");
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"], ["entry=limit", "limit_offset_bps=-10"]);
    await ground.running.tick();
    await expect.poll(() => ground.resting(), SOON).toEqual(["buy limit 5 @ 185.31 day"]);
    ground.alpaca.setPosition("AAPL", "10", "92.75");
    ground.alpaca.setPrice("AAPL", 92.5);
    await expect.poll(positions, SOON).toEqual(["10 stop 90.25"]);
    expect(sales()).toEqual([]);
  });
});

describe("shares that no comparison explains", () => {
  it.each([
    { what: "a crossed stop", average: "184.6", price: 180, reason: "stop-loss" },
    { what: "a target", average: "186", price: 196, reason: "take-profit" },
  ])(
    "keep $what waiting for a moment only, while two reads never agree",
    { timeout: 60_000 },
    async ({ average, price, reason }) => {
      await bought("protection=engine", "take_profit_pct=5");
      let shares = 6;
      const grow = (): void => {
        ground.alpaca.setPosition("AAPL", shares, average);
        shares += 1;
      };
      grow();
      const growing = setInterval(grow, 300);
      try {
        ground.alpaca.setPrice("AAPL", price);
        await expect.poll(positions, { timeout: 30_000 }).toEqual([]);
      } finally {
        clearInterval(growing);
      }
      const [trade] = await ground.ledger.trades({ accountId: "paper", limit: 1 });
      expect([trade?.exitReason, trade?.quantity.toString()]).toEqual([reason, "5"]);
    },
  );

  it(
    "but look like a split keep it waiting for as long as they cannot be compared",
    { timeout: 60_000 },
    async () => {
      await bought("protection=engine");
      ground.alpaca.faults.next("GET /v2/orders", { kind: "status", code: 500, body: {} }, 1_000);
      ground.alpaca.setPosition("AAPL", "10", "92.75");
      ground.alpaca.setPrice("AAPL", 92.5);
      const { doubts } = ground.running.engine.state;
      const waited = () => Math.max(0, ...[...doubts.values()].map((each) => each.seenMs - each.sinceMs));
      await expect.poll(waited, { timeout: 40_000 }).toBeGreaterThan(16_000);
      expect([await positions(), sales()]).toEqual([["5 stop 180.5"], []]);
    },
  );
});

describe("what is EXTERNAL", () => {
  it("is seen while an entry waits for its price", async () => {
    ground.alpaca.setFillMode("AAPL", "manual");
    await ground.start(["AAPL"], ["entry=limit", "limit_offset_bps=-10"]);
    await ground.running.tick();
    await expect.poll(() => ground.resting(), SOON).toEqual(["buy limit 5 @ 185.31 day"]);
    ground.alpaca.setPosition("AAPL", "7", "180");
    await compared();
    expect(externals()).toEqual(["7 AAPL"]);
  });

  it("is not forgotten because one of two reads was without it", async () => {
    ground.alpaca.setPosition("AAPL", "7", "180");
    await compared();
    expect(externals()).toEqual(["7 AAPL"]);
    ground.alpaca.faults.next("GET /v2/positions", { kind: "status", code: 200, body: [] }, 1);
    await compared();
    expect(externals()).toEqual(["7 AAPL"]);
    expect(await toldOf("EXTERNAL 7")).toBe(1);
  });
});

describe("the last trade before a split", () => {
  it("is not believed after it, a restart between: no target is reached and no high seen until there is a new one", async () => {
    // 185.50 × 1.08 = 200.34, and a quarter of that is 50.085.
    await bought("take_profit_pct=8", "trail_pct=4");
    const highs = async () =>
      (await ground.ledger.openPositions("paper")).map(({ highWater }) => highWater.toString());
    ground.alpaca.setPrice("AAPL", 186);
    await expect.poll(highs, SOON).toEqual(["186"]);
    ground.alpaca.setOpen(false);
    await ground.running.tick();
    ground.alpaca.setPosition("AAPL", "20", "46.375");
    await compared();
    expect(ground.running.engine.state.prices.get("AAPL")).toBeUndefined();
    ground.alpaca.setOpen(true);
    await ground.restart();
    const reads = () =>
      ground.alpaca.requests.filter((each) => each.route?.includes("trades/latest") === true).length;
    const before = reads();
    await expect.poll(reads, SOON).toBeGreaterThan(before + 3);
    expect([await positions(), await highs()]).toEqual([["20 stop 45.125"], ["46.5"]]);
    ground.alpaca.setPrice("AAPL", 46.6);
    await expect.poll(highs, SOON).toEqual(["46.6"]);
    expect(await positions()).toEqual(["20 stop 45.125"]);
  });
});
