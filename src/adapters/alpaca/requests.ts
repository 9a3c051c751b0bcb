import type { trading } from "@alpacahq/alpaca-trade-api";
import type { OrderRequest, ReplaceRequest } from "../../ports.ts";

/** A POST in the broker's words. */
export function wireRequest(request: OrderRequest): trading.PostOrderRequest {
  return {
    symbol: request.symbol,
    qty: request.quantity.toString(),
    side: request.side,
    type: request.type,
    timeInForce: request.timeInForce,
    clientOrderId: request.clientOrderId,
    ...(request.limitPrice === null ? {} : { limitPrice: request.limitPrice.toString() }),
    ...(request.stopPrice === null ? {} : { stopPrice: request.stopPrice.toString() }),
    ...(request.extendedHours ? { extendedHours: true } : {}),
    ...bracketOf(request),
  };
}

/** A replacement: what is left out stays as it is. */
export function wireReplacement(request: ReplaceRequest): trading.PatchOrderRequest {
  const { clientOrderId, quantity, limitPrice, stopPrice } = request;
  return {
    clientOrderId,
    ...(quantity === null ? {} : { qty: quantity.toString() }),
    ...(limitPrice === null ? {} : { limitPrice: limitPrice.toString() }),
    ...(stopPrice === null ? {} : { stopPrice: stopPrice.toString() }),
  };
}

function bracketOf({ bracket }: OrderRequest): Partial<trading.PostOrderRequest> {
  if (bracket === undefined) return {};
  const stopLoss = { stopPrice: bracket.stopPrice.toString() };
  return bracket.targetPrice === null
    ? { orderClass: "oto", stopLoss }
    : { orderClass: "bracket", stopLoss, takeProfit: { limitPrice: bracket.targetPrice.toString() } };
}
