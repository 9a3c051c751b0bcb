import { dollars } from "../core/figures.ts";
import type { Desk, PositionView, StopWish } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Args, CommandSpec, Confirm } from "./contract.ts";
import { counted, titleWithMode } from "./format.ts";
import { STRATEGY_FILTER } from "./strategy-args.ts";
import { echo } from "./words.ts";

const BREAKEVEN = "breakeven";
const PRICE = /^\$?(\d+(?:\.\d+)?)$/;

export const stop: CommandSpec = {
  path: ["stop"],
  summary: "raises the stop of a position: to its entry price, or to a price after a confirmation",
  examples: ["/stop AAPL breakeven", "/stop AAPL 187.50", "/stop AAPL 187.50 momentum"],
  args: [
    { name: "symbol", kind: "symbol", required: true, description: "the symbol whose stop is raised" },
    { name: "to", kind: "text", required: true, description: "breakeven, or the new stop price in dollars" },
    STRATEGY_FILTER,
  ],
  role: () => "trader",
  confirm: ({ desk }, args) => preview(desk, args),
  run: async (context, { values }) => {
    const wish = wishOf(values["to"] ?? "");
    if (wish === undefined) return refusal(notAStop(values["to"] ?? ""));
    const outcome = await context.desk.moveStop(filterOf(values), wish, byOf(context));
    return outcomeAnswer(outcome, { title: await titleWithMode(context.desk, "Stop raised"), tone: "good" });
  },
};

/** A price is typed and may be mistyped; the entry price cannot be. */
async function preview(desk: Desk, { values }: Args): Promise<Confirm> {
  const text = values["to"] ?? "";
  const wish = wishOf(text);
  if (wish === undefined) return { kind: "answer", message: refusal(notAStop(text)) };
  if (wish.kind === "breakeven") return { kind: "go" };
  const filter = filterOf(values);
  const views = await desk.positions(filter);
  if (views.length === 0)
    return {
      kind: "answer",
      message: refusal(`there is no open position in ${filter.symbol} to raise a stop of`),
    };
  const { price } = wish;
  const before = views.reduce((sum, view) => sum + riskAt(view, view.position.stop.toNumber()), 0);
  const after = views.reduce(
    (sum, view) => sum + riskAt(view, Math.max(price, view.position.stop.toNumber())),
    0,
  );
  return {
    kind: "ask",
    preview: {
      title: await titleWithMode(desk, `Raise the stop of ${filter.symbol}?`),
      text: `Raise the stop of ${counted(views.length, "position")} to ${dollars(price)}? ${views.map(line).join("; ")}.`,
      tone: "warn",
      fields: [{ label: "At risk before → after", value: `${dollars(before)} → ${dollars(after)}` }],
    },
    secondPerson: false,
  };
}

function line({ position, currentPrice }: PositionView): string {
  const price = currentPrice === null ? "" : `, price ${dollars(currentPrice)}`;
  return `${position.strategyId}: entry ${dollars(position.entryPrice)}${price}, stop ${dollars(position.stop)}`;
}

/** (price − stop) × shares, as RiskView counts it. */
function riskAt({ position, currentPrice }: PositionView, stopPrice: number): number {
  const price = currentPrice ?? position.entryPrice.toNumber();
  return (price - stopPrice) * position.quantity.toNumber();
}

function wishOf(text: string): StopWish | undefined {
  if (text.toLowerCase() === BREAKEVEN) return { kind: "breakeven" };
  const price = Number(PRICE.exec(text)?.[1] ?? Number.NaN);
  return price > 0 ? { kind: "price", price } : undefined;
}

function notAStop(text: string): string {
  return `${echo(text)} is no stop: say breakeven, or a price in dollars such as 187.50`;
}

function filterOf(values: Args["values"]): { readonly symbol: string; readonly strategyId?: string } {
  const { symbol = "", strategy } = values;
  return { symbol, ...(strategy === undefined ? {} : { strategyId: strategy }) };
}
