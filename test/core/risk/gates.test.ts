import { describe, expect, it } from "vitest";
import { checkGates, refusalAmong } from "../../../src/core/risk/check.ts";
import type { GatedEntry, GateFigures } from "../../../src/core/risk/contract.ts";
import { gates } from "../../../src/core/risk/index.ts";
import { gatedEntry, gateFigures, holding, NOW } from "../../support/gate-figures.ts";

const MINUTE_MS = 60_000;

function check(gate: string, figures: GateFigures, entry: GatedEntry = gatedEntry()) {
  const found = checkGates(gates, entry, figures).find((each) => each.gate === gate);
  if (found === undefined) throw new Error(`no gate ${gate}`);
  return found;
}

describe("every gate", () => {
  it("lets an ordinary entry of a flat account pass", () => {
    expect(checkGates(gates, gatedEntry(), gateFigures()).filter((each) => !each.ok)).toEqual([]);
  });

  it("is told, also those after the first that refuses; the first one names the refusal, the text tells all", () => {
    const checks = checkGates(gates, gatedEntry(), gateFigures({ equity: 97_500, buyingPower: 900 }));
    expect(checks.map((each) => each.gate)).toEqual(gates.map((gate) => gate.id));
    expect(refusalAmong(checks)).toEqual({
      code: "DAILY_LOSS",
      text: "day loss 2.5 of 2%; cost $927.50 of $900.00 (buying power)",
    });
  });
});

