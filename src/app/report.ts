import { exchangeDay } from "../core/calendar.ts";
import { equityCurve, type EquityCurve } from "../core/equity-curve.ts";
import { DAY_MS } from "../core/iso-time.ts";
import { mondayOf } from "../core/report-schedule.ts";
import type { PerformanceView, ReportSpan, ReportView, Session } from "../ports.ts";
import type { Engine } from "./context.ts";
import { sessionsSince, timeScale } from "./market-hours.ts";
import { periodStart, positionViews, riskView } from "./reports.ts";

/** Longer than any row of holidays. */
const LOOK_BACK_DAYS = 12;
/** A picture of 1,200 px shows no more. */
const CURVE_POINTS = 360;

/** The session that is open now, else the last one; undefined while the calendar cannot be read. */
export async function currentSession(engine: Engine): Promise<ReportSpan | undefined> {
  const session = (await begunSessions(engine)).at(-1);
  if (session === undefined) return undefined;
  return { label: session.date, fromMs: session.openMs, toMs: session.closeMs };
}

/** From the Monday before the session that is open now or was last, to that session. */
export async function currentWeek(engine: Engine): Promise<ReportSpan | undefined> {
  const sessions = await begunSessions(engine);
  const last = sessions.at(-1);
  if (last === undefined) return undefined;
  const monday = mondayOf(last.date);
  const first = sessions.find(({ date }) => date >= monday) ?? last;
  return { label: `${first.date} to ${last.date}`, fromMs: first.openMs, toMs: last.closeMs };
}

/** Sessions that have begun, oldest first. */
async function begunSessions(engine: Engine): Promise<readonly Session[]> {
  const { nowMs } = await timeScale(engine);
  const known = await sessionsSince(engine, nowMs - LOOK_BACK_DAYS * DAY_MS, nowMs);
  return [...known.values()].filter(({ openMs }) => openMs <= nowMs).toSorted((a, b) => a.openMs - b.openMs);
}

/** What became of a span: every figure is the span's, but positions and risk, which are those of now. */
export async function reportView(engine: Engine, span: ReportSpan): Promise<ReportView> {
  const scale = await timeScale(engine);
  const risk = await riskView(engine);
  const fromMs = scale.toWall(span.fromMs);
  const toMs = scale.toWall(span.toMs);
  const trades = (await engine.ledger.trades({ accountId: engine.accountId, sinceMs: fromMs })).filter(
    ({ exitTime }) => exitTime <= toMs,
  );
  const points = await equityPoints(engine, fromMs - LOOK_BACK_DAYS * DAY_MS);
  const inSpan = points.filter(({ atMs }) => atMs >= span.fromMs && atMs <= span.toMs);
  // The broker's own figure of the session before, where it is that session that is reported.
  const isToday = exchangeDay(scale.nowMs) === exchangeDay(span.fromMs);
  const before = points.findLast(({ atMs }) => atMs < span.fromMs);
  const start = isToday ? risk.lastEquity : (before ?? inSpan[0])?.equity;
  const ended = scale.nowMs > span.toMs;
  const end = ended ? inSpan.at(-1)?.equity : risk.equity;
  const curve = [
    ...(start === undefined ? [] : [{ atMs: span.fromMs, equity: start }]),
    ...inSpan.filter(({ atMs }) => atMs > span.fromMs),
    ...(ended ? [] : [{ atMs: scale.nowMs, equity: risk.equity }]),
  ];
  const byPnl = trades.toSorted((a, b) => a.pnl.comparedTo(b.pnl));
  return {
    span,
    ended,
    startEquity: start ?? null,
    endEquity: end ?? null,
    trades: trades.length,
    won: trades.filter(({ pnl }) => pnl.gt(0)).length,
    realizedPnl: trades.reduce((sum, { pnl }) => sum + pnl.toNumber(), 0),
    best: byPnl.at(-1) ?? null,
    worst: byPnl[0] ?? null,
    positions: await positionViews(engine, {}),
    risk,
    curve: await curveOf(engine, curve),
  };
}

/** Equity since the period's start, closed hours left out. */
export async function periodCurve(engine: Engine, period: PerformanceView["period"]): Promise<EquityCurve> {
  const points = await equityPoints(engine, periodStart(engine, period));
  const { account } = engine.state;
  // Read every tick; its snapshot is older by up to a minute.
  const now =
    account === null ? [] : [{ atMs: (await timeScale(engine)).nowMs, equity: account.equity.toNumber() }];
  return curveOf(engine, [...points, ...now]);
}

interface EquityPoint {
  /** Market time. */
  readonly atMs: number;
  readonly equity: number;
}

/** Snapshots since `sinceMs` of the wall clock, in market time. */
async function equityPoints(engine: Engine, sinceMs: number): Promise<readonly EquityPoint[]> {
  const scale = await timeScale(engine);
  const snapshots = await engine.ledger.equity(engine.accountId, sinceMs);
  return snapshots.map(({ atMs, equity }) => ({ atMs: scale.toMarket(atMs), equity: equity.toNumber() }));
}

async function curveOf(engine: Engine, points: readonly EquityPoint[]): Promise<EquityCurve> {
  const [first] = points;
  if (first === undefined) return { time: [], equity: [] };
  const { nowMs } = await timeScale(engine);
  const sessions = await sessionsSince(engine, first.atMs, nowMs);
  return equityCurve(points, [...sessions.values()], CURVE_POINTS);
}
