import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import { runOptionSpecs } from "../../src/core/run-options.ts";
import { multiTimeframe } from "../../src/core/strategies/multi-timeframe.ts";
import { strategies } from "../../src/core/strategies/index.ts";
import { clientOrderId, runId } from "../../src/core/order.ts";
import {
  testDecision,
  testOrder,
  testPositionView,
  testRun,
  testRunView,
  testTrade,
} from "../support/fake-desk.ts";
import { ANN, busBench, TOM, VIV, wordsOf } from "../support/command-bus.ts";

describe("/strategy", () => {
  it("list shows all strategies and their active runs", async () => {
    const bench = busBench();
    bench.desk.runs = [testRunView(), testRunView(testRun({ id: runId("zz99"), status: "stopped" }))];
    const answer = await bench.say("/strategy list", VIV);
    expect(answer.text).toBe("7 strategies, 1 active run.");
    expect(answer.table?.rows.map(([id]) => id)).toEqual(strategies.map(({ id }) => id));
    expect(answer.table?.rows[2]).toEqual(["momentum", "Momentum", "15Min", "k7q2"]);
  });

  it("info lists every parameter and option with default and range", async () => {
    const answer = await busBench().say("/strategy info multi_timeframe", VIV);
    const declared = [...multiTimeframe.params, ...runOptionSpecs(multiTimeframe)];
    expect(answer.table?.rows.map(([name]) => name)).toEqual(declared.map(({ name }) => name));
    expect(answer.table?.rows[0]?.slice(0, 3)).toEqual([
      "min_alignment",
      "0.66",
      "a number above 0.5 and at most 1",
    ]);
    expect(answer.table?.rows[1]?.[1]).toBe("5/20/50");
    expect(answer.fields?.[0]?.value).toBe("after 50 bars with the defaults");
  });

  it("start says what runs, on what, with which stop, and how to end it", async () => {
    const bench = busBench();
    const answer = await bench.say(
      "/strategy start momentum AAPL,MSFT timeframe=5Min take_profit_pct=4",
      TOM,
    );
    expect(answer.title).toBe("Momentum started · PAPER");
    expect(answer.text).toContain("Momentum runs on AAPL, MSFT\nBuys when the close has risen");
    expect(Object.fromEntries((answer.fields ?? []).map(({ label, value }) => [label, value]))).toEqual({
      Run: "k7q2",
      Symbols: "AAPL, MSFT",
      Bars: "5Min",
      Size: "1% of equity a position, at most 10%",
      "Stop-loss": "2 × ATR(14) below the entry, an order at the broker",
      "Take-profit": "4% above the entry",
      Parameters: "lookback_period=20 momentum_threshold=0.02",
    });
    expect(answer.footer).toEqual(["Stop it: /strategy stop k7q2"]);
  });

  it("start passes on what is wrong with a setting", async () => {
    const bench = busBench();
    const answer = await bench.say("/strategy start momentum AAPL lookback=5 fraction=2", TOM);
    expect(answer.text).toContain("unknown parameter lookback; did you mean lookback_period?");
    expect(answer.text).toContain("fraction=2: expected");
    expect(answer).toMatchObject({ refused: true, private: true });
  });

  it("status shows each run with its reason and the market around it", async () => {
    const bench = busBench();
    bench.desk.runs = [testRunView()];
    const answer = await bench.say("/strategy status", VIV);
    expect(answer.text).toBe("1 run, 1 open position, realised P&L -$12.50.");
    expect(answer.table?.rows).toEqual([
      ["k7q2", "momentum", "AAPL MSFT", "15Min", "running", "1", "2", "-$12.50", "1h"],
    ]);
    expect(answer.footer?.[0]).toBe(
      "AAPL (momentum, run k7q2) · bar 2026-07-31 14:45 UTC · moved +2.4% in 20 bars · RSI 61 · ADX 24",
    );
  });

  it("status names the exits that a run was given", async () => {
    const bench = busBench();
    const run = testRun();
    bench.desk.runs = [testRunView({ ...run, options: { ...run.options, trailAtr: 3, partialR: 1 } })];
    expect((await bench.say("/strategy status", VIV)).footer?.[0]).toBe(
      "Exits of run k7q2: trail_atr=3 partial_r=1",
    );
  });

  it.each([
    ["/strategy stop K7Q2", ["stopRuns", "k7q2", false]],
    ["/strategy stop momentum close=yes", ["stopRuns", "momentum", true]],
    ["/strategy pause all", ["pauseRuns", "all"]],
    ["/strategy resume momentum", ["resumeRuns", "momentum"]],
    ["/strategy set momentum fraction=0.02 stop_atr=3", ["setRun", "k7q2", "fraction=0.02", "stop_atr=3"]],
  ])("%s reaches the desk", async (text, [name, ...args]) => {
    const bench = busBench();
    bench.desk.runs = [testRunView()];
    await bench.say(text, TOM);
    expect(bench.desk.calls).toMatchObject([{ name, args }]);
  });

  it.each([
    ["/strategy stop k7q3", "unknown run k7q3; did you mean k7q2?"],
    ["/strategy pause momentun", "unknown run momentun; did you mean momentum?"],
    ["/strategy stop quick_test", "quick_test is not running; /strategy start quick_test SYMBOLS begins it"],
    ["/strategy set momentum fraction=0.02", "momentum is 2 runs (k7q2, m3n4); name one of them"],
  ])("%s is answered with what would be right, and nothing is done", async (text, said) => {
    const bench = busBench();
    bench.desk.runs = [testRunView(), testRunView(testRun({ id: runId("m3n4") }))];
    expect((await bench.say(text, TOM)).text).toBe(said);
    expect(bench.desk.calls).toEqual([]);
  });

  it("stop all with nothing running says so", async () => {
    expect((await busBench().say("/strategy stop all", TOM)).text).toContain("no strategy is running");
  });
});

