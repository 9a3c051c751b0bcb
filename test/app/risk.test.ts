import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { enter, type EntryCandidate } from "../../src/app/enter.ts";
import { planLimits, setLimits } from "../../src/app/limits.ts";
import { reconcile } from "../../src/app/reconcile.ts";
import { riskView } from "../../src/app/reports.ts";
import { money } from "../../src/core/money.ts";
import type { GateCheck } from "../../src/core/risk/contract.ts";
import { BUY } from "../../src/core/signal.ts";
import type { Run } from "../../src/ports.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";
import { startPostgres } from "../support/postgres.ts";

const DAY_MS = 86_400_000;

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const tick = () => ground.running.tick();
const buys = () =>
  ground.alpaca
    .orders()
    .filter((order) => order.side === "buy")
    .map((order) => `${String(order.qty)} ${String(order.symbol)}`);
const set = (...texts: string[]) => setLimits(ground.running.engine, texts, false, BY);
const refusals = async () =>
  (await ground.ledger.decisions({ accountId: "paper", limit: 20 })).map(
    ({ symbol, outcome, code, text }) => `${symbol} ${outcome} ${code ?? ""} ${text}`,
  );
const checkOf = async (symbol: string, gate: string): Promise<GateCheck | undefined> =>
  (await ground.ledger.decisions({ accountId: "paper", symbol, limit: 1 }))[0]?.checks.find(
    (each) => each.gate === gate,
  );

/** Sixty-five daily bars whose returns are those of `move`. */
function dailyBars(symbol: string, move: (day: number) => number): void {
  let close = 100;
  ground.alpaca.setBars(
    symbol,
    "1Day",
    Array.from({ length: 65 }, (_, index) => {
      close *= 1 + move(index);
      return { t: Date.now() - (66 - index) * DAY_MS, o: close, h: close, l: close, c: close, v: 1_000 };
    }),
  );
}

describe("an entry beyond a limit", () => {
  it("of heat is refused with the figures before and after, external holdings counted, and told once an hour", async () => {
    // 100 NVDA at 249.90 that no stop of ours protects: 24,990 of 100,000 at risk; 5 AAPL × 5.00 more are 25.015 %.
    ground.alpaca.setPrice("NVDA", 249.9);
    ground.alpaca.setPosition("NVDA", "100", "249.9");
    ground.alpaca.setAccount({ cash: "75010", last_equity: "100000" });
    await reconcile(ground.running.engine, Date.now());
    await setLimits(ground.running.engine, ["correlated_pct=400"], true, BY);
    await ground.start(["AAPL"]);
    await tick();
    expect(buys()).toEqual([]);
    expect(await checkOf("AAPL", "heat")).toMatchObject({
      ok: false,
      code: "HEAT",
      text: "heat 24.99 → 25.01 of 25%",
    });
    await expectToldOnce("BUY AAPL refused: heat 24.99 → 25.01 of 25%");
  });

  it("of correlated exposure names what moves together; what does not is no matter", async () => {
    dailyBars("AAPL", (day) => 0.01 * Math.sin(day));
    dailyBars("NVDA", (day) => 0.02 * Math.sin(day));
    dailyBars("AMD", (day) => 0.01 * Math.cos(3 * day));
    for (const symbol of ["NVDA", "AMD"]) {
      ground.alpaca.setPrice(symbol, 145);
      ground.alpaca.setPosition(symbol, "100", "145");
    }
    ground.alpaca.setAccount({ cash: "71000", last_equity: "100000" });
    await setLimits(ground.running.engine, ["heat_pct=100"], true, BY);
    await reconcile(ground.running.engine, Date.now());
    await ground.start(["AAPL"]);
    await tick();
    // 14,500 of NVDA and 5 × 185.50 = 927.50 come to 15.4 % of 100,000.
    expect(await checkOf("AAPL", "correlated")).toMatchObject({
      ok: false,
      code: "CORRELATED",
      text: "correlated 14.5 → 15.4 of 15%",
      note: "NVDA",
    });
    await expectToldOnce("BUY AAPL refused: correlated 14.5 → 15.4 of 15% (NVDA)");
  });

  it("counts symbols without daily bars as correlated", async () => {
    ground.alpaca.setPrice("NVDA", 145);
    ground.alpaca.setPosition("NVDA", "100", "145");
    ground.alpaca.setAccount({ cash: "85500", last_equity: "100000" });
    await reconcile(ground.running.engine, Date.now());
    await ground.start(["AAPL"]);
    await tick();
    expect(await checkOf("AAPL", "correlated")).toMatchObject({ ok: false, note: "NVDA (too few days)" });
  });

  it("of the price's age is refused while the market is open", async () => {
    await set("stale_seconds=30");
    ground.alpaca.setClock(Date.now() - 120_000, "running");
    ground.alpaca.setPrice("AAPL", 185.5);
    ground.alpaca.setClock("real");
    await ground.start(["AAPL"]);
    await tick();
    expect(buys()).toEqual([]);
    expect(await refusals()).toEqual([
      expect.stringMatching(/^AAPL refused STALE last trade, s ago: 1[12]\d\.\d of 30 s$/),
    ]);
  });

  it("of the spread is refused on the quote of the moment", async () => {
    await set("spread_pct=0.01");
    await ground.start(["AAPL"]);
    await tick();
    // 185.49 to 185.51: 0.02 / 185.50 = 0.0108 %.
    expect(await refusals()).toEqual(["AAPL refused SPREAD spread 0.011 of 0.01%"]);
  });

  it("of a symbol that the broker has halted is refused", async () => {
    const run = await ground.start(["AAPL"]);
    ground.alpaca.setAsset("AAPL", { tradable: false });
    await tick();
    expect(await refusals()).toEqual([
      expect.stringContaining("AAPL refused NOT_TRADABLE AAPL is not tradable at the broker now"),
    ]);
    expect(run.status).toBe("running");
  });

  it("of drawdown is measured from the highest snapshot there ever was", async () => {
    await ground.ledger.insertEquity({ accountId: "paper", atMs: 1, equity: money(125_000), cash: money(0) });
    await set("drawdown_pct=20");
    await ground.start(["AAPL"]);
    await tick();
    expect(await refusals()).toEqual(["AAPL refused DRAWDOWN drawdown 20.0 of 20%"]);
  });

  it("of trades a day and orders a minute counts what was made before", async () => {
    await set("trades_per_day=1");
    await ground.start(["AAPL", "MSFT"]);
    await tick();
    expect(buys()).toHaveLength(1);
    expect(await refusals()).toContain("MSFT refused TRADES_A_DAY trades today 1 → 2 of 1");
  });
});

