import { describe, expect, it } from "vitest";
import type { ReportView } from "../../src/ports.ts";
import { money } from "../../src/core/money.ts";
import { busBench, VIV } from "../support/command-bus.ts";
import { T0, testPositionView, testTrade } from "../support/fake-desk.ts";

const CURVE = { time: [T0 - 3_600_000, T0 - 1_800_000, T0], equity: [100_000, 101_000, 100_495] };

function session(bench: ReturnType<typeof busBench>, changes: Partial<ReportView> = {}): ReportView {
  return {
    span: { label: "2026-07-31", fromMs: T0 - 5_400_000, toMs: T0 + 18_000_000 },
    ended: false,
    startEquity: 100_000,
    endEquity: 100_495,
    trades: 3,
    won: 2,
    realizedPnl: 465.5,
    best: testTrade({ pnl: money("39.8"), pnlPercent: money("4.29"), exitReason: "signal" }),
    worst: testTrade(),
    positions: [testPositionView()],
    risk: bench.desk.risk,
    curve: CURVE,
    ...changes,
  };
}

describe("/report", () => {
  it("tells what became of the session, what is open, how much risk is used, and shows the equity", async () => {
    const bench = busBench();
    bench.desk.report = session(bench);
    const answer = await bench.say("/report", VIV);
    expect(answer).toMatchObject({
      title: "Report 2026-07-31 · PAPER",
      text: "P&L so far +$495.00 (+0.50%): 3 trades closed, 2 won, realised +$465.50; 1 position open, unrealised +$30.00.",
      tone: "good",
    });
    expect(Object.fromEntries((answer.fields ?? []).map(({ label, value }) => [label, value]))).toEqual({
      Equity: "$100,495.00",
      "Win rate": "66.7%",
      "Best trade": "AAPL +$39.80 (+4.29%), momentum",
      "Worst trade": "AAPL -$27.50 (-2.96%), momentum",
      "Heat (lost if every stop is hit)": "$55.00 (0.06% of equity)",
      Exposure: "$957.50 (0.97% of equity)",
      "Day loss": "1.00% of 2.00% allowed",
    });
    expect(answer.table?.rows).toEqual([["AAPL", "momentum", "5", "$185.50", "$191.50", "+$30.00", "+1.2R"]]);
    expect(answer.picture).toMatchObject({
      name: "equity.png",
      // Deepest fall: 101,000 to 100,495 is 0.50 %.
      alt: "Equity · 2026-07-31 · PAPER: from $100,000.00 to $100,495.00, +$495.00 (+0.50%), deepest drawdown -0.50%.",
      drawing: { kind: "equity", ...CURVE },
    });
  });

  it("says it plainly when nothing happened and nothing was recorded, without a picture", async () => {
    const bench = busBench();
    const nothing = { trades: 0, won: 0, realizedPnl: 0, best: null, worst: null, positions: [] };
    const unknown = { startEquity: null, endEquity: null, curve: { time: [], equity: [] } };
    bench.desk.report = session(bench, { ...nothing, ...unknown });
    const answer = await bench.say("/report", VIV);
    expect(answer.text).toBe("no trade closed; no open position.");
    expect(answer).not.toHaveProperty("picture");
    expect(answer).not.toHaveProperty("table");
  });

  it("reports the week on request", async () => {
    const bench = busBench();
    bench.desk.report = session(bench, { ended: true });
    const answer = await bench.say("/report week", VIV);
    expect(answer.title).toBe("Report 2026-07-31 week · PAPER");
    expect(answer.text).toMatch(/^P&L \+\$495\.00/);
  });

  it("says why there is none while the calendar cannot be read", async () => {
    const answer = await busBench().say("/report", VIV);
    expect(answer).toMatchObject({ refused: true, text: expect.stringContaining("calendar") as unknown });
  });
});

describe("/performance", () => {
  it("shows the equity of the period", async () => {
    const bench = busBench();
    bench.desk.curve = CURVE;
    const answer = await bench.say("/performance week", VIV);
    expect(answer.picture?.drawing).toMatchObject({
      kind: "equity",
      title: "Equity in the last 7 days · PAPER",
      subtitle: "$100,495.00 · +$495.00 (+0.50%) · max drawdown -0.50%",
      tone: "good",
    });
  });

  it("has no picture before the first snapshot", async () => {
    expect(await busBench().say("/performance", VIV)).not.toHaveProperty("picture");
  });
});
