import type { GateCheck } from "../core/risk/contract.ts";
import { refused as refusedBy } from "../core/risk/verdict.ts";
import { couldTrade } from "../core/wash-trade.ts";
import type { EntryTicket } from "../core/entry-order.ts";
import type { By, ForeignOrder, ForeignOrderView, LedgerOps, Outcome } from "../ports.ts";
import { answered } from "./alerts/revise.ts";
import { leads, type Engine } from "./context.ts";
import { foreignIn } from "./foreign-orders.ts";
import { ignoredOrders, ignoreOrder, storedForeign } from "./foreign-store.ts";
import { refused } from "./runs.ts";
import { foreignKey, foreignPhrase } from "./foreign-wording.ts";
import { askedBy, modeLabel, plainAlert } from "./wording.ts";

export type ForeignAction = "cancel" | "ignore";

/** What works at the broker and nothing here placed, as the last reconciliation left it. */
export async function foreignViews(engine: Engine): Promise<readonly ForeignOrderView[]> {
  const ignored = await ignoredOrders(engine, engine.ledger);
  return (await storedForeign(engine, engine.ledger)).map((order) => ({
    ...order,
    ignored: ignored.includes(order.brokerOrderId),
  }));
}

/** What the desk decides about somebody's orders: all of a symbol's, or the one whose broker id begins with `id`; an order of several legs has no symbol. */
export async function decideForeign(
  engine: Engine,
  action: ForeignAction,
  symbol: string | null,
  id: string | null,
  by: By,
): Promise<Outcome> {
  const orders = (await storedForeign(engine, engine.ledger)).filter(
    (order) => (symbol === null || order.symbol === symbol) && order.brokerOrderId.startsWith(id ?? ""),
  );
  if (orders.length === 0)
    return refused(
      `no${id === null ? "" : " such"} order placed outside AlphaFlow works${symbol === null ? "" : ` in ${symbol}`}; /external lists them`,
    );
  return action === "cancel" ? cancel(engine, orders, by) : ignore(engine, orders, by);
}

async function cancel(engine: Engine, orders: readonly ForeignOrder[], by: By): Promise<Outcome> {
  if (!leads(engine)) return refused("another instance trades this account; ask it in a moment");
  for (const order of orders) {
    const outcome = await engine.serial.run(order.symbol, () =>
      engine.broker.cancel(order.brokerOrderId, "exit"),
    );
    const how = outcome === "gone" ? "was over already" : `cancel asked by ${askedBy(by)}`;
    await engine.ledger.transaction((tx) => answered(tx, foreignKey(engine, order), how, "neutral"));
  }
  engine.reconcileSoon();
  engine.wakeAlerts();
  return { kind: "done", value: undefined, text: `cancel asked for: ${phrases(orders)}` };
}

/** Left as they are: entries in the symbol are allowed again as far as the broker takes them. */
async function ignore(engine: Engine, orders: readonly ForeignOrder[], by: By): Promise<Outcome> {
  await engine.ledger.transaction(async (tx) => {
    for (const order of orders) {
      await ignoreOrder(engine, tx, order);
      await tx.insertAlert(
        plainAlert(`${foreignKey(engine, order)}:ignored`, "external", engine.clock.nowMs(), {
          text: `EXTERNAL order ${foreignPhrase(order)} is left alone, as ${by.name} wished · ${modeLabel(engine.mode)}`,
          tone: "neutral",
        }),
      );
      await answered(tx, foreignKey(engine, order), `left alone by ${askedBy(by)}`, "neutral");
    }
  });
  engine.wakeAlerts();
  const sells = orders.some((order) => order.side === "sell");
  const limits = [
    ...(sells ? ["the broker takes no buy that could trade with a sell order"] : []),
    ...(orders.some((order) => order.side === "buy")
      ? ["a buy order still counts in the risk figures, and the engine watches the stops beside it"]
      : []),
    "an exit that is refused because of it cancels it",
  ];
  return {
    kind: "done",
    value: undefined,
    text: `left alone: ${phrases(orders)}; entries are allowed again, but ${limits.join(", ")}`,
  };
}

function phrases(orders: readonly ForeignOrder[]): string {
  return orders.map(foreignPhrase).join(", ");
}

/** The order by which somebody else's business freezes the symbol for entries, or undefined. */
export async function freezingOrder(
  engine: Engine,
  tx: LedgerOps,
  symbol: string,
): Promise<ForeignOrder | undefined> {
  const orders = [...foreignIn(engine, symbol, "buy"), ...foreignIn(engine, symbol, "sell")];
  if (orders.length === 0) return undefined;
  const ignored = await ignoredOrders(engine, tx);
  return orders.find((order) => !ignored.includes(order.brokerOrderId));
}

/** Refuses the buy that the broker would refuse because of somebody's sell order; no check where nobody sells. */
export function foreignSellChecks(engine: Engine, symbol: string, ticket: EntryTicket): readonly GateCheck[] {
  const against = foreignIn(engine, symbol, "sell").find((order) => couldTrade(ticket, order));
  return against === undefined
    ? []
    : [
        refusedBy(
          "external_order",
          "OPPOSING",
          `the broker takes no buy of ${symbol} beside an order placed outside AlphaFlow: ${foreignPhrase(against)} (wash trade; /external)`,
        ),
      ];
}
