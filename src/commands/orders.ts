import { dollars, sharesText } from "../core/figures.ts";
import { isTerminal, type Order } from "../core/order.ts";
import { didYouMean } from "../core/suggest.ts";
import type { Message, Table } from "../message.ts";
import type { Desk } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { CommandSpec, Confirm } from "./contract.ts";
import { counted, duration, orNone, titleWithMode } from "./format.ts";
import { FILE_ROWS, fileLimit, fileOf, FORMAT, PAGE, pageOf, pageParts } from "./paging.ts";
import { ORDER_COLUMNS, orderRow } from "./rows.ts";
import { echo } from "./words.ts";

const MAX_LIMIT = 200;
const MAX_BUTTONS = 5;
const NOT_BY_HAND = "stops and exits protect a position and are not cancelled by hand: /close sells it";

export const orders: CommandSpec = {
  path: ["orders"],
  summary: "the newest orders and their states",
  examples: ["/orders", "/orders 50", "/orders page=2", "/orders csv"],
  effect: "reads",
  args: [
    {
      name: "n",
      kind: "integer",
      required: false,
      description: "only the newest n (all)",
      min: 1,
      max: MAX_LIMIT,
    },
    FORMAT,
    PAGE,
  ],
  role: () => "trader",
  run: async ({ desk, nowMs }, args) => {
    const total = Math.min(await desk.orderCount(), Number(args.values["n"] ?? Number.POSITIVE_INFINITY));
    const title = await titleWithMode(desk, "Orders");
    if (total === 0) return { title, text: "No orders yet." };
    const page = pageOf(args, total);
    const shown = await desk.orders(page.limit, page.offset);
    const working = shown.filter((order) => !isTerminal(order.state));
    const turns = pageParts(orders, args, page, "history");
    const all = args.values["format"] === undefined ? [] : await desk.orders(Math.min(FILE_ROWS, total));
    return {
      title,
      text: `${counted(total, "order")}, ${working.length} working${page.pages === 1 ? "" : " on this page"}.`,
      table: ordersTable(shown, nowMs),
      footer: [
        ...turns.footer,
        ...fileLimit(args, total, "the orders table of the database"),
        "Cancel: /cancel ID or /cancel all",
      ],
      buttons: [
        ...turns.buttons,
        ...working
          .filter(isEntry)
          .slice(0, MAX_BUTTONS)
          .map((order) => ({
            label: `Cancel ${order.side} ${order.symbol}`,
            command: `/cancel ${order.clientOrderId}`,
          })),
      ],
      ...fileOf(args, "orders", ORDER_COLUMNS, all.map(orderRow)),
    };
  },
};

function ordersTable(list: readonly Order[], nowMs: number): Table {
  return {
    columns: [
      { header: "symbol" },
      { header: "side" },
      { header: "for" },
      { header: "type" },
      { header: "shares", align: "right" },
      { header: "filled", align: "right" },
      { header: "limit", align: "right" },
      { header: "stop", align: "right" },
      { header: "average", align: "right" },
      { header: "state" },
      { header: "strategy" },
      { header: "age", align: "right" },
      { header: "id" },
    ],
    rows: list.map((order) => [
      order.symbol,
      order.side,
      purposeText(order),
      `${order.type.replace("_", " ")} ${order.timeInForce}`,
      sharesText(order.quantity),
      sharesText(order.filledQuantity),
      orNone(order.limitPrice, dollars),
      orNone(order.stopPrice, dollars),
      orNone(order.filledAvgPrice, dollars),
      order.cancelRequestedAt === null || isTerminal(order.state)
        ? order.state
        : `${order.state} (cancel asked)`,
      order.strategyId,
      duration(nowMs - order.createdAt),
      order.clientOrderId,
    ]),
  };
}

/** Stop and target of a bracket are its legs, and a bracket says so. */
function purposeText({ purpose, parentId, orderClass }: Order): string {
  if (parentId !== null) return `${purpose} (leg)`;
  return orderClass === "simple" ? purpose : `${purpose} (${orderClass})`;
}

export const cancel: CommandSpec = {
  path: ["cancel"],
  summary: "cancels working entries, after a confirmation",
  examples: ["/cancel af-k7q2-AAPL-sn3k40-e1", "/cancel all"],
  args: [
    {
      name: "id",
      kind: "text",
      required: true,
      description: "id of an order from /orders, or all",
      words: ["all"],
    },
  ],
  role: () => "trader",
  confirm: ({ desk }, { values }) => previewCancel(desk, values["id"] ?? ""),
  run: async (context, { values }) => {
    const which = await namedOrders(context.desk, values["id"] ?? "");
    if (which.kind === "unknown") return refusal(which.text);
    const outcome = await context.desk.cancelOrders(which.which, byOf(context));
    return outcomeAnswer(outcome, { title: await titleWithMode(context.desk, "Cancel"), tone: "good" });
  },
};

type NamedOrders =
  | { readonly kind: "found"; readonly which: string; readonly orders: readonly Order[] }
  | { readonly kind: "unknown"; readonly text: string };

async function namedOrders(desk: Desk, word: string): Promise<NamedOrders> {
  const working = await desk.workingOrders();
  if (word === "all") {
    const entries = working.filter(isEntry);
    return entries.length > 0
      ? { kind: "found", which: "all", orders: entries }
      : { kind: "unknown", text: `no entry is working${working.length === 0 ? "" : `; ${NOT_BY_HAND}`}` };
  }
  const named = (order: Order): boolean => order.clientOrderId === word || order.brokerOrderId === word;
  const order = working.find(named);
  if (order !== undefined)
    return isEntry(order)
      ? { kind: "found", which: order.clientOrderId, orders: [order] }
      : { kind: "unknown", text: `order ${order.clientOrderId} is no entry; ${NOT_BY_HAND}` };
  const over = (await desk.orders(MAX_LIMIT)).find(named);
  if (over !== undefined)
    return { kind: "unknown", text: `order ${over.clientOrderId} is ${over.state} already` };
  const near = didYouMean(
    word,
    working.map((each) => each.clientOrderId),
  );
  return {
    kind: "unknown",
    text: `unknown order ${echo(word)}; ${near === undefined ? "/orders lists them" : `did you mean ${near}?`}`,
  };
}

function isEntry({ purpose }: Order): boolean {
  return purpose === "entry";
}

async function previewCancel(desk: Desk, word: string): Promise<Confirm> {
  const named = await namedOrders(desk, word);
  if (named.kind === "unknown") return { kind: "answer", message: refusal(named.text) };
  const preview: Message = {
    title: await titleWithMode(desk, "Cancel?"),
    text: `Cancel ${named.orders.length} working ${named.orders.length === 1 ? "entry" : "entries"}?`,
    tone: "warn",
    table: {
      columns: [
        { header: "symbol" },
        { header: "side" },
        { header: "for" },
        { header: "shares", align: "right" },
        { header: "price", align: "right" },
        { header: "id" },
      ],
      rows: named.orders.map((order) => [
        order.symbol,
        order.side,
        order.purpose,
        sharesText(order.quantity.minus(order.filledQuantity)),
        orNone(order.limitPrice ?? order.stopPrice, dollars),
        order.clientOrderId,
      ]),
    },
  };
  return { kind: "ask", preview, secondPerson: false };
}