/** gate, what is the case with its arithmetic, figures, entry, passes, text */
const TABLE: readonly (readonly [string, string, GateFigures, Partial<GatedEntry>, boolean, string])[] = [
  [
    "day_loss",
    "(100,000 − 98,010) / 100,000 = 1.99 %",
    gateFigures({ equity: 98_010 }),
    {},
    true,
    "day loss 1.99 of 2%",
  ],
  [
    "day_loss",
    "(100,000 − 98,000) / 100,000 = 2 %: reached",
    gateFigures({ equity: 98_000 }),
    {},
    false,
    "day loss 2.0 of 2%",
  ],
  [
    "day_loss",
    "in profit nothing is lost",
    gateFigures({ equity: 101_000 }),
    {},
    true,
    "day loss -1.0 of 2%",
  ],
  ["drawdown", "no limit is set", gateFigures({ peakEquity: 200_000 }), {}, true, "drawdown 50.0%, no limit"],
  [
    "drawdown",
    "(110,000 − 100,000) / 110,000 = 9.09 % of 10",
    gateFigures({ peakEquity: 110_000, limits: { drawdown_pct: 10 } }),
    {},
    true,
    "drawdown 9.1 of 10%",
  ],
  [
    "drawdown",
    "(125,000 − 100,000) / 125,000 = 20 %: reached",
    gateFigures({ peakEquity: 125_000, limits: { drawdown_pct: 20 } }),
    {},
    false,
    "drawdown 20.0 of 20%",
  ],
  [
    "heat",
    "11,175 + 5 × 5 = 11,200 of 100,000",
    gateFigures({ holdings: [holding({ risk: 11_175 })] }),
    {},
    true,
    "heat 11.2 of 25%",
  ],
  [
    "heat",
    "20,000 position + 4,000 working + 100 × 10 = 25,000: exactly 25 %",
    gateFigures({ holdings: [holding({ risk: 20_000 }), holding({ kind: "working", risk: 4_000 })] }),
    { shares: 100, stop: 175.5 },
    true,
    "heat 24.0 → 25.0 of 25%",
  ],
  [
    "heat",
    "the same with a stop a cent lower: 25,001",
    gateFigures({ holdings: [holding({ risk: 20_000 }), holding({ kind: "working", risk: 4_000 })] }),
    { shares: 100, stop: 175.49 },
    false,
    "heat 24.0 → 25.001 of 25%",
  ],
  [
    "heat",
    "an external holding of 25,000 has no known stop: all of it is at risk",
    gateFigures({ holdings: [holding({ kind: "external", value: 25_000, risk: 25_000 })] }),
    { shares: 20 },
    false,
    "heat 25.0 → 25.1 of 25%",
  ],
  [
    "position_value",
    "5 × 185.50 = 927.50 of 927.50",
    gateFigures({ limits: { max_position_value: 927.5 } }),
    {},
    true,
    "value $927.50 of $927.50",
  ],
  [
    "position_value",
    "5 × 185.50 = 927.50 of 927.49",
    gateFigures({ limits: { max_position_value: 927.49 } }),
    {},
    false,
    "value $927.50 of $927.49",
  ],
  [
    "max_positions",
    "two held and one working, and this one: 4 of 4",
    gateFigures({
      holdings: [holding(), holding({ symbol: "AMD" }), holding({ kind: "working", symbol: "NVDA" })],
      limits: { max_positions: 4 },
    }),
    {},
    true,
    "positions 3 → 4 of 4",
  ],
  [
    "max_positions",
    "one held, one external, and this one: 3 of 2",
    gateFigures({ holdings: [holding(), holding({ kind: "external" })], limits: { max_positions: 2 } }),
    {},
    false,
    "positions 2 → 3 of 2",
  ],
  [
    "max_positions_strategy",
    "another run of the same strategy counts, another strategy does not",
    gateFigures({
      holdings: [holding({ runId: "r9" }), holding({ strategyId: "ma_crossover" })],
      limits: { max_positions_strategy: 1 },
    }),
    {},
    false,
    "positions of momentum 1 → 2 of 1",
  ],
  [
    "max_positions_symbol",
    "another strategy's position in the symbol counts",
    gateFigures({
      holdings: [holding({ symbol: "AAPL", strategyId: "ma_crossover" }), holding()],
      limits: { max_positions_symbol: 1 },
    }),
    {},
    false,
    "positions in AAPL 1 → 2 of 1",
  ],
  [
    "order_rate",
    "five in the last minute, and this one: 6 of 5",
    gateFigures({ entriesLastMinute: 5, limits: { orders_per_minute: 5 } }),
    {},
    false,
    "orders a minute 5 → 6 of 5",
  ],
  [
    "trades_per_day",
    "nine today, and this one: 10 of 10",
    gateFigures({ entriesToday: 9, limits: { trades_per_day: 10 } }),
    {},
    true,
    "trades today 9 → 10 of 10",
  ],
  [
    "spread",
    "(185.90 − 185.10) / 185.50 = 0.43 % of 0.5",
    gateFigures({ market: { quote: { bid: 185.1, ask: 185.9 } }, limits: { spread_pct: 0.5 } }),
    {},
    true,
    "spread 0.43 of 0.5%",
  ],
  [
    "spread",
    "(186.00 − 185.00) / 185.50 = 0.54 % of 0.5",
    gateFigures({ market: { quote: { bid: 185, ask: 186 } }, limits: { spread_pct: 0.5 } }),
    {},
    false,
    "spread 0.54 of 0.5%",
  ],
  [
    "spread",
    "nobody bids",
    gateFigures({ market: { quote: { bid: 0, ask: 186 } }, limits: { spread_pct: 0.5 } }),
    {},
    false,
    "no two-sided quote of AAPL",
  ],
  [
    "staleness",
    "a trade 31 s ago, of 30",
    gateFigures({ market: { last: { price: 185.5, atMs: NOW - 31_000 } }, limits: { stale_seconds: 30 } }),
    {},
    false,
    "last trade, s ago: 31.0 of 30 s",
  ],
  [
    "staleness",
    "a trade 30 s ago, of 30",
    gateFigures({ market: { last: { price: 185.5, atMs: NOW - 30_000 } }, limits: { stale_seconds: 30 } }),
    {},
    true,
    "last trade, s ago: 30.0 of 30 s",
  ],
  [
    "staleness",
    "outside the session nothing trades",
    gateFigures({
      market: { isOpen: false, last: { price: 185.5, atMs: NOW - 3_600_000 } },
      limits: { stale_seconds: 30 },
    }),
    {},
    true,
    "market closed",
  ],
  [
    "price_band",
    "194.775 / 185.50 − 1 = 5 %: just within",
    gateFigures(),
    { orderPrice: 194.775 },
    true,
    "off the last price 5.0 of 5%",
  ],
  [
    "price_band",
    "(185.50 − 175.00) / 185.50 = 5.66 %: too far below as well",
    gateFigures(),
    { orderPrice: 175 },
    false,
    "off the last price 5.7 of 5%",
  ],
  [
    "tradable",
    "halted at the broker",
    gateFigures({ market: { tradable: false } }),
    {},
    false,
    "AAPL is not tradable at the broker now",
  ],
  [
    "tradable",
    "unknown there",
    gateFigures({ market: { tradable: undefined } }),
    {},
    false,
    "the broker does not know AAPL",
  ],
  [
    "opposing",
    "another run sells it",
    gateFigures({ sellers: ["ma_crossover"] }),
    {},
    false,
    "AAPL is being sold just now (wash trade)",
  ],
  [
    "buying_power",
    "5 × 185.50 of 927.50",
    gateFigures({ buyingPower: 927.5 }),
    {},
    true,
    "cost $927.50 of $927.50",
  ],
  [
    "buying_power",
    "5 × 185.50 of 927.49",
    gateFigures({ buyingPower: 927.49 }),
    {},
    false,
    "cost $927.50 of $927.49",
  ],
  [
    "live_capital",
    "4,072.50 + 927.50 = 5,000 of 5,000",
    gateFigures({ maxCapital: 5_000, holdings: [holding({ value: 4_072.5 })] }),
    {},
    true,
    "capital at work $4,072.50 → $5,000.00 of $5,000.00",
  ],
  [
    "live_capital",
    "4,072.51 + 927.50 = 5,000.01 of 5,000",
    gateFigures({ maxCapital: 5_000, holdings: [holding({ value: 4_072.51 })] }),
    {},
    false,
    "capital at work $4,072.51 → $5,000.01 of $5,000.00",
  ],
];

