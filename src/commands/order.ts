import { riskLines } from "../core/risk/lines.ts";
import { dollars, sharesText, signedDollars } from "../core/figures.ts";
import { TIMES_IN_FORCE } from "../core/entry-order.ts";
import type { Field, Message } from "../message.ts";
import type { Desk, ManualPreview, ManualTicket, RiskView } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Args, ArgSpec, CommandSpec, Confirm, FormField } from "./contract.ts";
import { titleWithMode } from "./format.ts";
import { echo } from "./words.ts";

const MAX_SHARES = 1_000_000;
const MAX_USD = 100_000_000;

const price = (name: string, description: string): ArgSpec => ({
  name,
  kind: "text",
  required: false,
  description,
  named: true,
});

const ARGS: readonly ArgSpec[] = [
  { name: "side", kind: "choice", required: true, description: "buy or sell", choices: ["buy", "sell"] },
  { name: "symbol", kind: "symbol", required: true, description: "what to trade" },
  { name: "qty", kind: "text", required: true, description: "whole shares, or dollars: 5 or $5000" },
  price("limit", "the most a share may cost; without it at market"),
  price("stop", "stop price (2 ATR(14) of 15-minute bars under the price)"),
  price("target", "price at which it is sold with a profit"),
  price("trail", "trailing stop in percent under the highest price"),
  {
    name: "tif",
    kind: "choice",
    required: false,
    description: "time in force (day)",
    choices: TIMES_IN_FORCE.filter((tif) => tif !== "opg"),
    named: true,
  },
  price("seen", "the price you saw: refused when the market has left it by more than 1%"),
];

const LABELS: Readonly<Record<string, string>> = {
  qty: "Shares or dollars",
  limit: "Limit price",
  stop: "Stop price",
  target: "Target price",
  trail: "Trailing stop, %",
  tif: "Time in force",
};

/** The arguments that a person fills in; the price that was seen comes with the confirmation. */
const TICKET_FIELDS: readonly FormField[] = ARGS.filter(({ name }) => name !== "seen").map((arg) => ({
  ...arg,
  label: LABELS[arg.name] ?? `${arg.name[0]?.toUpperCase() ?? ""}${arg.name.slice(1)}`,
}));

export const order: CommandSpec = {
  path: ["order"],
  summary: "buys or sells by hand, after a confirmation that shows the risk before and after",
  examples: [
    "/order buy AAPL 5",
    "/order buy AAPL $5000 limit=185 stop=180 target=200",
    "/order buy AAPL 5 trail=3%",
    "/order sell AAPL 5",
  ],
  args: ARGS,
  form: {
    title: "Order ticket",
    fields: TICKET_FIELDS,
    check: (args) => {
      const ticket = ticketOf(args);
      return ticket.kind === "wrong" ? ticket.problems : {};
    },
  },
  role: () => "trader",
  confirm: ({ desk }, args) => preview(desk, args),
  run: async (context, args) => {
    const ticket = ticketOf(args);
    if (ticket.kind === "wrong") return refusal(ticket.text);
    const outcome = await context.desk.placeOrder(ticket.ticket, byOf(context));
    return outcomeAnswer(outcome, { title: await titleWithMode(context.desk, "Order"), tone: "good" });
  },
};

async function preview(desk: Desk, args: Args): Promise<Confirm> {
  const read = ticketOf(args);
  if (read.kind === "wrong") return { kind: "answer", message: refusal(read.text) };
  const outcome = await desk.previewOrder(read.ticket);
  if (outcome.kind === "refused") return { kind: "answer", message: refusal(outcome.text) };
  const shown = outcome.value;
  const verb = shown.side === "buy" ? "Buy" : "Sell";
  const what = `${sharesText(shown.shares)} ${shown.symbol}`;
  const [risk, title] = await Promise.all([desk.risk(), titleWithMode(desk, `${verb} ${what}?`)]);
  return {
    kind: "ask",
    secondPerson: needsSecond(shown, risk) ? "where_there_is_one" : false,
    command: commandOf(args, shown.price),
    preview: previewMessage(title, `${verb} ${what}`, shown, risk),
  };
}

/** A buy above the set value takes two people; getting out never waits for a second one. */
function needsSecond({ side, shares, price: each }: ManualPreview, { limits }: RiskView): boolean {
  const most = limits.find(({ name }) => name === "two_person_order_usd")?.limit ?? null;
  return side === "buy" && most !== null && shares.times(each).gt(most);
}

