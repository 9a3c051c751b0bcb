import { foreignPhrase, foreignWords, SEVERAL_LEGS } from "../app/foreign-wording.ts";
import { dollars, sharesText } from "../core/figures.ts";
import type { Button } from "../message.ts";
import type { By, Desk, ExternalView, ForeignOrderView, Outcome } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Answer, CommandSpec } from "./contract.ts";
import { counted, NONE, orNone, titleWithMode } from "./format.ts";

const ACTIONS = ["adopt", "close", "cancel", "ignore"] as const;

/** Enough of a broker's id to name an order by. */
const SHORT_ID = 8;

type Action = (typeof ACTIONS)[number];

function actionOf(word: string | undefined): Action | undefined {
  return ACTIONS.find((action) => action === word);
}

export const external: CommandSpec = {
  path: ["external"],
  summary: "what no run made: adopt a holding as manual or close it, cancel an order, or leave it alone",
  examples: [
    "/external",
    "/external adopt AAPL stop=170",
    "/external close AAPL",
    "/external cancel AAPL",
    "/external ignore AAPL",
  ],
  args: [
    { name: "action", kind: "choice", required: false, description: "what to do with it", choices: ACTIONS },
    { name: "symbol", kind: "holding", required: false, description: "the symbol that is held or ordered" },
    {
      name: "stop",
      kind: "text",
      required: false,
      description: "stop price of an adopted position (5 % under the price)",
      named: true,
    },
    {
      name: "order",
      kind: "text",
      required: false,
      description: "one order to cancel or ignore: how its id begins (all of the symbol)",
      named: true,
    },
  ],
  role: ({ values }) => (values["action"] === undefined ? "viewer" : "trader"),
  confirm: async ({ desk }, { values }) => {
    const { action, symbol, order } = values;
    const question = action === "close" && symbol !== undefined ? await closing(desk, symbol) : undefined;
    const asked = action === "cancel" ? await cancelling(desk, symbol, order) : question;
    if (asked === undefined) return { kind: "go" };
    return {
      kind: "ask",
      secondPerson: false,
      preview: { title: await titleWithMode(desk, asked.title), text: asked.text, tone: "warn" },
    };
  },
  run: async (context, { values }) => {
    const { desk } = context;
    const action = actionOf(values["action"]);
    const title = await titleWithMode(desk, "External holdings and orders");
    if (action === undefined) return list(title, await desk.externals(), await desk.foreignOrders());
    const { symbol, stop, order } = values;
    const stopPrice = stop === undefined ? null : Number(stop);
    if (stopPrice !== null && !(stopPrice > 0 && Number.isFinite(stopPrice)))
      return refusal(`stop=${stop}: expected a price above 0`);
    const by = byOf(context);
    const done = { title, tone: "good" } as const;
    // An order of several legs has no symbol of its own.
    if (order !== undefined && (action === "cancel" || action === "ignore"))
      return outcomeAnswer(await desk.decideForeign(action, symbol ?? null, order, by), done);
    if (symbol === undefined) return refusal(`say which symbol, for example /external ${action} AAPL`);
    if (action === "cancel") return outcomeAnswer(await desk.decideForeign("cancel", symbol, null, by), done);
    if (action === "ignore") return outcomeAnswer(await ignore(desk, symbol, by), done);
    if (order !== undefined)
      return refusal(`order=${order}: orders are cancelled or ignored; ${action} is for what is held`);
    return outcomeAnswer(await desk.decideExternal(action, symbol, stopPrice, by), done);
  },
};

/** Of a symbol without a word which order, everything is meant: what is held and what works. */
async function ignore(desk: Desk, symbol: string, by: By): Promise<Outcome> {
  const held = (await desk.externals()).some((each) => each.symbol === symbol);
  const ordered = (await desk.foreignOrders()).some((each) => each.symbol === symbol);
  if (!ordered) return desk.decideExternal("ignore", symbol, null, by);
  const orders = await desk.decideForeign("ignore", symbol, null, by);
  if (!held) return orders;
  const holding = await desk.decideExternal("ignore", symbol, null, by);
  return holding.kind === "refused" ? holding : { ...holding, text: `${holding.text}\n${orders.text}` };
}

