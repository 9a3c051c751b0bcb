import { sql, type SQL } from "drizzle-orm";
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
  type AnyPgColumn,
} from "drizzle-orm/pg-core";
import type { ExitPlan } from "../../core/exits/plan.ts";
import { LIVE_STATES } from "../../core/order.ts";
import type {
  ClientOrderId,
  ExitReason,
  OrderClass,
  OrderState,
  OrderType,
  Purpose,
  RunId,
  Side,
  TimeInForce,
} from "../../core/order.ts";
import type { Position, Protection } from "../../core/position.ts";
import type { GateCheck } from "../../core/risk/contract.ts";
import type { DecisionRow, Mode, Run, RunStatus } from "../../ports.ts";
import { instant, json, money, prose } from "./columns.ts";

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
const PROTECTIONS: Record<Protection, true> = { broker: true, engine: true };
const POSITION_STATUS: Record<Position["status"], true> = { open: true, closed: true };
const RUN_STATUS: Record<RunStatus, true> = { running: true, paused: true, stopped: true };
const MODES: Record<Mode, true> = { paper: true, live: true };
const SIGNALS: Record<DecisionRow["signal"], true> = { BUY: true, SELL: true, HOLD: true };
const OUTCOMES: Record<DecisionRow["outcome"], true> = {
  entered: true,
  exited: true,
  refused: true,
  held: true,
  asked: true,
};