describe("/positions", () => {
  it("shows every figure with its unit, a dash where there is none, and buttons to close and to go to breakeven", async () => {
    const bench = busBench();
    bench.desk.positions = [
      testPositionView(),
      testPositionView({ symbol: "MSFT", target: money(420), quantity: money("0.25"), stop: money(0) }, null),
    ];
    const answer = await bench.say("/positions", VIV);
    expect(answer.title).toBe("Positions · PAPER");
    expect(answer.text).toBe("2 open positions, unrealised P&L +$30.00 (1 without a price).");
    expect(answer.table?.rows).toEqual([
      [
        "AAPL",
        "momentum",
        "5",
        "$185.50",
        "$191.50",
        "$180.50",
        "–",
        "+$30.00",
        "+3.23%",
        "+1.2R",
        "3m 20s",
        "#12",
        "",
      ],
      ["MSFT", "momentum", "0.25", "$185.50", "–", "–", "$420.00", "–", "–", "–", "3m 20s", "#12", ""],
    ]);
    expect(answer.buttons).toEqual([
      { label: "Close AAPL momentum", command: "/close AAPL momentum", style: "danger" },
      { label: "Close MSFT momentum", command: "/close MSFT momentum", style: "danger" },
      { label: "Stop to breakeven AAPL momentum", command: "/stop AAPL breakeven momentum" },
      { label: "Stop to breakeven MSFT momentum", command: "/stop MSFT breakeven momentum" },
      { label: "Chart AAPL", command: "/chart AAPL" },
      { label: "Chart MSFT", command: "/chart MSFT" },
    ]);
  });

  it("shows what the broker holds beyond AlphaFlow's own, except under a strategy", async () => {
    const bench = busBench();
    bench.desk.externals = [
      { symbol: "TSLA", quantity: money(-3), currentPrice: money(250), value: money(750), ignored: false },
    ];
    expect((await bench.say("/positions", VIV)).table?.rows).toEqual([
      ["TSLA", "EXTERNAL", "-3", "–", "$250.00", "–", "–", "–", "–", "–", "–"],
    ]);
    expect((await bench.say("/positions momentum", VIV)).text).toBe("No open position of momentum.");
    expect((await bench.say("/positions AAPL", VIV)).text).toBe("No open position in AAPL.");
  });

  it("keeps to seven buttons of a kind and counts two runs of one strategy once", async () => {
    const bench = busBench();
    bench.desk.positions = [
      testPositionView(),
      testPositionView(),
      ...Array.from({ length: 20 }, (_, index) => testPositionView({ symbol: `S${index}` })),
    ];
    const { buttons = [] } = await bench.say("/positions", VIV);
    // Seven to close, seven to breakeven, seven charts, the next page and the file.
    expect(buttons).toHaveLength(23);
    expect(new Set(buttons.map(({ command }) => command)).size).toBe(23);
  });

  it("says LIVE when the mode is live", async () => {
    const bench = busBench();
    bench.desk.control = { ...bench.desk.control, mode: "live" };
    for (const text of [
      "/positions",
      "/trades",
      "/orders",
      "/performance",
      "/risk",
      "/halt",
      "/strategy list",
    ])
      expect((await bench.say(text, ANN)).title).toContain("· LIVE");
  });
});