describe("a gate reckons", () => {
  it.each(TABLE)("%s: %s", (gate, _what, figures, entry, ok, text) => {
    expect(check(gate, figures, gatedEntry(entry))).toMatchObject({ ok, text });
  });
});

describe("correlated exposure", () => {
  const correlations: Readonly<Record<string, number | undefined>> = {
    NVDA: 0.82,
    AMD: 0.71,
    KO: 0.7,
    XOM: -0.9,
  };
  const book = (over: Parameters<typeof gateFigures>[0] = {}) =>
    gateFigures({
      holdings: Object.keys(correlations).map((symbol) => holding({ symbol, value: 7_000 })),
      correlation: (symbol, other) => (symbol === other ? 1 : correlations[other]),
      ...over,
    });

  it("adds what moves with the symbol: NVDA 7,000 + AMD 7,000 + 927.50 = 14.9 %; 0.7 itself and −0.9 do not count", () => {
    expect(check("correlated", book())).toMatchObject({
      ok: true,
      text: "correlated 14.0 → 14.9 of 15%",
      note: "NVDA, AMD",
    });
  });

  it("refuses what would go beyond: 14,000 + 12 × 185.50 = 16.2 %", () => {
    expect(check("correlated", book(), gatedEntry({ shares: 12 }))).toMatchObject({
      ok: false,
      code: "CORRELATED",
      text: "correlated 14.0 → 16.2 of 15%",
      note: "NVDA, AMD",
    });
  });

  it("counts what is held in the symbol itself, also outside AlphaFlow", () => {
    const figures = gateFigures({ holdings: [holding({ kind: "external", symbol: "AAPL", value: 14_500 })] });
    expect(check("correlated", figures)).toMatchObject({ ok: false, text: "correlated 14.5 → 15.4 of 15%" });
  });

  it("counts a symbol of which too few days are known, and says so", () => {
    const figures = book({ correlation: (symbol, other) => (symbol === other ? 1 : undefined) });
    expect(check("correlated", figures)).toMatchObject({
      ok: false,
      text: "correlated 28.0 → 28.9 of 15%",
      note: "NVDA (too few days), AMD (too few days), KO (too few days), XOM (too few days)",
    });
  });
});

