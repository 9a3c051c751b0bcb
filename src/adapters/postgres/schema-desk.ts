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
import type { Message } from "../../message.ts";
import type { PriceAlert } from "../../core/alerts/price-alert.ts";
import type { Urgency } from "../../core/alerts/level.ts";
import type { AlertKind, AuditRow, Mode, Settlement, Unrecorded } from "../../ports.ts";
import { instant, json, money, prose } from "./columns.ts";

/** The outbox. Ids give the order of insertion. */
export const alerts = pgTable(
  "alerts",
  {
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity({ name: "alerts_id_seq" }),
    key: text("key").notNull(),
    kind: text("kind").$type<AlertKind>().notNull(),
    message: json("message").$type<Message>().notNull(),
    atMs: instant("at").notNull(),
    urgency: text("urgency").$type<Urgency>(),
    ackedAtMs: instant("acked_at"),
    ackedBy: prose("acked_by"),
    calls: integer("calls").notNull().default(0),
    calledAtMs: instant("called_at"),
    /** Client id of the order that it tells of: by it a reply finds the position. */
    order: text("order_id"),
    /** How often its message was changed after it was written. */
    revision: integer("revision").notNull().default(0),
  },
  (t) => [
    primaryKey({ name: "alerts_pk", columns: [t.id] }),
    uniqueIndex("alerts_key_once").on(t.key),
    check("alerts_urgency_known", sql`${t.urgency} in ('critical', 'always')`),
    index("alerts_critical")
      .on(t.atMs)
      .where(sql`${t.urgency} = 'critical'`),
    index("alerts_revised")
      .on(t.id)
      .where(sql`${t.revision} > 0`),
  ],
);

export const alertDeliveries = pgTable(
  "alert_deliveries",
  {
    alertId: bigint("alert_id", { mode: "number" }).notNull(),
    sink: text("sink").notNull(),
    attempts: integer("attempts").notNull().default(0),
    deliveredAt: instant("delivered_at"),
    /** Since when quiet hours hold it back. */
    heldAt: instant("held_at"),
    settled: text("settled").$type<Settlement>(),
    lastError: prose("last_error"),
    /** Where it stands, of a message that tells of this alert alone. */
    channel: text("channel"),
    messageId: text("message_id"),
    /** The revision that is certainly shown there. */
    shownRevision: integer("shown_revision").notNull().default(0),
  },
  (t) => [
    primaryKey({ name: "alert_deliveries_pk", columns: [t.alertId, t.sink] }),
    foreignKey({ name: "alert_deliveries_alert_fk", columns: [t.alertId], foreignColumns: [alerts.id] }),
    check("alert_deliveries_settled_known", sql`${t.settled} in ('skipped', 'digest', 'refused')`),
    index("alert_deliveries_pending")
      .on(t.sink, t.alertId)
      .where(sql`${t.deliveredAt} is null`),
    index("alert_deliveries_message")
      .on(t.messageId)
      .where(sql`${t.messageId} is not null`),
  ],
);

/** They speak once: a row with `fired_at` is history. */
export const priceAlerts = pgTable(
  "price_alerts",
  {
    id: text("id").notNull(),
    symbol: text("symbol").notNull(),
    side: text("side").$type<PriceAlert["side"]>().notNull(),
    price: money("price").notNull(),
    note: prose("note"),
    setBy: prose("set_by").notNull(),
    setByName: prose("set_by_name").notNull(),
    setAtMs: instant("set_at").notNull(),
    armed: boolean("armed").notNull(),
    firedAtMs: instant("fired_at"),
    firedPrice: money("fired_price"),
  },
  (t) => [
    primaryKey({ name: "price_alerts_pk", columns: [t.id] }),
    check("price_alerts_side_known", sql`${t.side} in ('above', 'below')`),
    check("price_alerts_price_positive", sql`${t.price} > 0`),
    index("price_alerts_open")
      .on(t.setAtMs)
      .where(sql`${t.firedAtMs} is null`),
  ],
);