describe("/trades", () => {
  it("shows profit in dollars, percent and R", async () => {
    const bench = busBench();
    bench.desk.trades = [testTrade(), testTrade({ strategyId: "manual", initialStop: money(0) })];
    const answer = await bench.say("/trades", VIV);
    expect(answer.text).toBe("2 trades, 0 won, P&L -$55.00.");
    expect(answer.table?.rows[0]).toEqual([
      "#11",
      "2026-07-31 14:55 UTC",
      "AAPL",
      "momentum",
      "5",
      "$185.50",
      "$180.00",
      "-$27.50",
      "-2.96%",
      "-1.1R",
      // Seen down to 179.50 and up to 188 with $5 a share at risk.
      "-1.2R",
      "+0.5R",
      "stop-loss",
      "2h",
      "",
    ]);
    expect((await bench.say("/trades 1", VIV)).table?.rows).toHaveLength(1);
    expect((await bench.say("/trades manual", VIV)).table?.rows).toHaveLength(1);
  });

  it("gives a CSV file", async () => {
    const bench = busBench();
    bench.desk.trades = [testTrade({ entryText: "+2.4% in 20 bars" })];
    bench.desk.tags.set("p0", ["fomo", "late"]);
    const { file, table } = await bench.say("/trades csv", VIV);
    expect([file?.name, file?.mediaType, table?.rows.length]).toEqual(["trades.csv", "text/csv", 1]);
    const [header, row, end] = (file?.content ?? "").split("\r\n");
    expect(header).toBe(
      "symbol,strategy_id,shares,entry_time,entry_price,exit_time,exit_price,pnl,pnl_percent,exit_reason,number,r_multiple,initial_stop,initial_risk,holding_seconds,mae,mae_r,mfe,mfe_r,entry_decision_price,entry_slippage,entry_slippage_bps,exit_decision_price,exit_slippage,exit_slippage_bps,fees,entry_text,exit_text,tags,run_id,position_id",
    );
    // Bought at 185.50 as 185.40 was decided, sold at 180 as 180.50 was.
    expect(row).toBe(
      "AAPL,momentum,5,2026-07-31T12:55:00Z,185.5,2026-07-31T14:55:00Z,180,-27.5,-2.96495957,stop-loss,11,-1.1,180.5,25,7200,-30,-1.2,12.5,0.5,185.4,0.5,5.39374326,180.5,2.5,27.70083102,,'+2.4% in 20 bars,,fomo late,k7q2,p0",
    );
    expect(end).toBe("");
  });
});

