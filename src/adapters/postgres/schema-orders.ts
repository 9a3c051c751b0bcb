import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  check,
  foreignKey,
  index,
  integer,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { ExitPlan } from "../../core/exits/plan.ts";
import {
  LIVE_STATES,
  type ClientOrderId,
  type ExitReason,
  type OrderClass,
  type OrderState,
  type OrderType,
  type Purpose,
  type RunId,
  type Side,
  type TimeInForce,
} from "../../core/order.ts";
import { isMemberOf, isOneOf, isPositive } from "./checks.ts";
import { instant, json, money, prose } from "./columns.ts";
import { accounts } from "./schema-accounts.ts";
import { strategyRuns } from "./schema-runs.ts";

// Records, so that the compiler asks for a line here when a member joins one of the closed lists.
const ORDER_STATES: Record<OrderState, true> = {
  SENDING: true,
  ACCEPTED: true,
  PARTIALLY_FILLED: true,
  FILLED: true,
  CANCELED: true,
  EXPIRED: true,
  REPLACED: true,
  REJECTED: true,
  UNKNOWN: true,
  UNSEEN: true,
};
const PURPOSES: Record<Purpose, true> = { entry: true, exit: true, stop: true, target: true };
const ORDER_TYPES: Record<OrderType, true> = { market: true, limit: true, stop: true, stop_limit: true };
const TIMES_IN_FORCE: Record<TimeInForce, true> = {
  day: true,
  gtc: true,
  ioc: true,
  fok: true,
  opg: true,
  cls: true,
};
const ORDER_CLASSES: Record<OrderClass, true> = { simple: true, bracket: true, oto: true };
const SIDES: Record<Side, true> = { buy: true, sell: true };

export const orders = pgTable(
  "orders",
  {
    clientOrderId: text("client_order_id").$type<ClientOrderId>().notNull(),
    accountId: text("account_id").notNull(),
    runId: text("run_id").$type<RunId>(),
    strategyId: text("strategy_id").notNull(),
    symbol: text("symbol").notNull(),
    side: text("side").$type<Side>().notNull(),
    purpose: text("purpose").$type<Purpose>().notNull(),
    attempt: integer("attempt").notNull(),
    barTime: instant("bar_time"),
    type: text("type").$type<OrderType>().notNull(),
    quantity: money("quantity").notNull(),
    limitPrice: money("limit_price"),
    stopPrice: money("stop_price"),
    timeInForce: text("time_in_force").$type<TimeInForce>().notNull(),
    extendedHours: boolean("extended_hours").notNull(),
    state: text("state").$type<OrderState>().notNull(),
    cancelRequestedAt: instant("cancel_requested_at"),
    brokerOrderId: text("broker_order_id"),
    filledQuantity: money("filled_quantity").notNull(),
    filledAvgPrice: money("filled_avg_price"),
    exitReason: text("exit_reason").$type<ExitReason>(),
    decisionPrice: money("decision_price"),
    plannedStop: money("planned_stop"),
    plannedTarget: money("planned_target"),
    plannedExits: json("planned_exits").$type<ExitPlan>(),
    positionId: text("position_id"),
    orderClass: text("order_class").$type<OrderClass>().notNull().default("simple"),
    parentId: text("parent_id").$type<ClientOrderId>(),
    workUntil: instant("work_until"),
    replacedBy: text("replaced_by"),
    replaces: text("replaces").$type<ClientOrderId>(),
    error: prose("error"),
    context: prose("context"),
    createdAt: instant("created_at").notNull(),
    updatedAt: instant("updated_at").notNull(),
    missingSince: instant("missing_since"),
  },
  (t) => [
    primaryKey({ name: "orders_pk", columns: [t.clientOrderId] }),
    foreignKey({ name: "orders_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    foreignKey({ name: "orders_run_fk", columns: [t.runId], foreignColumns: [strategyRuns.id] }),
    check("orders_client_order_id_fits", sql`length(${t.clientOrderId}) between 1 and 128`),
    check("orders_side_known", isMemberOf(t.side, SIDES)),
    check("orders_purpose_known", isMemberOf(t.purpose, PURPOSES)),
    check("orders_type_known", isMemberOf(t.type, ORDER_TYPES)),
    check("orders_time_in_force_known", isMemberOf(t.timeInForce, TIMES_IN_FORCE)),
    check("orders_class_known", isMemberOf(t.orderClass, ORDER_CLASSES)),
    foreignKey({
      name: "orders_parent_fk",
      columns: [t.parentId],
      foreignColumns: [t.clientOrderId],
    }),
    check("orders_state_known", isMemberOf(t.state, ORDER_STATES)),
    check("orders_quantity_positive", isPositive(t.quantity)),
    check("orders_limit_price_positive", isPositive(t.limitPrice)),
    check("orders_stop_price_positive", isPositive(t.stopPrice)),
    check("orders_filled_within_quantity", sql`${t.filledQuantity} between 0 and ${t.quantity}`),
    check(
      "orders_filled_has_price",
      sql`${t.filledQuantity} = 0 or (${t.filledAvgPrice} is not null and ${t.filledAvgPrice} > 0 and ${t.filledAvgPrice} < 'Infinity')`,
    ),
    uniqueIndex("orders_one_live_entry_per_run_and_symbol")
      .on(t.runId, t.symbol)
      .where(sql`${t.purpose} = 'entry' and ${isOneOf(t.state, LIVE_STATES)} and ${t.replaces} is null`),
    uniqueIndex("orders_one_entry_per_run_symbol_and_bar")
      .on(t.runId, t.symbol, t.barTime)
      .where(sql`${t.purpose} = 'entry' and ${t.replaces} is null`),
    uniqueIndex("orders_broker_order_id_once")
      .on(t.brokerOrderId)
      .where(sql`${t.brokerOrderId} is not null`),
    index("orders_live").on(t.accountId, t.createdAt).where(isOneOf(t.state, LIVE_STATES)),
    index("orders_of_position")
      .on(t.positionId)
      .where(sql`${t.positionId} is not null`),
    index("orders_of_parent")
      .on(t.parentId)
      .where(sql`${t.parentId} is not null`),
    index("orders_newest").on(t.accountId, t.createdAt),
    index("orders_newest_of_symbol").on(t.accountId, t.symbol, t.createdAt),
  ],
);

export const fills = pgTable(
  "fills",
  {
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity({ name: "fills_id_seq" }),
    clientOrderId: text("client_order_id").$type<ClientOrderId>().notNull(),
    executionId: text("execution_id"),
    quantity: money("quantity").notNull(),
    price: money("price").notNull(),
    atMs: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ name: "fills_pk", columns: [t.id] }),
    foreignKey({
      name: "fills_order_fk",
      columns: [t.clientOrderId],
      foreignColumns: [orders.clientOrderId],
    }),
    check("fills_quantity_positive", isPositive(t.quantity)),
    check("fills_price_positive", isPositive(t.price)),
    uniqueIndex("fills_execution_id_once")
      .on(t.executionId)
      .where(sql`${t.executionId} is not null`),
    index("fills_of_order").on(t.clientOrderId),
  ],
);