describe("after a loss", () => {
  const trade = (minutesAgo: number, pnl: number, over = {}) => ({
    runId: "k7q2",
    exitTime: NOW - minutesAgo * MINUTE_MS,
    pnl,
    stoppedOut: pnl < 0,
    ...over,
  });
  const cooldown = (trades: GateFigures["trades"]) =>
    check("cooldown", gateFigures({ trades, limits: { cooldown_minutes: 30 } }));
  const streak = (trades: GateFigures["trades"]) =>
    check("losing_streak", gateFigures({ trades, limits: { losing_streak: 3 } }));

  it("a run stays out of the symbol for the cooldown: 29 of 30 minutes refuse, 30 pass", () => {
    expect(cooldown([trade(29, -25)])).toMatchObject({
      ok: false,
      code: "COOLDOWN",
      text: "29 of 30 min since the stop-loss",
    });
    expect(cooldown([trade(30, -25)])).toMatchObject({ ok: true });
  });

  it("the cooldown is for stop-losses, and for the run that had it", () => {
    expect(cooldown([trade(1, -25, { stoppedOut: false })])).toMatchObject({ ok: true });
    expect(cooldown([trade(1, -25, { runId: "other" })])).toMatchObject({ ok: true });
  });

  it("three losses in a row lock the symbol, whoever made them; a win between them does not", () => {
    expect(streak([trade(1, -1), trade(2, -1, { runId: null }), trade(3, -1)])).toMatchObject({
      ok: false,
      code: "LOSING_STREAK",
      text: "losses in a row in AAPL 3 of 3",
    });
    expect(streak([trade(1, -1), trade(2, 1), trade(3, -1), trade(4, -1)])).toMatchObject({ ok: true });
  });

  it("the lock ends with the New York day: the newest loss was at 23:30 there", () => {
    const eveningBefore = (NOW - Date.UTC(2026, 6, 28, 3, 30)) / MINUTE_MS;
    expect(
      streak([trade(eveningBefore, -1), trade(eveningBefore + 1, -1), trade(eveningBefore + 2, -1)]),
    ).toMatchObject({
      ok: true,
    });
  });
});

describe("the session window", () => {
  const at = (time: string, half = false) =>
    check(
      "session_window",
      gateFigures({
        market: {
          nowMs: Date.parse(`2026-11-27T${time}:00Z`),
          session: {
            openMs: Date.parse("2026-11-27T14:30:00Z"),
            closeMs: Date.parse(half ? "2026-11-27T18:00:00Z" : "2026-11-27T21:00:00Z"),
          },
        },
        limits: { no_entry_open_minutes: 15, no_entry_close_minutes: 30 },
      }),
    );

  it.each([
    ["14:44", false, false, "14 min after the open, no entries in the first 15"],
    ["14:45", false, true, "15 min after the open, 375 before the close"],
    ["20:29", false, true, "359 min after the open, 31 before the close"],
    ["20:30", false, false, "30 min before the close, no entries in the last 30"],
    ["17:30", true, false, "30 min before the close, no entries in the last 30"],
    ["17:30", false, true, "180 min after the open, 210 before the close"],
    ["22:00", false, true, "outside the regular session"],
  ])("at %s UTC, half day %s: passes %s", (time, half, ok, text) => {
    expect(at(time, half)).toMatchObject({ ok, text });
  });

  it("refuses while the calendar is not known, and asks nothing when no window is set", () => {
    const market = { session: undefined, calendarKnown: false };
    expect(check("session_window", gateFigures({ market, limits: { no_entry_open_minutes: 5 } })).ok).toBe(
      false,
    );
    expect(check("session_window", gateFigures({ market })).ok).toBe(true);
  });
});
