import { z } from "zod";
import { money, ZERO, type Money } from "../../core/money.ts";
import type { BrokerOrder } from "../../core/order.ts";
import { hashBits } from "./noise.ts";

/** The newest finished orders that are kept; older ones, and their client ids, are forgotten. */
const CLOSED_KEPT = 500;

const amount = z
  .string()
  .regex(/^-?\d+(\.\d+)?$/)
  .transform((text): Money => money(text));
const positive = amount.refine((value) => value.gt(0));
const notNegative = amount.refine((value) => value.gte(0));
const time = z.number().int();

const executionSchema = z
  .object({ executionId: z.string(), quantity: positive, price: positive, atMs: time })
  .readonly();

const orderSchema = z
  .object({
    brokerOrderId: z.string(),
    clientOrderId: z.string(),
    symbol: z.string(),
    side: z.enum(["buy", "sell"]),
    type: z.enum(["market", "limit", "stop", "stop_limit"]),
    timeInForce: z.enum(["day", "gtc", "ioc", "fok", "opg", "cls"]),
    quantity: positive,
    limitPrice: positive.nullable(),
    stopPrice: positive.nullable(),
    status: z.enum(["working", "partially_filled", "filled", "canceled", "expired", "replaced", "rejected"]),
    filledQuantity: notNegative,
    filledAvgPrice: positive.nullable(),
    /** Wall-clock times. */
    createdAt: time,
    updatedAt: time,
    /** Market time from which trades can match it. */
    activeAtMs: time,
    /** Market time of its expiry; null for GTC. */
    expiresAtMs: time.nullable(),
    /** Market time at which what is left of it trades at market: market orders and stops that were touched. */
    executesAtMs: time.nullable(),
    /** A stop_limit whose stop was touched: a limit order from then on. */
    triggered: z.boolean(),
    /** Market time at which a requested cancel takes effect. */
    cancelAtMs: time.nullable(),
    /** Broker id of the order that took this one's place. Accounts from before there was such a thing have none. */
    replacedBy: z.string().nullable().default(null),
    /** Broker id of the bracket entry that this leg came with. Accounts from before there were brackets have no legs. */
    parentId: z.string().nullable().default(null),
    /** A leg whose entry has not filled completely: it neither trades nor holds shares. */
    waiting: z.boolean().default(false),
    /** Buying power held for each share of a buy. */
    reservePrice: positive.nullable(),
    executions: z.array(executionSchema).readonly(),
  })
  .readonly();

const stateSchema = z
  .object({
    format: z.literal("alphaflow-sandbox"),
    version: z.literal(1),
    seed: z.number().int(),
    accountNumber: z.string(),
    /** Makes the order ids of one file unlike those of any other. */
    idPrefix: z.string(),
    ordersPlaced: z.number().int().nonnegative(),
    cash: notNegative,
    lastEquity: notNegative,
    positions: z
      .array(z.object({ symbol: z.string(), quantity: positive, avgEntryPrice: positive }).readonly())
      .readonly(),
    /** Open orders, oldest first. */
    open: z.array(orderSchema).readonly(),
    /** Finished orders, in the order in which they finished. */
    closed: z.array(orderSchema).readonly(),
    /** Market time up to which orders have met the market. */
    settledToMs: time,
    /** Rises with each change of money or orders. */
    revision: z.number().int().nonnegative(),
    /** Market time and wall time of the save; they go on at the sandbox's fixed rate while somebody runs. */
    simMs: time,
    wallMs: time,
    running: z.boolean(),
    owner: z.object({ host: z.string(), pid: z.number().int(), instance: z.number().int() }).readonly(),
  })
  .readonly();

export type SandboxState = z.output<typeof stateSchema>;
export type SandboxOrder = z.output<typeof orderSchema>;
export type SandboxPosition = SandboxState["positions"][number];
export type Owner = SandboxState["owner"];

