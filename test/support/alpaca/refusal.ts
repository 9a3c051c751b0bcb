import type { Decimal } from "decimal.js";
import type { OrderRecord } from "./types.ts";

/** An answer that is not 2xx: the status and the body as Alpaca words them, and the name it is counted under. */
export class Refusal extends Error {
  readonly kind: string;
  readonly status: number;
  readonly code: number | null;
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    kind: string,
    status: number,
    code: number | null,
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.code = code;
    this.fields = fields;
  }

  body(): Record<string, unknown> {
    return this.code === null
      ? { ...this.fields, message: this.message }
      : { ...this.fields, code: this.code, message: this.message };
  }
}

// The texts and codes below are those that users of the real API report verbatim.
export const refuse = {
  invalid: (message: string) => new Refusal("invalid-request", 422, 40010001, message),
  unprocessable: (kind: string, message: string, fields: Readonly<Record<string, unknown>> = {}) =>
    new Refusal(kind, 422, 42210000, message, fields),
  forbidden: (kind: string, message: string, fields: Readonly<Record<string, unknown>> = {}) =>
    new Refusal(kind, 403, 40310000, message, fields),
  notFound: (message: string) => new Refusal("not-found", 404, 40410000, message),
  duplicateClientOrderId: () =>
    new Refusal("duplicate-client-order-id", 422, 40010001, "client_order_id must be unique"),
  subPenny: (field: string, price: Decimal) =>
    new Refusal(
      "sub-penny",
      422,
      42210000,
      `invalid ${field} ${price.toString()}. sub-penny increment does not fulfill minimum pricing criteria`,
    ),
  washTrade: (existing: OrderRecord, reason: string, fields: Readonly<Record<string, unknown>> = {}) =>
    new Refusal("wash-trade", 403, 40310000, "potential wash trade detected. use complex orders", {
      ...fields,
      existing_order_id: existing.id,
      reject_reason: reason,
    }),
  insufficientQty: (args: {
    readonly symbol: string;
    readonly requested: Decimal;
    readonly existing: Decimal;
    readonly held: Decimal;
    readonly relatedOrders: readonly string[];
  }) => {
    const available = args.existing.minus(args.held);
    return new Refusal(
      "insufficient-qty",
      403,
      40310000,
      `insufficient qty available for order (requested: ${args.requested.toString()}, available: ${available.toString()})`,
      {
        available: available.toString(),
        existing_qty: args.existing.toString(),
        held_for_orders: args.held.toString(),
        ...(args.relatedOrders.length > 0 ? { related_orders: args.relatedOrders } : {}),
        symbol: args.symbol,
      },
    );
  },
  /** The data API's errors carry no code. */
  data: (status: number, message: string) => new Refusal("invalid-data-request", status, null, message),
};
