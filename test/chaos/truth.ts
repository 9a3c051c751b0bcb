import { z } from "zod";
import type { AlpacaServer } from "../support/alpaca-server.ts";

const amount = z.coerce.number();
const orderSchema = z.object({
  id: z.string(),
  client_order_id: z.string(),
  symbol: z.string(),
  side: z.enum(["buy", "sell"]),
  type: z.string(),
  qty: amount,
  filled_qty: amount,
  filled_avg_price: amount.nullable(),
  stop_price: amount.nullable(),
  status: z.string(),
});
const positionSchema = z.object({ symbol: z.string(), qty: amount });
const accountSchema = z.object({ cash: amount });
const CLOSED: ReadonlySet<string> = new Set(["filled", "canceled", "expired", "replaced", "rejected"]);

/** An order as the broker has it. */
export interface BrokerTruth {
  readonly id: string;
  readonly clientOrderId: string;
  readonly symbol: string;
  readonly side: "buy" | "sell";
  readonly type: string;
  readonly qty: number;
  readonly filled: number;
  readonly average: number | null;
  readonly stopPrice: number | null;
  readonly status: string;
  readonly open: boolean;
  /** Carries our prefix. */
  readonly ours: boolean;
}

export interface Truth {
  readonly orders: readonly BrokerTruth[];
  readonly positions: ReadonlyMap<string, number>;
  readonly cash: number;
}

/** What really is, at the broker. */
export function truthOf(alpaca: AlpacaServer): Truth {
  const orders = z.array(orderSchema).parse(alpaca.orders());
  const positions = z.array(positionSchema).parse(alpaca.positions());
  return {
    orders: orders.map((order) => ({
      id: order.id,
      clientOrderId: order.client_order_id,
      symbol: order.symbol,
      side: order.side,
      type: order.type,
      qty: order.qty,
      filled: order.filled_qty,
      average: order.filled_avg_price,
      stopPrice: order.stop_price,
      status: order.status,
      open: !CLOSED.has(order.status),
      ours: order.client_order_id.startsWith("af-"),
    })),
    positions: new Map(positions.map(({ symbol, qty }) => [symbol, qty])),
    cash: accountSchema.parse(alpaca.account()).cash,
  };
}