/** The first sandbox moment of an account. */
export function newState(seed: number, cash: number, nowMs: number, owner: Owner): SandboxState {
  return {
    format: "alphaflow-sandbox",
    version: 1,
    seed,
    accountNumber: `SIM${String(hashBits(seed, 2, 0) % 100_000_000).padStart(8, "0")}`,
    idPrefix: `sim-${nowMs.toString(36)}`,
    ordersPlaced: 0,
    cash: money(cash),
    lastEquity: money(cash),
    positions: [],
    open: [],
    closed: [],
    settledToMs: nowMs,
    revision: 0,
    simMs: nowMs,
    wallMs: nowMs,
    running: true,
    owner,
  };
}

/** Throws a one-line Error that names the first thing that is wrong. */
export function parseState(text: string): SandboxState {
  const parsed = stateSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(
    `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not a sandbox state"}`.replace(/^: /, ""),
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error("it is not complete JSON", { cause: error });
  }
}

/** Decimals write themselves as strings. */
export function printState(state: SandboxState): string {
  return JSON.stringify(state);
}

export function reportOf(order: SandboxOrder): BrokerOrder {
  return {
    brokerOrderId: order.brokerOrderId,
    clientOrderId: order.clientOrderId,
    symbol: order.symbol,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    quantity: order.quantity,
    limitPrice: order.limitPrice,
    stopPrice: order.stopPrice,
    status: order.status,
    filledQuantity: order.filledQuantity,
    filledAvgPrice: order.filledAvgPrice,
    replacedBy: order.replacedBy,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
  };
}

export function orderById(
  state: SandboxState,
  matches: (order: SandboxOrder) => boolean,
): SandboxOrder | undefined {
  return state.open.find(matches) ?? state.closed.findLast(matches);
}

/** Puts a changed order in its place: finished ones leave the open list, and the oldest finished ones are pruned. */
export function withOrder(state: SandboxState, order: SandboxOrder): SandboxState {
  if (order.status === "working" || order.status === "partially_filled")
    return {
      ...state,
      open: state.open.map((each) => (each.brokerOrderId === order.brokerOrderId ? order : each)),
    };
  return {
    ...state,
    open: state.open.filter((each) => each.brokerOrderId !== order.brokerOrderId),
    closed: [...state.closed, order].slice(-CLOSED_KEPT),
  };
}

/** An order as the venue tells it when asked for it: a bracket's entry with its legs. */
export function reportWithLegs(state: SandboxState, order: SandboxOrder): BrokerOrder {
  const legs = [...state.open, ...state.closed].filter((leg) => leg.parentId === order.brokerOrderId);
  return legs.length === 0 ? reportOf(order) : { ...reportOf(order), legs: legs.map(reportOf) };
}

/** Shares that open sell orders hold. Of a bracket's two legs only one will trade: the target holds them for both. */
export function sharesHeld(state: SandboxState, symbol: string): Money {
  const sells = state.open.filter(
    (order) => order.symbol === symbol && order.side === "sell" && !order.waiting,
  );
  return sells
    .filter(
      (order) =>
        order.parentId === null ||
        order.stopPrice === null ||
        !sells.some((other) => other !== order && other.parentId === order.parentId),
    )
    .reduce((sum, order) => sum.plus(order.quantity.minus(order.filledQuantity)), ZERO);
}

/** Cash less what open buys hold; never below zero. */
export function buyingPower(state: SandboxState): Money {
  const free = state.open
    .filter((order) => order.side === "buy")
    .reduce(
      (left, order) =>
        left.minus(order.quantity.minus(order.filledQuantity).times(order.reservePrice ?? ZERO)),
      state.cash,
    );
  return free.lt(0) ? ZERO : free.toDecimalPlaces(2, 1);
}

/** Cash and positions at these prices, to the cent. */
export function equityAt(state: SandboxState, priceOf: (symbol: string) => number): Money {
  return state.positions
    .reduce((sum, held) => sum.plus(held.quantity.times(money(priceOf(held.symbol)))), state.cash)
    .toDecimalPlaces(2);
}
