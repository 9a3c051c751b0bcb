import { dollars, sharesText, signedDollars, signedPercent } from "../core/figures.ts";
import type { Message } from "../message.ts";
import type { Desk, PositionView } from "../ports.ts";
import { didYouMean } from "../core/suggest.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Args, CommandSpec, Confirm } from "./contract.ts";
import { counted, orNone, titleWithMode } from "./format.ts";
import { STRATEGY_FILTER } from "./strategy-args.ts";
import { echo } from "./words.ts";

export const close: CommandSpec = {
  path: ["close"],
  summary: "sells open positions at market, after a confirmation",
  examples: ["/close AAPL", "/close AAPL momentum part=half", "/close all"],
  args: [
    {
      name: "symbol",
      kind: "symbol",
      required: true,
      description: "the symbol to sell, or all",
      words: ["all"],
    },
    STRATEGY_FILTER,
    {
      name: "part",
      kind: "text",
      required: false,
      named: true,
      description: "half, or the fraction of the shares to sell, such as 0.25 or 25%",
    },
  ],
  role: () => "trader",
  confirm: ({ desk }, args) => previewClose(desk, args),
  run: async (context, { values }) => {
    const { symbol = "", strategy } = values;
    const part = partOf(values["part"]);
    if (part === undefined) return refusal(notAPart(values["part"]));
    const which = {
      symbol,
      ...(strategy === undefined ? {} : { strategyId: strategy }),
      ...(part === WHOLE ? {} : { part }),
    };
    const outcome = await context.desk.closePositions(which, byOf(context));
    return outcomeAnswer(outcome, { title: await titleWithMode(context.desk, "Closing"), tone: "good" });
  },
};

const WHOLE = 1;
const FRACTION = /^(\d*\.?\d+)(%?)$/;

/** The fraction to sell, (0, 1]; undefined when the word is none. */
function partOf(word: string | undefined): number | undefined {
  if (word === undefined) return WHOLE;
  if (word.toLowerCase() === "half") return 0.5;
  const [, digits, percent] = FRACTION.exec(word) ?? [];
  const fraction = Number(digits) / (percent === "%" ? 100 : 1);
  return fraction > 0 && fraction < WHOLE ? fraction : undefined;
}

function notAPart(word = ""): string {
  return `part=${echo(word)} is no part of a position: say half, or a fraction between 0 and 1 such as 0.25 or 25%`;
}

async function previewClose(desk: Desk, { values }: Args): Promise<Confirm> {
  const { symbol = "", strategy } = values;
  const part = partOf(values["part"]);
  if (part === undefined) return { kind: "answer", message: refusal(notAPart(values["part"])) };
  const views = await desk.positions({
    ...(symbol === "all" ? {} : { symbol }),
    ...(strategy === undefined ? {} : { strategyId: strategy }),
  });
  if (views.length === 0)
    return { kind: "answer", message: refusal(await nothingToClose(desk, symbol, strategy)) };
  const [risk, title] = await Promise.all([desk.risk(), titleWithMode(desk, `Close ${symbol}?`)]);
  return { kind: "ask", preview: closePreview(title, views, risk.openRisk, part), secondPerson: false };
}

async function nothingToClose(desk: Desk, symbol: string, strategy: string | undefined): Promise<string> {
  const of = strategy === undefined ? "" : ` of ${strategy}`;
  const held = [...new Set((await desk.positions()).map(({ position }) => position.symbol))];
  if (symbol === "all" || held.length === 0) return `there is no open position${of} to close`;
  const near = held.includes(symbol) ? undefined : didYouMean(symbol, held);
  const advice = near === undefined ? `open: ${held.join(", ")}` : `did you mean ${near}?`;
  return `there is no open position in ${symbol}${of}; ${advice}`;
}

function closePreview(
  title: string,
  views: readonly PositionView[],
  riskBefore: number,
  part: number,
): Message {
  const known = views.every((view) => view.unrealizedPnl !== null);
  const pnl = views.reduce((sum, view) => sum + (view.unrealizedPnl ?? 0) * part, 0);
  const riskAfter = Math.max(0, riskBefore - views.reduce((sum, view) => sum + riskOf(view) * part, 0));
  const what = `${part === WHOLE ? "" : `${part * 100}% of `}${counted(views.length, "position")}`;
  return {
    title,
    text: `Sell ${what} at market${known ? ` for about ${signedDollars(pnl)}` : ""}?`,
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
