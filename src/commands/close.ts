import { dollars, sharesText, signedDollars, signedPercent } from "../core/figures.ts";
import type { Message } from "../message.ts";
import type { Desk, PositionView } from "../ports.ts";
import { didYouMean } from "../core/suggest.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Args, CommandSpec, Confirm } from "./contract.ts";
import { counted, orNone, titleWithMode } from "./format.ts";
import { STRATEGY_FILTER } from "./strategy-args.ts";

export const close: CommandSpec = {
  path: ["close"],
  summary: "sells open positions at market, after a confirmation",
  examples: ["/close AAPL", "/close AAPL momentum", "/close all"],
  args: [
    {
      name: "symbol",
      kind: "symbol",
      required: true,
      description: "the symbol to sell, or all",
      words: ["all"],
    },
    STRATEGY_FILTER,
  ],
  role: () => "trader",
  confirm: ({ desk }, args) => previewClose(desk, args),
  run: async (context, { values }) => {
    const { symbol = "", strategy } = values;
    const which = { symbol, ...(strategy === undefined ? {} : { strategyId: strategy }) };
    const outcome = await context.desk.closePositions(which, byOf(context));
    return outcomeAnswer(outcome, { title: await titleWithMode(context.desk, "Closing"), tone: "good" });
  },
};

async function previewClose(desk: Desk, { values }: Args): Promise<Confirm> {
  const { symbol = "", strategy } = values;
  const views = await desk.positions({
    ...(symbol === "all" ? {} : { symbol }),
    ...(strategy === undefined ? {} : { strategyId: strategy }),
  });
  if (views.length === 0)
    return { kind: "answer", message: refusal(await nothingToClose(desk, symbol, strategy)) };
  const [risk, title] = await Promise.all([desk.risk(), titleWithMode(desk, `Close ${symbol}?`)]);
  return { kind: "ask", preview: closePreview(title, views, risk.openRisk), secondPerson: false };
}

async function nothingToClose(desk: Desk, symbol: string, strategy: string | undefined): Promise<string> {
  const of = strategy === undefined ? "" : ` of ${strategy}`;
  const held = [...new Set((await desk.positions()).map(({ position }) => position.symbol))];
  if (symbol === "all" || held.length === 0) return `there is no open position${of} to close`;
  const near = held.includes(symbol) ? undefined : didYouMean(symbol, held);
  const advice = near === undefined ? `open: ${held.join(", ")}` : `did you mean ${near}?`;
  return `there is no open position in ${symbol}${of}; ${advice}`;
}

function closePreview(title: string, views: readonly PositionView[], riskBefore: number): Message {
  const known = views.every((view) => view.unrealizedPnl !== null);
  const pnl = views.reduce((sum, view) => sum + (view.unrealizedPnl ?? 0), 0);
  const riskAfter = Math.max(0, riskBefore - views.reduce((sum, view) => sum + riskOf(view), 0));
  return {
    title,
    text: `Sell ${counted(views.length, "position")} at market${known ? ` for about ${signedDollars(pnl)}` : ""}?`,
    tone: "warn",
    fields: [{ label: "Open risk before → after", value: `${dollars(riskBefore)} → ${dollars(riskAfter)}` }],
    table: {
      columns: [
        { header: "symbol" },
        { header: "strategy" },
        { header: "shares", align: "right" },
        { header: "price", align: "right" },
        { header: "P&L", align: "right" },
        { header: "P&L %", align: "right" },
      ],
      rows: views.map((view) => [
        view.position.symbol,
        view.position.strategyId,
        sharesText(view.position.quantity),
        orNone(view.currentPrice, dollars),
        orNone(view.unrealizedPnl, signedDollars),
        orNone(view.unrealizedPnlPercent, signedPercent),
      ]),
    },
  };
}

/** What the stop leaves at risk: (price − stop) × shares, as RiskView counts it. */
function riskOf({ position, currentPrice }: PositionView): number {
  const price = currentPrice ?? position.entryPrice.toNumber();
  return (price - position.stop.toNumber()) * position.quantity.toNumber();
}
