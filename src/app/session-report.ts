import { counted, dollars, signedDollars, signedPercent } from "../core/figures.ts";
import { ZERO } from "../core/money.ts";
import { maxDrawdown } from "../core/performance.ts";
import type { Trade } from "../core/position.ts";
import type { Field, Message, Table } from "../message.ts";
import type { Engine } from "./context.ts";
import { positionViews } from "./reports.ts";
import { modeLabel } from "./wording.ts";

/** From when to when a report tells, epoch ms of the wall clock, and what it is called. */
export interface ReportWindow {
  readonly title: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a session, or a week of them, came to: closed trades, equity, what is still open. */
export async function sessionReport(engine: Engine, { title, fromMs, toMs }: ReportWindow): Promise<Message> {
  const { ledger, accountId } = engine;
  const trades = (await ledger.trades({ accountId, sinceMs: fromMs })).filter(
    (trade) => trade.exitTime <= toMs,
  );
  const curve = (await ledger.equity(accountId, fromMs))
    .filter((each) => each.atMs <= toMs)
    .map((each) => each.equity.toNumber());
  const open = await positionViews(engine, {});
  const realized = sum(trades);
  const unrealized = open.reduce((total, each) => total + (each.unrealizedPnl ?? 0), 0);
  const won = trades.filter((trade) => trade.pnl.gt(0)).length;
  return {
    title: `${title} · ${modeLabel(engine.mode)}`,
    text: `${counted(trades.length, "closed trade")}, ${won} won: realised P&L ${signedDollars(realized)}. ${counted(open.length, "open position")}, unrealised ${signedDollars(unrealized)}.`,
    tone: realized.isZero() ? "neutral" : realized.gt(0) ? "good" : "bad",
    fields: [...equityFields(curve), ...tradeFields(trades)],
    ...(trades.length === 0 ? {} : { table: byStrategy(trades) }),
  };
}

function equityFields(curve: readonly number[]): readonly Field[] {
  const first = curve[0];
  const last = curve.at(-1);
  if (first === undefined || last === undefined || first <= 0) return [];
  const change = `${signedDollars(last - first)}, ${signedPercent((last / first - 1) * 100)}`;
  return [
    { label: "Equity", value: `${dollars(last)} (${change})` },
    { label: "Max drawdown", value: `${(maxDrawdown(Float64Array.from(curve)) * 100).toFixed(2)}%` },
  ];
}

function tradeFields(trades: readonly Trade[]): readonly Field[] {
  const sorted = trades.toSorted((a, b) => a.pnl.comparedTo(b.pnl));
  const best = sorted.at(-1);
  const worst = sorted[0];
  if (best === undefined || worst === undefined) return [];
  return [
    { label: "Best trade", value: tradeText(best) },
    { label: "Worst trade", value: tradeText(worst) },
  ];
}

function tradeText({ symbol, strategyId, pnl, pnlPercent }: Trade): string {
  return `${symbol} ${signedDollars(pnl)} (${signedPercent(pnlPercent)}), ${strategyId}`;
}

function byStrategy(trades: readonly Trade[]): Table {
  const ids = [...new Set(trades.map((trade) => trade.strategyId))].toSorted();
  return {
    columns: [
      { header: "strategy" },
      { header: "trades", align: "right" },
      { header: "won", align: "right" },
      { header: "P&L", align: "right" },
    ],
    rows: ids.map((id) => {
      const mine = trades.filter((trade) => trade.strategyId === id);
      const won = mine.filter((trade) => trade.pnl.gt(0)).length;
      return [id, String(mine.length), String(won), signedDollars(sum(mine))];
    }),
  };
}

function sum(trades: readonly Trade[]): typeof ZERO {
  return trades.reduce((total, trade) => total.plus(trade.pnl), ZERO);
}