describe("/orders and /cancel", () => {
  it("list the newest orders with what they wait for", async () => {
    const bench = busBench();
    bench.desk.orders = [testOrder(), testOrder({ clientOrderId: clientOrderId("af-old"), state: "FILLED" })];
    bench.desk.orders.push(
      testOrder({ clientOrderId: clientOrderId("af-e1"), side: "buy", purpose: "entry" }),
    );
    const answer = await bench.say("/orders", TOM);
    expect(answer.text).toBe("3 orders, 2 working.");
    expect(answer.table?.rows[0]).toEqual([
      "AAPL",
      "sell",
      "stop",
      "stop gtc",
      "5",
      "0",
      "–",
      "$180.50",
      "–",
      "ACCEPTED",
      "momentum",
      "3m 10s",
      "af-k7q2-AAPL-sn3k40-s1",
    ]);
    expect(answer.buttons?.map(({ command }) => command)).toEqual(["/cancel af-e1"]);
  });

  it("cancel after a confirmation the entries that work, however many orders are newer, and no stops", async () => {
    const bench = busBench();
    const entry = testOrder({ clientOrderId: clientOrderId("af-e1"), side: "buy", purpose: "entry" });
    const newer = Array.from({ length: 200 }, (_, index) =>
      testOrder({ clientOrderId: clientOrderId(`af-${index}-x1`), state: "FILLED" }),
    );
    bench.desk.orders = [...newer, testOrder(), entry];
    expect((await bench.say("/cancel af-e1", TOM)).text).toBe("Cancel 1 working entry?");
    const preview = await bench.say("/cancel all", TOM);
    expect(preview.table?.rows.map((row) => row.at(-1))).toEqual(["af-e1"]);
    await bench.say(`/confirm ${bench.codeOf(preview)}`, TOM);
    expect(bench.desk.calls).toMatchObject([{ name: "cancelOrders", args: ["all"] }]);
  });

  it.each([
    [
      "/cancel af-k7q2-AAPL-sn3k40-s2",
      "unknown order af-k7q2-AAPL-sn3k40-s2; did you mean af-k7q2-AAPL-sn3k40-s1?",
    ],
    ["/cancel af-old", "order af-old is FILLED already"],
    [
      "/cancel af-k7q2-AAPL-sn3k40-s1",
      "order af-k7q2-AAPL-sn3k40-s1 is no entry; stops and exits protect a position and are not cancelled by hand: /close sells it",
    ],
    [
      "/cancel all",
      "no entry is working; stops and exits protect a position and are not cancelled by hand: /close sells it",
    ],
  ])("%s is answered at once", async (text, said) => {
    const bench = busBench();
    bench.desk.orders = [testOrder(), testOrder({ clientOrderId: clientOrderId("af-old"), state: "FILLED" })];
    expect((await bench.say(text, TOM)).text).toBe(said);
    expect(bench.ledger.confirmations.size).toBe(0);
  });
});

describe("/performance, /risk, /why and /health", () => {
  it("performance shows what can be computed, and a dash for the rest", async () => {
    const answer = await busBench().say("/performance month", VIV);
    expect(answer.text).toBe(
      "2 closed trades in the last 30 days: realised P&L +$12.30, unrealised +$30.00.",
    );
    expect(answer.fields?.map(({ value }) => value)).toEqual([
      "50.0%",
      "1.45",
      "+$6.15 a trade",
      "–",
      "-1.20%",
      "AAPL +$39.80 (+4.29%), momentum",
      "AAPL -$27.50 (-2.96%), momentum",
    ]);
  });

  it("risk shows the limits and how much is left", async () => {
    const answer = await busBench().say("/risk", VIV);
    // 2 % of 100,000 may be lost, 1 % is.
    expect(answer.text).toBe("Day P&L -$1000.00; $1,000.00 more may be lost before entries stop.");
    const fields = Object.fromEntries((answer.fields ?? []).map(({ label, value }) => [label, value]));
    expect(fields).toMatchObject({
      Trading: "trading",
      "Heat (lost if every stop is hit)": "$55.00 (0.06% of equity)",
      Exposure: "$957.50 (0.97% of equity) in 1 position",
    });
    expect(answer.table?.rows).toEqual([
      ["heat_pct", "11.2", "25%", "13.8", "████░░░░░░"],
      // Nearly all of it is not all of it.
      ["correlated_pct", "14.96", "15%", "0.04", "█████████░"],
      ["price_band_pct", "–", "5%", "–", ""],
    ]);
    expect(answer.footer).toEqual([
      "correlated_pct: NVDA, AMD",
      "No limit: max_positions",
      "Change one: /risk set heat_pct=20",
    ]);
  });

  it("risk says who halted, when and why", async () => {
    const bench = busBench();
    const control = {
      ...bench.desk.control,
      halted: true,
      by: "tom",
      reason: "CPI",
      since: Date.UTC(2026, 6, 31, 14),
    };
    bench.desk.risk = { ...bench.desk.risk, control, dayLoss: 0.025 };
    const answer = await bench.say("/risk", VIV);
    expect(answer.fields?.[0]?.value).toBe("HALTED by tom since 2026-07-31 14:00 UTC: CPI");
    expect(answer).toMatchObject({
      tone: "bad",
      text: expect.stringContaining("daily loss limit is reached"),
    });
  });

  it("why goes through the newest decision gate by gate, then names those before", async () => {
    const bench = busBench();
    const measured = { unit: "%", figures: {} } as const;
    bench.desk.decisions = [
      testDecision({
        code: "CORRELATED",
        checks: [
          {
            gate: "heat",
            ok: true,
            text: "heat 11.2 → 12.1 of 25%",
            before: 11.2,
            after: 12.1,
            limit: 25,
            ...measured,
          },
          {
            gate: "correlated",
            ok: false,
            code: "CORRELATED",
            text: "correlated 16.3 of 15%",
            note: "NVDA, AMD",
            before: 16.3,
            after: 16.3,
            limit: 15,
            ...measured,
          },
        ],
      }),
      testDecision({ outcome: "entered", code: null, text: "bought 5 at $185.50" }),
    ];
    const answer = await bench.say("/why aapl momentum", VIV);
    expect(answer.text).toBe(
      [
        "2026-07-31 14:59 UTC · momentum · BUY → refused (CORRELATED)",
        "heat 11.2 → 12.1 of 25% ✓ · correlated 16.3 of 15% ✗ NVDA, AMD",
        "",
        "2026-07-31 14:59 UTC · momentum · BUY → entered: bought 5 at $185.50",
        "day loss 2.31 % of 2 % allowed ✗ · $927.50 of $50,000.00 ✓",
      ].join("\n"),
    );
    expect(answer.fields).toEqual([{ label: "close", value: "185.5" }]);
    expect((await bench.say("/why MSFT", VIV)).text).toContain("No decision on MSFT yet");
  });

  it("health shows each connection and the last tick", async () => {
    const answer = await busBench().say("/health", VIV);
    expect(answer.table?.rows).toContainEqual(["last tick", "1s ago", "took 12 ms"]);
    expect(answer.table?.rows).toContainEqual(["broker", "connected", "simulated, account SIM1"]);
    expect(answer.footer).toEqual(["AlphaFlow 0.1.0, up 1m"]);
  });
});

