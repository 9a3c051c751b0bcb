import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { kill } from "../../src/app/control.ts";
import { decideExternal } from "../../src/app/externals.ts";
import { decideForeign, foreignViews } from "../../src/app/foreign-decisions.ts";
import { reconcile } from "../../src/app/reconcile.ts";
import { riskView } from "../../src/app/reports.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";
import { startPostgres } from "../support/postgres.ts";

const OPTION = "AAPL270115C00200000";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
  await outside();
});
afterEach(() => ground.close());

/** What the account's owner holds beside shares. */
async function outside(): Promise<void> {
  const { alpaca } = ground;
  alpaca.setAsset("BTCUSD", { class: "crypto", fractionable: true });
  alpaca.setAsset(OPTION, { class: "us_option", fractionable: false });
  alpaca.setPrice("BTCUSD", 60_000);
  alpaca.setPrice(OPTION, 10);
  await read();
}

const read = () => reconcile(ground.running.engine, Date.now());
const held = () => ground.alpaca.positions().map(({ symbol, qty }) => `${String(symbol)} ${String(qty)}`);

async function place(order: Readonly<Record<string, string>>): Promise<void> {
  const { keyId, secret, tradingUrl } = ground.alpaca;
  const answer = await fetch(`${tradingUrl}/v2/orders`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "APCA-API-KEY-ID": keyId,
      "APCA-API-SECRET-KEY": secret,
    },
    body: JSON.stringify({ type: "limit", time_in_force: "gtc", ...order }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

describe("coins held outside AlphaFlow", () => {
  it("are sold by a kill at any hour, the order that holds them cancelled first; shares wait for the open", async () => {
    ground.alpaca.setPosition("BTCUSD", "0.123456789", 50_000);
    ground.alpaca.setPosition("AAPL", 7, 180);
    await place({ symbol: "BTC/USD", side: "sell", qty: "0.1", limit_price: "90000" });
    ground.alpaca.setOpen(false);
    await read();
    const outcome = await kill(ground.running.engine, BY);
    expect(outcome.text).toContain("the market is closed; shares are sold at the open");
    expect([held(), ground.alpaca.openOrders()]).toEqual([["AAPL 7"], []]);
  });

  it("are sold by a kill that has no database", async ({ skip }) => {
    const postgres = await startPostgres();
    if (!postgres.canCrash) skip("the server of TEST_DATABASE_URL is not ours to crash");
    const usual = ground;
    ground = await openEngineGround(await postgres.freshDatabase());
    try {
      await outside();
      ground.alpaca.setPosition("BTCUSD", "0.123456789", 50_000);
      ground.alpaca.setOpen(false);
      await postgres.crash();
      try {
        await kill(ground.running.engine, BY);
        expect(held()).toEqual([]);
      } finally {
        await postgres.restart();
      }
    } finally {
      await ground.close();
      await postgres.stop();
      ground = usual;
    }
  });

  it("are closed from the chat while the stock market is closed; shares are not", async () => {
    ground.alpaca.setPosition("BTCUSD", "0.5", 50_000);
    ground.alpaca.setPosition("AAPL", 7, 180);
    ground.alpaca.setOpen(false);
    await read();
    const close = (symbol: string) => decideExternal(ground.running.engine, "close", symbol, null, BY);
    expect(await close("BTCUSD")).toMatchObject({ kind: "done" });
    expect(await close("AAPL")).toMatchObject({ kind: "refused" });
    await expect.poll(held, { timeout: 10_000 }).toEqual(["AAPL 7"]);
  });
});

describe("options held outside AlphaFlow", () => {
  it("count with a hundred shares a contract, and keep no share from its daily bars", async () => {
    ground.alpaca.setPosition(OPTION, 20, 9);
    await place({ symbol: OPTION, side: "buy", qty: "2", limit_price: "8" });
    await read();
    const { exposure } = await riskView(ground.running.engine);
    expect(exposure).toBe(20_000 + 1_600);
    await ground.start(["AAPL", "MSFT"]);
    await ground.running.tick();
    expect([...ground.running.engine.state.daily.closes.keys()].toSorted()).toEqual(["AAPL", "MSFT"]);
  });
});

describe("a foreign order", () => {
  it("by amount counts with the amount, over a restart too", async () => {
    ground.alpaca.setOpen(false);
    await place({ symbol: "AAPL", side: "buy", type: "market", time_in_force: "day", notional: "500" });
    await read();
    expect((await riskView(ground.running.engine)).exposure).toBe(500);
    await ground.restart();
    expect((await riskView(ground.running.engine)).exposure).toBe(500);
    expect((await ground.told()).some((text) => text.includes("BUY $500.00 of AAPL at market day"))).toBe(
      true,
    );
  });

  it("in coins is spelled as positions are, and is cancelled by its id without a symbol", async () => {
    await place({ symbol: "BTC/USD", side: "buy", qty: "0.1", limit_price: "20000" });
    await read();
    const [order] = await foreignViews(ground.running.engine);
    expect(order).toMatchObject({ symbol: "BTCUSD", kind: "crypto" });
    const id = order?.brokerOrderId ?? "";
    expect(await decideForeign(ground.running.engine, "cancel", null, id, BY)).toMatchObject({
      kind: "done",
    });
    await expect.poll(() => ground.alpaca.openOrders(), { timeout: 10_000 }).toEqual([]);
  });
});