/** `column in ('a', 'b')` with the values written out, as constraints and partial indexes need them. */
export function isOneOf(column: AnyPgColumn, values: readonly string[]): SQL {
  return sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`;
}

export function isMemberOf(column: AnyPgColumn, members: Readonly<Record<string, true>>): SQL {
  return isOneOf(column, Object.keys(members));
}

/** Above zero and an amount: to Postgres, NaN and infinity are greater than zero. */
function isPositive(column: AnyPgColumn): SQL {
  return sql`(${column} > 0 and ${column} < 'Infinity')`;
}

function isNotNegative(column: AnyPgColumn): SQL {
  return sql`(${column} >= 0 and ${column} < 'Infinity')`;
}

export const accounts = pgTable(
  "accounts",
  {
    id: text("id").notNull(),
    mode: text("mode").$type<Mode>().notNull(),
    broker: text("broker").notNull(),
    accountNumber: text("account_number"),
    createdAt: instant("created_at")
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    primaryKey({ name: "accounts_pk", columns: [t.id] }),
    check("accounts_mode_known", isMemberOf(t.mode, MODES)),
  ],
);

export const strategyRuns = pgTable(
  "strategy_runs",
  {
    id: text("id").$type<RunId>().notNull(),
    accountId: text("account_id").notNull(),
    strategyId: text("strategy_id").notNull(),
    symbols: json("symbols").$type<readonly string[]>().notNull(),
    params: json("params").$type<Run["params"]>().notNull(),
    options: json("options").$type<Run["options"]>().notNull(),
    status: text("status").$type<RunStatus>().notNull(),
    startedBy: prose("started_by").notNull(),
    startedAt: instant("started_at").notNull(),
    stoppedAt: instant("stopped_at"),
  },
  (t) => [
    primaryKey({ name: "strategy_runs_pk", columns: [t.id] }),
    foreignKey({ name: "strategy_runs_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    check("strategy_runs_status_known", isMemberOf(t.status, RUN_STATUS)),
    index("strategy_runs_account_status").on(t.accountId, t.status),
  ],
);

export const runCursors = pgTable(
  "run_cursors",
  {
    runId: text("run_id").$type<RunId>().notNull(),
    symbol: text("symbol").notNull(),
    barTime: instant("bar_time").notNull(),
  },
  (t) => [
    primaryKey({ name: "run_cursors_pk", columns: [t.runId, t.symbol] }),
    foreignKey({ name: "run_cursors_run_fk", columns: [t.runId], foreignColumns: [strategyRuns.id] }),
  ],
);

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

export const positions = pgTable(
  "positions",
  {
    id: text("id").notNull(),
    number: bigint("number", { mode: "number" })
      .notNull()
      .generatedAlwaysAsIdentity({ name: "positions_number_seq" }),
    accountId: text("account_id").notNull(),
    runId: text("run_id").$type<RunId>(),
    strategyId: text("strategy_id").notNull(),
    symbol: text("symbol").notNull(),
    quantity: money("quantity").notNull(),
    entryPrice: money("entry_price").notNull(),
    entryTime: instant("entry_time").notNull(),
    heldSince: instant("held_since"),
    entryOrderId: text("entry_order_id").notNull(),
    stop: money("stop").notNull(),
    initialStop: money("initial_stop").notNull(),
    target: money("target"),
    exits: json("exits").$type<ExitPlan>(),
    protection: text("protection").$type<Protection>().notNull(),
    highWater: money("high_water").notNull(),
    lowWater: money("low_water"),
    boughtQuantity: money("bought_quantity").notNull(),
    soldQuantity: money("sold_quantity").notNull(),
    soldNotional: money("sold_notional").notNull(),
    entryDecided: money("entry_decided"),
    exitDecided: money("exit_decided"),
    entryText: prose("entry_text"),
    extendedHours: boolean("extended_hours").notNull(),
    exitReason: text("exit_reason").$type<ExitReason>(),
    exitRequestedAt: instant("exit_requested_at"),
    exitRequestedBy: prose("exit_requested_by"),
    partQuantity: money("part_quantity"),
    partReason: text("part_reason").$type<ExitReason>(),
    partRequestedAt: instant("part_requested_at"),
    partialTaken: boolean("partial_taken").notNull().default(false),
    exitPriceAsked: money("exit_price_asked"),
    crossedSince: instant("crossed_since"),
    stopRefusals: integer("stop_refusals").notNull(),
    status: text("status").$type<Position["status"]>().notNull(),
    closedAt: instant("closed_at"),
  },
  (t) => [
    primaryKey({ name: "positions_pk", columns: [t.id] }),
    foreignKey({ name: "positions_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    foreignKey({ name: "positions_run_fk", columns: [t.runId], foreignColumns: [strategyRuns.id] }),
    check("positions_protection_known", isMemberOf(t.protection, PROTECTIONS)),
    check("positions_status_known", isMemberOf(t.status, POSITION_STATUS)),
    check("positions_quantity_not_negative", isNotNegative(t.quantity)),
    check("positions_closed_when_empty", sql`(${t.status} = 'closed') = (${t.quantity} = 0)`),
    check("positions_quantity_was_bought", sql`${t.quantity} <= ${t.boughtQuantity}`),
    check("positions_sold_was_bought", sql`${t.soldQuantity} between 0 and ${t.boughtQuantity}`),
    check("positions_sold_notional_not_negative", isNotNegative(t.soldNotional)),
    check("positions_entry_price_positive", isPositive(t.entryPrice)),
    check("positions_stop_not_negative", isNotNegative(t.stop)),
    check("positions_target_positive", isPositive(t.target)),
    check("positions_part_positive", isPositive(t.partQuantity)),
    uniqueIndex("positions_one_per_entry").on(t.entryOrderId),
    uniqueIndex("positions_number_once").on(t.number),
    index("positions_open")
      .on(t.accountId, t.entryTime)
      .where(sql`${t.status} = 'open'`),
  ],
);

export const trades = pgTable(
  "trades",
  {
    positionId: text("position_id").notNull(),
    accountId: text("account_id").notNull(),
    runId: text("run_id").$type<RunId>(),
    strategyId: text("strategy_id").notNull(),
    symbol: text("symbol").notNull(),
    quantity: money("quantity").notNull(),
    entryPrice: money("entry_price").notNull(),
    entryTime: instant("entry_time").notNull(),
    exitPrice: money("exit_price").notNull(),
    exitTime: instant("exit_time").notNull(),
    pnl: money("pnl").notNull(),
    pnlPercent: money("pnl_percent").notNull(),
    initialStop: money("initial_stop").notNull(),
    exitReason: text("exit_reason").$type<ExitReason>().notNull(),
    entryText: prose("entry_text"),
    exitText: prose("exit_text"),
    lowWater: money("low_water"),
    highWater: money("high_water"),
    entryDecided: money("entry_decided"),
    exitDecided: money("exit_decided"),
    fees: money("fees")
      .notNull()
      .default(sql`0`),
  },
  (t) => [
    primaryKey({ name: "trades_pk", columns: [t.positionId] }),
    foreignKey({ name: "trades_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    foreignKey({ name: "trades_position_fk", columns: [t.positionId], foreignColumns: [positions.id] }),
    check("trades_quantity_positive", isPositive(t.quantity)),
    index("trades_newest").on(t.accountId, t.exitTime, t.positionId),
  ],
);

export const decisions = pgTable(
  "decisions",
  {
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity({ name: "decisions_id_seq" }),
    accountId: text("account_id").notNull(),
    runId: text("run_id").$type<RunId>(),
    strategyId: text("strategy_id").notNull(),
    symbol: text("symbol").notNull(),
    barTime: instant("bar_time"),
    signal: text("signal").$type<DecisionRow["signal"]>().notNull(),
    outcome: text("outcome").$type<DecisionRow["outcome"]>().notNull(),
    code: text("code"),
    text: prose("text").notNull(),
    checks: json("checks").$type<readonly GateCheck[]>().notNull(),
    figures: json("figures").$type<Readonly<Record<string, number>>>().notNull(),
    atMs: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ name: "decisions_pk", columns: [t.id] }),
    foreignKey({ name: "decisions_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    check("decisions_signal_known", isMemberOf(t.signal, SIGNALS)),
    check("decisions_outcome_known", isMemberOf(t.outcome, OUTCOMES)),
    index("decisions_newest").on(t.accountId, t.id),
    index("decisions_newest_of_symbol").on(t.accountId, t.symbol, t.id),
  ],
);

export const equity = pgTable(
  "equity",
  {
    accountId: text("account_id").notNull(),
    atMs: instant("at").notNull(),
    equity: money("equity").notNull(),
    cash: money("cash").notNull(),
  },
  (t) => [
    primaryKey({ name: "equity_pk", columns: [t.accountId, t.atMs] }),
    foreignKey({ name: "equity_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
  ],
);