describe("/halt, /resume, /kill and /mode", () => {
  it.each([
    ["/halt", ["halt", "by hand"], "Halted · PAPER"],
    ["/halt CPI at 14:30", ["halt", "CPI at 14:30"], "Halted · PAPER"],
    ["/resume", ["resume"], "Resumed · PAPER"],
    ["/kill", ["kill", false], "Kill switch · PAPER"],
    ["/kill drill", ["kill", true], "Kill switch, drill · PAPER"],
    ["/mode paper", ["setMode", "paper"], "Mode · PAPER"],
  ])("%s acts at once", async (text, [name, ...args], title) => {
    const bench = busBench();
    const answer = await bench.say(text, ANN);
    expect(bench.desk.calls).toMatchObject([{ name, args }]);
    expect(answer.title).toBe(title);
  });

  it("mode alone says what still stands before live trading", async () => {
    const bench = busBench();
    bench.desk.liveLocks = ["live keys are missing"];
    expect(await bench.say("/mode", VIV)).toMatchObject({
      title: "Mode · PAPER",
      text: "Orders are placed with paper money; no real money moves.",
      footer: ["Live trading still needs:", "– live keys are missing"],
    });
  });
});

it("no answer is longer than its buttons and platforms allow", async () => {
  const bench = busBench();
  bench.desk.runs = [testRunView()];
  bench.desk.positions = [testPositionView()];
  bench.desk.orders = [testOrder({ clientOrderId: clientOrderId(`af-${"x".repeat(45)}`) })];
  for (const text of ["/positions", "/orders", "/strategy start momentum AAPL", "/close all"])
    for (const button of (await bench.say(text, ANN)).buttons ?? [])
      expect(button.command.length).toBeLessThanOrEqual(90);
});

it("hostile words come back as plain, short text", async () => {
  const bench = busBench();
  const answer = await bench.say(`/strategy start <!channel> ${"@everyone ".repeat(150)}`, TOM);
  expect(answer.text).toContain("unknown strategy <!channel>");
  expect(wordsOf(answer).length).toBeLessThan(1_000);
});
