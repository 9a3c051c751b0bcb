import { Money } from "../core/money.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { CommandSpec } from "./contract.ts";
import { echo, oneLine } from "./words.ts";

const NOTE_LENGTH = 200;
const PRICE = /^\$?(\d{1,7}(?:\.\d{1,6})?)$/;

export const alertsAdd: CommandSpec = {
  path: ["alerts", "add"],
  summary: "tells once when a price goes above or below a level",
  examples: ["/alerts add AAPL > 200", "/alerts add AAPL < 180.50 look at the gap"],
  args: [
    { name: "symbol", kind: "symbol", required: true, description: "the symbol" },
    { name: "side", kind: "choice", required: true, description: "above or below", choices: [">", "<"] },
    { name: "price", kind: "text", required: true, description: "in dollars, e.g. 200" },
    { name: "note", kind: "text", required: false, description: "what to remember then" },
  ],
  role: () => "trader",
  run: async (context, { values }) => {
    const { symbol = "", side, price = "", note } = values;
    const [, digits] = PRICE.exec(price) ?? [];
    if (digits === undefined || !new Money(digits).gt(0))
      return refusal(`${echo(price)} is no price; write dollars above 0, e.g. 200 or 180.50`);
    const outcome = await context.desk.alerts.addPrice(
      {
        symbol,
        side: side === ">" ? "above" : "below",
        price: new Money(digits),
        note: note === undefined ? null : oneLine(note, NOTE_LENGTH),
      },
      byOf(context),
    );
    return outcomeAnswer(outcome, { title: "Price alert", tone: "good" });
  },
};

export const alertsRemove: CommandSpec = {
  path: ["alerts", "remove"],
  summary: "takes a price alert back",
  examples: ["/alerts remove K7QD"],
  args: [{ name: "id", kind: "text", required: true, description: "as /alerts lists it" }],
  role: () => "trader",
  run: async ({ desk }, { values }) =>
    outcomeAnswer(await desk.alerts.removePrice(echo(values["id"] ?? "")), {
      title: "Price alert",
      tone: "good",
    }),
};