async function expectToldOnce(text: string): Promise<void> {
  const { engine } = ground.running;
  const [run] = await ground.ledger.runs({ accountId: "paper" });
  if (run === undefined) throw new Error("no run");
  // The same refusal on the next bars of the hour says nothing more.
  for (const bar of [1, 2]) await enter(engine, candidate(run, "AAPL", Date.now() + bar * 60_000), true);
  const told = (await ground.told()).filter((each) => each.startsWith("BUY AAPL refused"));
  expect(told).toEqual([`${text} · multi_timeframe · PAPER`]);
}

function candidate(run: Run, symbol: string, barTime: number): EntryCandidate {
  return {
    run,
    symbol,
    evaluation: {
      barTime,
      close: 185.5,
      signal: BUY,
      explanation: { reason: "test", figures: {} },
      atr: 2.5,
    },
    price: 185.5,
    context: "",
    extended: false,
    filter: undefined,
  };
}

describe("risk limits", () => {
  it("tightened hold from the next entry on, also after a restart, and are told", async () => {
    await ground.start(["AAPL"]);
    expect(await set("max_positions=1", "max_position_value=900")).toMatchObject({
      kind: "done",
      text: "max_positions none → 1, max_position_value none → $900.00; holds from the next entry on",
    });
    expect(await ground.told()).toContain(
      "max_positions none → 1, max_position_value none → $900.00 · by ann · PAPER",
    );
    await ground.restart();
    await tick();
    expect(await refusals()).toEqual(["AAPL refused POSITION_VALUE value $927.50 of $900.00"]);
    expect(buys()).toEqual([]);
  });

  it("are not raised without the second person, also when somebody tightened them meanwhile", async () => {
    const { engine } = ground.running;
    expect(await planLimits(engine, ["heat_pct=20"])).toMatchObject({ kind: "plan", raises: false });
    await set("heat_pct=10");
    // What was a tightening when it was planned is a raise now.
    expect(await set("heat_pct=20")).toMatchObject({
      kind: "refused",
      text: expect.stringContaining("changed meanwhile"),
    });
    expect(await setLimits(engine, ["heat_pct=20"], true, BY)).toMatchObject({ kind: "done" });
  });

  it("that contradict each other are refused, and nothing changes", async () => {
    await set("max_positions=3");
    expect(await set("heat_pct=20", "max_positions_symbol=4")).toMatchObject({
      kind: "refused",
      text: "max_positions_symbol=4 is above max_positions=3: one symbol cannot hold more than all together",
    });
    expect(await planLimits(ground.running.engine, ["heat_pct=20"])).toMatchObject({
      text: "heat_pct 25% → 20%",
    });
  });

  it("are shown as used, limit and left: 5 AAPL risk 25.00 and are worth 927.50 of 100,000", async () => {
    await set("max_positions=4");
    await ground.start(["AAPL"]);
    await tick();
    await expect.poll(async () => (await ground.ledger.openPositions("paper")).length).toBe(1);
    const { limits } = await riskView(ground.running.engine);
    const shown = (name: string) => limits.find((each) => each.name === name);
    expect(shown("heat_pct")).toMatchObject({ used: 0.025, limit: 25, left: 24.975 });
    expect(shown("correlated_pct")).toMatchObject({ used: 0.9275, limit: 15, where: "AAPL" });
    expect(shown("max_positions")).toMatchObject({ used: 1, limit: 4, left: 3 });
    expect(shown("drawdown_pct")).toMatchObject({ limit: null, left: null });
  });
});

describe("two entries at once", () => {
  it("cannot both pass a limit that has room for one: the lease's row puts them one after the other", async () => {
    const postgres = await startPostgres();
    const shared = await openEngineGround(await postgres.freshDatabase());
    try {
      const { engine } = shared.running;
      await setLimits(engine, ["max_positions=1"], false, BY);
      const run = await shared.start(["AAPL", "MSFT"]);
      await Promise.all(
        ["AAPL", "MSFT"].map((symbol) => enter(engine, candidate(run, symbol, 60_000), true)),
      );
      expect(shared.alpaca.orders().filter((order) => order.side === "buy")).toHaveLength(1);
      const decisions = await shared.ledger.decisions({ accountId: "paper", limit: 10 });
      expect(decisions.map((each) => each.code ?? "passed")).toEqual(
        expect.arrayContaining(["MAX_POSITIONS", "passed"]),
      );
    } finally {
      await shared.close();
      await postgres.stop();
    }
  });
});
