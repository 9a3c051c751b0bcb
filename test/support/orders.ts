import { money } from "../../src/core/money.ts";
import { clientOrderId, runId, type BrokerOrder, type Order } from "../../src/core/order.ts";

/** An entry for 100 AAPL that is about to be sent; change what the test is about. */
export function anOrder(changes: Partial<Order> = {}): Order {
  return {
    clientOrderId: clientOrderId("af-r1-AAPL-abc-e1"),
    accountId: "paper",
    runId: runId("r1"),
    strategyId: "momentum",
    symbol: "AAPL",
    side: "buy",
    purpose: "entry",
    attempt: 1,
    barTime: 0,
    type: "market",
    quantity: money(100),
    limitPrice: null,
    stopPrice: null,
    timeInForce: "day",
    extendedHours: false,
    state: "SENDING",
    cancelRequestedAt: null,
    brokerOrderId: null,
    filledQuantity: money(0),
    filledAvgPrice: null,
    exitReason: null,
    decisionPrice: money(10),
    plannedStop: money(9),
    plannedTarget: null,
    plannedExits: null,
    positionId: null,
    replacedBy: null,
    replaces: null,
    error: null,
    context: null,
    createdAt: 0,
    updatedAt: 0,
    orderClass: "simple",
    parentId: null,
    workUntil: null,
    missingSince: null,
    ...changes,
  };
}

/** What the broker says about that order. */
export function aReport(changes: Partial<BrokerOrder> = {}): BrokerOrder {
  return {
    brokerOrderId: "b1",
    clientOrderId: "af-r1-AAPL-abc-e1",
    symbol: "AAPL",
    side: "buy",
    type: "market",
    timeInForce: "day",
    quantity: money(100),
    limitPrice: null,
    stopPrice: null,
    status: "working",
    filledQuantity: money(0),
    filledAvgPrice: null,
    replacedBy: null,
    createdAt: 0,
    updatedAt: 0,
    ...changes,
  };
}