/** The command that the press runs: as it was given, with the price that was shown. */
function commandOf({ values }: Args, seen: number): string {
  const named = ["limit", "stop", "target", "trail", "tif"].flatMap((name) =>
    values[name] === undefined ? [] : [`${name}=${values[name]}`],
  );
  return ["/order", values["side"], values["symbol"], values["qty"], ...named, `seen=${seen}`].join(" ");
}

function previewMessage(title: string, what: string, shown: ManualPreview, risk: RiskView): Message {
  const cost = shown.shares
    .times(shown.price)
    .times(shown.side === "buy" ? 1 : -1)
    .toNumber();
  const how = shown.limit === null ? "at market" : `at ${dollars(shown.limit)} or better`;
  return {
    title,
    text: `${what} ${how}, about ${dollars(shown.price)} a share (${dollars(Math.abs(cost))})?`,
    tone: "warn",
    fields: [
      ...termsOf(shown),
      change("Open risk", risk.openRisk, shown.risk),
      change("Exposure", risk.exposure, cost),
      change("Buying power", risk.buyingPower, -cost),
    ],
    footer: riskLines(shown.checks),
  };
}

function termsOf({ stop, target, risk }: ManualPreview): readonly Field[] {
  return [
    ...(stop === null
      ? []
      : [{ label: "Stop", value: `${dollars(stop)}, ${signedDollars(-risk)} when hit` }]),
    ...(target === null ? [] : [{ label: "Target", value: dollars(target) }]),
  ];
}

function change(label: string, before: number, by: number): Field {
  return {
    label: `${label} before → after`,
    value: `${dollars(before)} → ${dollars(Math.max(0, before + by))}`,
  };
}

type Read =
  | { readonly kind: "ticket"; readonly ticket: ManualTicket }
  /** By argument, and all in one sentence. */
  | {
      readonly kind: "wrong";
      readonly problems: Readonly<Record<string, string>>;
      readonly text: string;
    };

function ticketOf({ values }: Args): Read {
  const wrong: Record<string, string> = {};
  const read = (name: string, most: number, what: string): number | null => {
    const text = values[name];
    if (text === undefined) return null;
    const value = amountOf(text.replace(/^\$/, "").replace(/%$/, ""));
    if (value !== undefined && value > 0 && value <= most) return value;
    wrong[name] = `${name}=${echo(text)}: expected ${what}`;
    return null;
  };
  const size = sizeOf(values["qty"] ?? "");
  if (size === undefined)
    wrong["qty"] = `${echo(values["qty"] ?? "")}: expected whole shares (5) or dollars ($5000)`;
  const ticket: ManualTicket = {
    side: values["side"] === "sell" ? "sell" : "buy",
    symbol: values["symbol"] ?? "",
    size: size ?? { kind: "shares", amount: 0 },
    limit: read("limit", MAX_USD, "a price above 0"),
    stop: read("stop", MAX_USD, "a price above 0"),
    target: read("target", MAX_USD, "a price above 0"),
    trailPct: read("trail", 50, "a percentage above 0 and at most 50"),
    timeInForce: TIMES_IN_FORCE.find((tif) => tif === values["tif"]) ?? "day",
    seen: read("seen", MAX_USD, "a price above 0"),
  };
  const sentences = Object.values(wrong);
  return sentences.length === 0
    ? { kind: "ticket", ticket }
    : { kind: "wrong", problems: wrong, text: sentences.join("; ") };
}

function sizeOf(text: string): ManualTicket["size"] | undefined {
  const usd = text.startsWith("$");
  const amount = amountOf(usd ? text.slice(1) : text);
  if (amount === undefined || amount <= 0 || amount > (usd ? MAX_USD : MAX_SHARES)) return undefined;
  if (usd) return { kind: "usd", amount };
  return Number.isInteger(amount) ? { kind: "shares", amount } : undefined;
}

/** `5000`, `5,000` or `185.50`; undefined for anything else. */
function amountOf(text: string): number | undefined {
  return /^\d{1,3}(,\d{3})+(\.\d+)?$|^\d+(\.\d+)?$/.test(text) ? Number(text.replaceAll(",", "")) : undefined;
}