async function closing(desk: Desk, symbol: string): Promise<Question | undefined> {
  const held = (await desk.externals()).find((each) => each.symbol === symbol);
  return held === undefined
    ? undefined
    : {
        title: `Close ${symbol}?`,
        text: `Close ${sharesText(held.quantity)} ${symbol} at market (about ${orNone(held.currentPrice, dollars)} a share), held outside AlphaFlow?`,
      };
}

async function cancelling(desk: Desk, symbol?: string, id?: string): Promise<Question | undefined> {
  if (symbol === undefined && id === undefined) return undefined;
  const orders = (await desk.foreignOrders()).filter(
    (each) => (symbol === undefined || each.symbol === symbol) && each.brokerOrderId.startsWith(id ?? ""),
  );
  return orders.length === 0
    ? undefined
    : {
        title: `Cancel ${symbol === undefined ? "the order" : `in ${symbol}`}?`,
        text: `Cancel at the broker ${orders.map(foreignPhrase).join(", ")}, placed outside AlphaFlow?`,
      };
}

interface Question {
  readonly title: string;
  readonly text: string;
}

function list(
  title: string,
  externals: readonly ExternalView[],
  orders: readonly ForeignOrderView[],
): Answer {
  if (externals.length === 0 && orders.length === 0)
    return { title, text: "Nothing is held or ordered outside AlphaFlow." };
  const undecided = orders.filter((order) => !order.ignored);
  return {
    title,
    text: [
      ...(externals.length === 0 ? [] : [counted(externals.length, "holding")]),
      ...(orders.length === 0 ? [] : [counted(orders.length, "order")]),
    ]
      .join(" and ")
      .concat(
        ` that no run made; their symbols take no entries until that is decided${leftAlone(externals)}.`,
      ),
    table: {
      columns: [
        { header: "symbol" },
        { header: "what" },
        { header: "shares", align: "right" as const },
        { header: "price", align: "right" as const },
        { header: "order" },
      ],
      rows: [
        ...externals.map(({ symbol, quantity, currentPrice }) => [
          symbol,
          "held",
          sharesText(quantity),
          orNone(currentPrice, dollars),
          NONE,
        ]),
        ...orders.map(orderCells),
      ],
    },
    buttons: [
      ...externals.slice(0, 3).flatMap(({ symbol }) => externalButtons(symbol)),
      ...undecided.slice(0, 3).flatMap(orderButtons),
    ],
  };
}

function orderCells(order: ForeignOrderView): readonly string[] {
  const { symbol, side, type, timeInForce, quantity, limitPrice, stopPrice, brokerOrderId, ignored } = order;
  return [
    symbol || SEVERAL_LEGS,
    `${side} ${type.replace("_", "-")} ${timeInForce}${ignored ? " (ignored)" : ""}`,
    sharesText(quantity),
    orNone(limitPrice ?? stopPrice, dollars),
    brokerOrderId.slice(0, SHORT_ID),
  ];
}

function orderButtons(order: ForeignOrderView): readonly Button[] {
  const what = `${order.side} ${order.symbol || SEVERAL_LEGS}`;
  const which = foreignWords(order);
  return [
    { label: `Cancel ${what}`, command: `/external cancel ${which}`, style: "danger" },
    { label: `Ignore ${what}`, command: `/external ignore ${which}` },
  ];
}

function leftAlone(externals: readonly ExternalView[]): string {
  const ignored = externals.filter((each) => each.ignored).map(({ symbol }) => symbol);
  return ignored.length === 0 ? "" : `, but for what is left alone: ${ignored.join(", ")}`;
}

function externalButtons(symbol: string): readonly Button[] {
  return [
    { label: `Adopt ${symbol}`, command: `/external adopt ${symbol}`, style: "primary" },
    { label: `Close ${symbol}`, command: `/external close ${symbol}`, style: "danger" },
    { label: `Ignore ${symbol}`, command: `/external ignore ${symbol}` },
  ];
}
