import { afterEach, beforeEach, expect, it } from "vitest";
import { reportMessage } from "../../src/app/report-message.ts";
import { currentSession, currentWeek, periodCurve, reportView } from "../../src/app/report.ts";
import { runViews } from "../../src/app/reports.ts";
import { money } from "../../src/core/money.ts";
import type { ReportSpan } from "../../src/ports.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";

const HOUR_MS = 3_600_000;
let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

function at(hour: number): number {
  return Date.UTC(2026, 6, 30, hour);
}

async function span(of: Promise<ReportSpan | undefined>): Promise<ReportSpan> {
  const found = await of;
  if (found === undefined) throw new Error("no session in the calendar");
  return found;
}

it("reports a session's closed trades, what is open and how its equity moved", async () => {
  const { engine } = ground.running;
  await ground.start(["AAPL", "MSFT"]);
  await ground.start(["TSLA"]);
  await ground.running.tick();
  await expect.poll(() => ground.ledger.openPositions("paper"), { timeout: 10_000 }).toHaveLength(2);
  // 5 AAPL bought at 185.50 are stopped out at 180: -27.50.
  ground.alpaca.setPrice("AAPL", 180);
  await expect.poll(() => ground.ledger.trades({ accountId: "paper" }), { timeout: 10_000 }).toHaveLength(1);

  const runs = await runViews(engine, ground.running.trackers);
  expect(
    runs.map(({ openPositions, closedTrades, realizedPnl }) => [
      openPositions,
      closedTrades,
      realizedPnl.toFixed(2),
    ]),
  ).toEqual([
    [1, 1, "-27.50"],
    [0, 0, "0.00"],
  ]);

  const session = await span(currentSession(engine));
  const now = { ...session, fromMs: Date.now() - HOUR_MS, toMs: Date.now() + HOUR_MS };
  const view = await reportView(engine, now);

  expect(view).toMatchObject({
    ended: false,
    trades: 1,
    won: 0,
    realizedPnl: -27.5,
    best: { symbol: "AAPL", exitReason: "stop-loss" },
    worst: { symbol: "AAPL" },
    positions: [{ position: { symbol: "MSFT" } }],
  });
  expect(view.endEquity).toBe(view.risk.equity);
  expect(view.curve.equity.at(-1)).toBe(view.risk.equity);
  const message = reportMessage(view, "paper", "Daily report");
  expect(message.title).toBe(`Daily report ${session.label} · PAPER`);
  expect(message.text).toMatch(/1 trade closed, 0 won, realised -\$27\.50; 1 position open/);
  expect(message.picture?.drawing.kind).toBe("equity");
  // It goes into the outbox as it is: data, and little of it.
  expect(JSON.parse(JSON.stringify(message))).toEqual(message);
  expect(JSON.stringify(message).length).toBeLessThan(20_000);
});

it("leaves trades and equity of other days out, and measures from the equity before", async () => {
  const { engine } = ground.running;
  for (const [hour, equity] of [
    [10, 99_000],
    [14, 100_000],
    [16, 101_500],
    [23, 90_000],
  ] as const)
    await ground.ledger.insertEquity({
      accountId: "paper",
      atMs: at(hour),
      equity: money(equity),
      cash: money(equity),
    });
  const day = { label: "2026-07-30", fromMs: at(13) + HOUR_MS / 2, toMs: at(20) };
  const view = await reportView(engine, day);
  expect(view).toMatchObject({ ended: true, trades: 0, startEquity: 99_000, endEquity: 101_500 });
  expect(view.curve.equity).toEqual([99_000, 100_000, 101_500]);
});

it("knows the session and the week of now, and the curve of a period", async () => {
  const { engine } = ground.running;
  const session = await span(currentSession(engine));
  const week = await span(currentWeek(engine));
  expect(week.fromMs).toBeLessThanOrEqual(session.fromMs);
  expect(week.toMs).toBe(session.toMs);
  expect(session.toMs - week.fromMs).toBeLessThan(5 * 24 * HOUR_MS);
  await ground.running.tick();
  const curve = await periodCurve(engine, "day");
  expect(curve.equity.at(-1)).toBe(100_000);
});
