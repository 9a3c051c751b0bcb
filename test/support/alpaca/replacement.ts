import { randomUUID } from "node:crypto";
import { Decimal } from "decimal.js";
import { isClosed, remaining, type Account } from "./account.ts";
import { decimalOf, isRecord, textOf } from "./json.ts";
import { refuse } from "./refusal.ts";
import { checkClientOrderId, checkTick } from "./ticket.ts";
import type { OrderRecord, TimeInForce } from "./types.ts";

/** A parsed PATCH /v2/orders/:id body; null is "as before". */
export interface Replacement {
  readonly qty: Decimal | null;
  readonly timeInForce: TimeInForce | null;
  readonly limitPrice: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly trail: Decimal | null;
  readonly clientOrderId: string | null;
}

export function parseReplacement(body: unknown, maxClientOrderIdLength: number): Replacement {
  if (!isRecord(body)) throw refuse.invalid("request body format is invalid");
  const amount = (name: string): Decimal | null => {
    const value = body[name];
    if (value === undefined || value === null) return null;
    const parsed = decimalOf(value);
    if (parsed === undefined || parsed.lte(0)) throw refuse.invalid(`invalid ${name}`);
    return parsed;
  };
  const tif = body["time_in_force"] ?? null;
  if (tif !== null && tif !== "day" && tif !== "gtc") throw refuse.invalid("invalid time_in_force");
  const clientOrderId = textOf(body["client_order_id"]) ?? null;
  checkClientOrderId(clientOrderId, maxClientOrderIdLength);
  const replacement: Replacement = {
    qty: amount("qty"),
    timeInForce: tif,
    limitPrice: amount("limit_price"),
    stopPrice: amount("stop_price"),
    trail: amount("trail"),
    clientOrderId,
  };
  checkTick("limit_price", replacement.limitPrice);
  checkTick("stop_price", replacement.stopPrice);
  return replacement;
}

function no(message: string): Error {
  return refuse.unprocessable("not-replaceable", message);
}

/** Refuses what may not be changed, or not now. */
export function checkReplacement(old: OrderRecord, change: Replacement, account: Account): void {
  if (isClosed(old)) throw no("order is not open");
  // A waiting leg may be moved although the venue has not seen it; any other order must have been routed.
  if (!old.routed && !old.dormant) {
    if (old.status === "pending_new") throw no("cannot replace order in pending_new status");
    if (old.status === "accepted") {
      throw refuse.invalid("unable to replace order, order isn't sent to exchange yet");
    }
  }
  if (old.status === "pending_cancel" || old.status === "pending_replace" || old.status === "pending_new") {
    throw no(`cannot replace order in ${old.status} status`);
  }
  const same =
    (change.qty === null || change.qty.eq(old.qty ?? 0)) &&
    (change.timeInForce === null || change.timeInForce === old.timeInForce) &&
    (change.limitPrice === null || change.limitPrice.eq(old.limitPrice ?? 0)) &&
    (change.stopPrice === null || change.stopPrice.eq(old.stopPrice ?? 0)) &&
    (change.trail === null || change.trail.eq(old.trailPrice ?? old.trailPercent ?? 0));
  if (same) throw no("order parameters are not changed");
  if (change.limitPrice !== null && old.limitPrice === null)
    throw no("limit_price cannot be set for this order type");
  if (change.stopPrice !== null && (old.stopPrice === null || old.type === "trailing_stop")) {
    throw no("stop_price cannot be set for this order type");
  }
  if (change.trail !== null && old.type !== "trailing_stop")
    throw no("trail cannot be set for this order type");
  if (change.qty === null) return;
  if (old.orderClass !== "simple" && !change.qty.eq(old.qty ?? 0)) {
    throw no("qty cannot be changed for advanced orders");
  }
  if (change.qty.lte(old.filledQty)) throw no("qty must be > filled_qty");
  if (change.qty.gt(remaining(old, undefined))) {
    const rest = change.qty.minus(old.filledQty);
    account.checkShares(old.symbol, old.side, rest, old);
    account.checkBuyingPower({ ...old, limitPrice: change.limitPrice ?? old.limitPrice }, rest, old);
  }
}

/** The new order, not yet in force: it neither trades nor holds shares until the old one is replaced. */
export function replacementOf(old: OrderRecord, change: Replacement, at: string): OrderRecord {
  return {
    ...old,
    id: randomUUID(),
    clientOrderId: change.clientOrderId ?? randomUUID(),
    qty: change.qty ?? old.qty,
    timeInForce: change.timeInForce ?? old.timeInForce,
    limitPrice: change.limitPrice ?? old.limitPrice,
    stopPrice: change.stopPrice ?? old.stopPrice,
    trailPrice: old.trailPrice === null ? null : (change.trail ?? old.trailPrice),
    trailPercent: old.trailPercent === null ? null : (change.trail ?? old.trailPercent),
    filledQty: new Decimal(0),
    filledValue: new Decimal(0),
    filledAt: null,
    status: "pending_new",
    dormant: true,
    armed: false,
    elected: false,
    fillScheduled: false,
    replaces: old.id,
    replacedBy: null,
    createdAt: at,
    submittedAt: at,
    updatedAt: at,
    legIds: [],
  };
}
