import { groupTrades, type GroupFigures, type Grouping } from "../core/groups.ts";
import { money } from "../core/money.ts";
import { annualFigures, dailyReturns, maxDrawdown, outcomeFigures } from "../core/performance.ts";
import { realised, type Position } from "../core/position.ts";
import { dayLossOf } from "../core/risk/day-loss.ts";
import { heatOf } from "../core/risk/heat.ts";
import { limitUses } from "../core/risk/usage.ts";
import { initialRisk } from "../core/trade-figures.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { PerformanceView, PositionView, RiskView, RunView } from "../ports.ts";
import type { Engine } from "./context.ts";
import { readDeskFacts } from "./facts.ts";
import { gateFigures, readGateRows } from "./gate-figures.ts";
import type { Trackers } from "./trackers.ts";
import { readPrices } from "./watch.ts";

const DAY_MS = 86_400_000;
const PERIOD_MS: Readonly<Record<PerformanceView["period"], number>> = {
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30 * DAY_MS,
  all: Number.POSITIVE_INFINITY,
};

/** Open positions with their latest price; a price that cannot be read is null, never a guess. */
export async function positionViews(
  engine: Engine,
  filter: { readonly strategyId?: string; readonly symbol?: string },
): Promise<readonly PositionView[]> {
  const open = (await engine.ledger.openPositions(engine.accountId)).filter(
    (each) =>
      (filter.strategyId === undefined || each.strategyId === filter.strategyId) &&
      (filter.symbol === undefined || each.symbol === filter.symbol),
  );
  try {
    await readPrices(
      engine,
      open.map((each) => each.symbol),
    );
  } catch (error) {
    engine.log.warn({ error }, "no fresh prices for the positions shown");
  }
  return open.map((position) => viewOf(engine, position));
}

function viewOf(engine: Engine, position: Position): PositionView {
  const price = engine.state.prices.get(position.symbol)?.price ?? null;
  const risk = initialRisk(position, position.quantity);
  const gain = price === null ? null : realised(position, position.quantity, money(price));
  return {
    position,
    currentPrice: price,
    unrealizedPnl: gain?.pnl.toNumber() ?? null,
    unrealizedPnlPercent: gain?.pnlPercent.toNumber() ?? null,
    rMultiple: gain === null || risk === null ? null : gain.pnl.div(risk).toNumber(),
    ageMs: Math.max(0, engine.clock.nowMs() - position.entryTime),
  };
}

export async function runViews(engine: Engine, trackers: Trackers): Promise<readonly RunView[]> {
  const runs = await engine.ledger.runs({ accountId: engine.accountId, status: ["running", "paused"] });
  const open = await engine.ledger.openPositions(engine.accountId);
  const totals = await engine.ledger.tradeTotalsOfRuns(runs.map(({ id }) => id));
  return Promise.all(
    runs.map(async (run): Promise<RunView> => {
      const cursors = await engine.ledger.cursors(run.id);
      const closed = totals.get(run.id);
      return {
        run,
        title: strategyById(run.strategyId)?.title ?? run.strategyId,
        openPositions: open.filter((each) => each.runId === run.id).length,
        closedTrades: closed?.trades ?? 0,
        realizedPnl: closed?.pnl ?? money(0),
        symbols: run.symbols.map((symbol) => ({
          symbol,
          barTime: cursors.get(symbol) ?? null,
          reason: trackers.explanation(run, symbol)?.reason ?? null,
          context: trackers.context(run, symbol) || null,
        })),
      };
    }),
  );
}

/** Epoch ms, wall clock; 0 for all. */
export function periodStart(engine: Engine, period: PerformanceView["period"]): number {
  return Math.max(0, engine.clock.nowMs() - PERIOD_MS[period]);
}

export async function performanceView(
  engine: Engine,
  period: PerformanceView["period"],
): Promise<PerformanceView> {
  const sinceMs = periodStart(engine, period);
  const trades = await engine.ledger.trades({ accountId: engine.accountId, sinceMs });
  const equity = await engine.ledger.equity(engine.accountId, sinceMs);
  const open = await positionViews(engine, {});
  const pnls = trades.map((trade) => trade.pnl.toNumber());
  const outcome = outcomeFigures(pnls.length, (index) => pnls[index] ?? 0);
  const byPnl = trades.toSorted((a, b) => a.pnl.comparedTo(b.pnl));
  const curve = Float64Array.from(equity, (each) => each.equity.toNumber());
  const daily = dailyReturns(
    Float64Array.from(equity, (each) => each.atMs),
    curve,
  );
  return {
    period,
    trades: trades.length,
    realizedPnl: outcome.pnl,
    unrealizedPnl: open.reduce((sum, each) => sum + (each.unrealizedPnl ?? 0), 0),
    winRatePercent: outcome.winRatePercent,
    profitFactor: outcome.profitFactor,
    expectancy: outcome.expectancy,
    sharpe: annualFigures(daily).sharpe,
    maxDrawdownPercent: curve.length === 0 ? null : maxDrawdown(curve) * 100,
    best: byPnl.at(-1) ?? null,
    worst: byPnl[0] ?? null,
  };
}

/** Closed trades of the period by strategy, symbol, tag, weekday or hour. */
export async function performanceBy(
  engine: Engine,
  period: PerformanceView["period"],
  by: Grouping,
): Promise<readonly GroupFigures[]> {
  const { accountId, ledger } = engine;
  const sinceMs = Math.max(0, engine.clock.nowMs() - PERIOD_MS[period]);
  const trades = await ledger.trades({ accountId, sinceMs });
  const tags =
    by === "tag"
      ? await ledger.tagsOf(trades.map((trade) => trade.positionId))
      : new Map<string, readonly string[]>();
  return groupTrades(trades, by, (positionId) => tags.get(positionId) ?? []);
}

/** The account and every limit with how much of it is used, on the figures that the gates see. */
export async function riskView(engine: Engine): Promise<RiskView> {
  const views = await positionViews(engine, {});
  const facts = await readDeskFacts(engine);
  const rows = await readGateRows(engine, engine.ledger, undefined);
  const figures = gateFigures(engine, facts, rows, undefined);
  const { equity, lastEquity, buyingPower, holdings, limits } = figures;
  return {
    equity,
    lastEquity,
    cash: facts.account.cash.toNumber(),
    buyingPower,
    dayLoss: dayLossOf(equity, lastEquity),
    maxDayLoss: (limits.day_loss_pct ?? 100) / 100,
    exposure: holdings.reduce((sum, each) => sum + each.value, 0),
    openRisk: heatOf(holdings),
    openPositions: views.length,
    limits: limitUses(figures),
    control: await engine.ledger.control(),
  };
}
