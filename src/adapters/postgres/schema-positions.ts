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
import type { ExitReason, RunId } from "../../core/order.ts";
import type { Position, Protection } from "../../core/position.ts";
import { isMemberOf, isNotNegative, isPositive } from "./checks.ts";
import { instant, json, money, prose } from "./columns.ts";
import { accounts } from "./schema-accounts.ts";
import { strategyRuns } from "./schema-runs.ts";

// Records, so that the compiler asks for a line here when a member joins one of the closed lists.
const PROTECTIONS: Record<Protection, true> = { broker: true, engine: true };
const POSITION_STATUS: Record<Position["status"], true> = { open: true, closed: true };

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
    /** Null: the broker does not say. */
    fees: money("fees"),
  },
  (t) => [
    primaryKey({ name: "trades_pk", columns: [t.positionId] }),
    foreignKey({ name: "trades_account_fk", columns: [t.accountId], foreignColumns: [accounts.id] }),
    foreignKey({ name: "trades_position_fk", columns: [t.positionId], foreignColumns: [positions.id] }),
    check("trades_quantity_positive", isPositive(t.quantity)),
    index("trades_newest").on(t.accountId, t.exitTime, t.positionId),
  ],
);
