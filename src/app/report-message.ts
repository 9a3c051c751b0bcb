import {
  counted,
  dollars,
  orNone,
  percentOf,
  riskMultiple,
  sharesText,
  signedDollars,
  signedPercent,
} from "../core/figures.ts";
import type { Trade } from "../core/position.ts";
import type { Field, Message, Table } from "../message.ts";
import type { Mode, PositionView, ReportView } from "../ports.ts";
import { equityPicture, toneOf } from "./equity-picture.ts";
import { modeLabel } from "./wording.ts";

/** Longer lists are cut by the platforms; whoever holds more asks for /positions. */
const POSITIONS_SHOWN = 15;

/** The report of a session or a week as it is said in a channel; `name` is its first word: `Report`, `Daily report`, `Week`. */
export function reportMessage(view: ReportView, mode: Mode, name = "Report"): Message {
  const { span, positions } = view;
  const change = changeOf(view);
  return {
    title: `${name} ${span.label} · ${modeLabel(mode)}`,
    text: `${changeText(view)}${tradesText(view)}; ${openText(positions)}.`,
    tone: toneOf(change ?? view.realizedPnl),
    fields: fieldsOf(view),
    ...(positions.length === 0 ? {} : { table: positionsTable(positions.slice(0, POSITIONS_SHOWN)) }),
    ...equityPicture(view.curve, `Equity · ${span.label} · ${modeLabel(mode)}`),
  };
}

function changeOf({ startEquity, endEquity }: ReportView): number | null {
  return startEquity === null || endEquity === null ? null : endEquity - startEquity;
}

function changeText(view: ReportView): string {
  const change = changeOf(view);
  if (change === null || view.startEquity === null) return "";
  const percent = view.startEquity > 0 ? (change / view.startEquity) * 100 : 0;
  return `${view.ended ? "P&L" : "P&L so far"} ${signedDollars(change)} (${signedPercent(percent)}): `;
}

function tradesText({ trades, won, realizedPnl }: ReportView): string {
  if (trades === 0) return "no trade closed";
  return `${counted(trades, "trade")} closed, ${won} won, realised ${signedDollars(realizedPnl)}`;
}

function openText(positions: readonly PositionView[]): string {
  if (positions.length === 0) return "no open position";
  const gain = positions.reduce((sum, view) => sum + (view.unrealizedPnl ?? 0), 0);
  return `${counted(positions.length, "position")} open, unrealised ${signedDollars(gain)}`;
}

function fieldsOf({ trades, won, best, worst, risk, endEquity }: ReportView): readonly Field[] {
  const ofEquity = (amount: number): string =>
    risk.equity > 0 ? `${dollars(amount)} (${percentOf(amount / risk.equity)} of equity)` : dollars(amount);
  return [
    { label: "Equity", value: orNone(endEquity, dollars) },
    { label: "Win rate", value: trades === 0 ? "–" : `${((won / trades) * 100).toFixed(1)}%` },
    { label: "Best trade", value: orNone(best, tradeText) },
    { label: "Worst trade", value: orNone(worst, tradeText) },
    { label: "Heat (lost if every stop is hit)", value: ofEquity(risk.openRisk) },
    { label: "Exposure", value: ofEquity(risk.exposure) },
    {
      label: "Day loss",
      value: `${percentOf(Math.max(0, risk.dayLoss))} of ${percentOf(risk.maxDayLoss)} allowed`,
    },
  ];
}

/** `AAPL +$39.80 (+4.29%), momentum` */
export function tradeText({ symbol, strategyId, pnl, pnlPercent }: Trade): string {
  return `${symbol} ${signedDollars(pnl)} (${signedPercent(pnlPercent)}), ${strategyId}`;
}

function positionsTable(positions: readonly PositionView[]): Table {
  return {
    columns: [
      { header: "symbol" },
      { header: "strategy" },
      { header: "shares", align: "right" },
      { header: "entry", align: "right" },
      { header: "price", align: "right" },
      { header: "P&L", align: "right" },
      { header: "R", align: "right" },
    ],
    rows: positions.map(({ position, currentPrice, unrealizedPnl, rMultiple }) => [
      position.symbol,
      position.strategyId,
      sharesText(position.quantity),
      dollars(position.entryPrice),
      orNone(currentPrice, dollars),
      orNone(unrealizedPnl, signedDollars),
      orNone(rMultiple, riskMultiple),
    ]),
  };
}
