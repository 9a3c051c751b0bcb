import { TIMES_IN_FORCE } from "../core/entry-order.ts";
import { money, type Money } from "../core/money.ts";
import type { AssetKind, OrderType } from "../core/order.ts";
import type { ForeignOrder, LedgerOps } from "../ports.ts";
import type { Engine } from "./context.ts";

const TYPES: readonly OrderType[] = ["market", "limit", "stop", "stop_limit"];

const KINDS: readonly AssetKind[] = ["share", "option", "crypto"];

type Reader = Pick<LedgerOps, "setting">;

/** What the last reconciliation knew: whichever instance leads wrote it, and every instance may read it. */
export async function storedForeign(engine: Engine, ledger: Reader): Promise<readonly ForeignOrder[]> {
  const stored = await ledger.setting(storeName(engine));
  return Array.isArray(stored) ? stored.flatMap(orderIn) : [];
}

/** Replaces it; an order that is gone needs not be left alone any more. */
export async function storeForeign(
  engine: Engine,
  tx: LedgerOps,
  orders: readonly ForeignOrder[],
): Promise<void> {
  await tx.setSetting(storeName(engine), orders);
  const ignored = idsIn(await tx.lockSetting(ignoredName(engine)));
  const left = ignored.filter((id) => orders.some((order) => order.brokerOrderId === id));
  if (left.length < ignored.length) await tx.setSetting(ignoredName(engine), left);
}

/** The broker's ids of the orders that no longer freeze their symbols. */
export async function ignoredOrders(engine: Engine, ledger: Reader): Promise<readonly string[]> {
  return idsIn(await ledger.setting(ignoredName(engine)));
}

export async function ignoreOrder(engine: Engine, tx: LedgerOps, order: ForeignOrder): Promise<void> {
  // Locked: two who ignore two orders at once must not undo each other.
  const ignored = idsIn(await tx.lockSetting(ignoredName(engine)));
  if (!ignored.includes(order.brokerOrderId))
    await tx.setSetting(ignoredName(engine), [...ignored, order.brokerOrderId]);
}

function storeName({ accountId }: Engine): string {
  return `foreign_orders:${accountId}`;
}

function ignoredName({ accountId }: Engine): string {
  return `ignored_orders:${accountId}`;
}

function idsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

function orderIn(value: unknown): readonly ForeignOrder[] {
  if (typeof value !== "object" || value === null) return [];
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (name: string): string => {
    const field = fields.get(name);
    return typeof field === "string" ? field : "";
  };
  const amount = (name: string): Money | null => (text(name) === "" ? null : money(text(name)));
  return [
    {
      brokerOrderId: text("brokerOrderId"),
      symbol: text("symbol"),
      kind: KINDS.find((each) => each === text("kind")) ?? "share",
      side: text("side") === "sell" ? "sell" : "buy",
      type: TYPES.find((each) => each === text("type")) ?? "market",
      timeInForce: TIMES_IN_FORCE.find((each) => each === text("timeInForce")) ?? "day",
      quantity: amount("quantity") ?? money(0),
      amount: amount("amount"),
      filledQuantity: amount("filledQuantity") ?? money(0),
      limitPrice: amount("limitPrice"),
      stopPrice: amount("stopPrice"),
    },
  ];
}