/**
 * Chat deliveries seen: one row a command or press, so that a re-delivery acts once. Actor, channel and action are those of
 * the audit row to be; rows from before they were kept say "unknown".
 */
export const inbox = pgTable(
  "inbox",
  {
    platform: text("platform").notNull(),
    deliveryId: text("delivery_id").notNull(),
    owner: text("owner").notNull(),
    claimedAt: instant("claimed_at")
      .notNull()
      .default(sql`now()`),
    finishedAt: instant("finished_at"),
    actor: prose("actor").notNull().default("unknown"),
    channel: prose("channel"),
    action: prose("action").notNull().default("unknown"),
    /** What it orders to stop, by somebody who may. */
    stops: json("stops").$type<Unrecorded>(),
  },
  (t) => [
    primaryKey({ name: "inbox_pk", columns: [t.platform, t.deliveryId] }),
    index("inbox_unfinished")
      .on(t.claimedAt)
      .where(sql`${t.finishedAt} is null`),
  ],
);

export const confirmations = pgTable(
  "confirmations",
  {
    code: text("code").notNull(),
    command: prose("command").notNull(),
    platform: text("platform").notNull(),
    userId: text("user_id").notNull(),
    secondPerson: boolean("second_person").notNull(),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
    /** Null beside a time of use: used before deliveries were kept. */
    usedDelivery: text("used_delivery"),
    usedBy: prose("used_by"),
  },
  (t) => [
    primaryKey({ name: "confirmations_pk", columns: [t.code] }),
    index("confirmations_expiry").on(t.expiresAt),
  ],
);

/** Append-only: a trigger refuses update, delete and truncate. */
export const audit = pgTable(
  "audit",
  {
    id: bigint("id", { mode: "number" }).notNull().generatedAlwaysAsIdentity({ name: "audit_id_seq" }),
    accountId: text("account_id"),
    actor: prose("actor").notNull(),
    platform: text("platform").notNull(),
    channel: prose("channel"),
    deliveryId: text("delivery_id"),
    action: prose("action").notNull(),
    outcome: text("outcome").$type<AuditRow["outcome"]>().notNull(),
    detail: prose("detail").notNull(),
    atMs: instant("at").notNull(),
  },
  (t) => [
    primaryKey({ name: "audit_pk", columns: [t.id] }),
    check("audit_outcome_known", sql`${t.outcome} in ('done', 'refused', 'failed', 'asked')`),
    index("audit_of_delivery")
      .on(t.platform, t.deliveryId)
      .where(sql`${t.deliveryId} is not null`),
  ],
);

/** One row, id 1, made by the migration: a transaction can lock it before anything was ever set. */
export const control = pgTable(
  "control",
  {
    id: integer("id").notNull(),
    mode: text("mode").$type<Mode>().notNull(),
    halted: boolean("halted").notNull(),
    killed: boolean("killed").notNull(),
    by: prose("by"),
    reason: prose("reason"),
    since: instant("since"),
  },
  (t) => [
    primaryKey({ name: "control_pk", columns: [t.id] }),
    check("control_one_row", sql`${t.id} = 1`),
    check("control_mode_known", sql`${t.mode} in ('paper', 'live')`),
  ],
);

/** The row stays when the lease is released (owner null), so that the epoch only ever rises. */
export const leases = pgTable(
  "leases",
  {
    accountId: text("account_id").notNull(),
    owner: text("owner"),
    epoch: integer("epoch").notNull(),
    expiresAt: instant("expires_at").notNull(),
  },
  (t) => [
    primaryKey({ name: "leases_pk", columns: [t.accountId] }),
    check("leases_epoch_positive", sql`${t.epoch} > 0`),
  ],
);

export const settings = pgTable(
  "settings",
  {
    name: text("name").notNull(),
    /** SQL NULL is the setting null; a setting that was never made has no row. */
    value: json("value"),
  },
  (t) => [primaryKey({ name: "settings_pk", columns: [t.name] })],
);
