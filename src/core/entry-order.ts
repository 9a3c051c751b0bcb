import { money, roundDownToTick, roundUpToTick, type Money } from "./money.ts";
import type { Order, TimeInForce } from "./order.ts";
import type { ParamSpec, Params } from "./strategies/contract.ts";
import { numberParam } from "./strategies/read-params.ts";

type EntryKind = "market" | "limit" | "stop_limit" | "bracket";

/** How a run sends its entries. A run without one sends market orders for the day. */
export interface EntryOrder {
  readonly kind: EntryKind;
  /**
   * Limit against the latest trade, in basis points: -10 waits 0.10% below the market, 10 pays up to 0.10% above it. Of a
   * stop-limit: how far the limit may lie above the stop. Null: at the latest trade (or the stop); a bracket buys at market.
   */
  readonly limitOffsetBps: number | null;
  /** A stop-limit's stop this far above the latest trade, basis points. */
  readonly stopOffsetBps: number;
  /** An entry that waits is cancelled after so many seconds; what had filled by then stays. */
  readonly timeoutS: number;
  readonly timeInForce: TimeInForce;
  /** A limit entry of which nothing has filled is priced anew so many times before it is cancelled; absent: never. */
  readonly reprices?: number;
}

/** What one entry is sent as. */
export interface EntryTicket {
  readonly type: Order["type"];
  readonly limitPrice: Money | null;
  readonly stopPrice: Money | null;
  readonly timeInForce: TimeInForce;
  readonly extendedHours: boolean;
  readonly bracket: boolean;
  /** What a share is expected to cost: size, stop and target are reckoned from it. */
  readonly price: Money;
  /** It may rest for a while, so it is cancelled after this many ms; null for one that fills or ends at once. */
  readonly timeoutMs: number | null;
}

/** Outside the regular session only limit orders are taken: this far above the latest trade. */
const EXTENDED_LIMIT_FACTOR = 1.005;
export const TIMES_IN_FORCE: readonly TimeInForce[] = ["day", "gtc", "ioc", "fok", "opg", "cls"];
const MARKET_ORDER: EntryOrder = {
  kind: "market",
  limitOffsetBps: null,
  stopOffsetBps: 10,
  timeoutS: 300,
  timeInForce: "day",
};

const DEFAULT_REPRICES = 3;

/** The options of a run that say how its entries are sent. */
export const ENTRY_SPECS: readonly ParamSpec[] = [
  {
    name: "entry",
    kind: "choice",
    default: MARKET_ORDER.kind,
    choices: ["market", "limit", "stop_limit", "bracket"] satisfies readonly EntryKind[],
    description: "how entries are sent; bracket: with stop and target in the same request",
  },
  {
    name: "limit_offset_bps",
    kind: "number",
    default: "none",
    min: -500,
    max: 500,
    description:
      "limit against the latest trade in basis points: -10 waits 0.10% below, 10 pays up to 0.10% above; of stop_limit: above its stop",
  },
  {
    name: "stop_offset_bps",
    kind: "number",
    default: MARKET_ORDER.stopOffsetBps,
    above: 0,
    max: 500,
    description: "stop_limit: the stop this far above the latest trade, in basis points",
  },
  {
    name: "entry_timeout_s",
    kind: "integer",
    default: MARKET_ORDER.timeoutS,
    min: 5,
    max: 86_400,
    description: "an entry that waits is cancelled after so many seconds; what has filled stays",
  },
  {
    name: "entry_on_timeout",
    kind: "choice",
    default: "cancel",
    choices: ["cancel", "reprice"],
    description: "what then becomes of a limit entry of which nothing has filled",
  },
  {
    name: "max_reprices",
    kind: "integer",
    default: DEFAULT_REPRICES,
    min: 1,
    max: 20,
    description: "how often it is priced anew before it is cancelled",
  },
  {
    name: "tif",
    kind: "choice",
    default: MARKET_ORDER.timeInForce,
    choices: TIMES_IN_FORCE,
    description: "time in force of entries; a bracket is always gtc, or its stop would end with the day",
  },
];

/** The entry order that these parameters mean; undefined when it is the plain market order. */
export function entryOrderOf(params: Params): EntryOrder | undefined {
  const kind = ENTRY_KINDS.find((each) => each === params["entry"]) ?? MARKET_ORDER.kind;
  const limitOffset = params["limit_offset_bps"];
  const order: EntryOrder = {
    kind,
    limitOffsetBps: typeof limitOffset === "number" ? limitOffset : null,
    stopOffsetBps: numberParam(params, "stop_offset_bps"),
    timeoutS: numberParam(params, "entry_timeout_s"),
    timeInForce: TIMES_IN_FORCE.find((each) => each === params["tif"]) ?? MARKET_ORDER.timeInForce,
    ...(params["entry_on_timeout"] === "reprice" ? { reprices: numberParam(params, "max_reprices") } : {}),
  };
  return SAME.every((name) => order[name] === MARKET_ORDER[name]) ? undefined : order;
}

const ENTRY_KINDS: readonly EntryKind[] = ["market", "limit", "stop_limit", "bracket"];
const SAME: readonly (keyof EntryOrder)[] = [
  "kind",
  "limitOffsetBps",
  "stopOffsetBps",
  "timeoutS",
  "timeInForce",
  "reprices",
];

/** The parameters that `entryOrderOf` reads back. */
export function entryParams(order: EntryOrder = MARKET_ORDER): Params {
  return {
    entry: order.kind,
    limit_offset_bps: order.limitOffsetBps ?? "none",
    stop_offset_bps: order.stopOffsetBps,
    entry_timeout_s: order.timeoutS,
    tif: order.timeInForce,
    entry_on_timeout: order.reprices === undefined ? "cancel" : "reprice",
    max_reprices: order.reprices ?? DEFAULT_REPRICES,
  };
}

/** Everything that contradicts itself or that Alpaca does not take ("Orders at Alpaca", time in force), one sentence each. */
export function entryFaults(
  order: EntryOrder = MARKET_ORDER,
  { extendedHours, protection }: { readonly extendedHours: boolean; readonly protection: string },
): readonly string[] {
  const { kind, limitOffsetBps, timeInForce: tif } = order;
  const faults: string[] = [];
  if (tif === "opg")
    faults.push(
      "tif=opg: orders for the opening auction are taken from 19:00 to 9:28 New York only, when no bar is decided",
    );
  if (kind === "market" && limitOffsetBps !== null)
    faults.push(`limit_offset_bps=${limitOffsetBps}: a market entry has no limit; entry=limit has one`);
  if (kind === "stop_limit" && limitOffsetBps !== null && limitOffsetBps < 0)
    faults.push(
      `limit_offset_bps=${limitOffsetBps}: with entry=stop_limit the limit lies at or above the stop`,
    );
  if ((kind === "stop_limit" || kind === "bracket") && !isLasting(tif))
    faults.push(`tif=${tif}: entry=${kind} takes day or gtc`);
  if (order.reprices !== undefined && (kind !== "limit" || !isLasting(tif)))
    faults.push("entry_on_timeout=reprice: only an entry=limit that waits (tif=day or gtc) is priced anew");
  if (kind === "bracket" && protection === "engine")
    faults.push("entry=bracket: the broker holds the stop of a bracket, so protection=engine contradicts it");
  if (extendedHours && kind !== "market" && kind !== "limit")
    faults.push(
      `entry=${kind}: outside the regular session only limit orders are taken; extended_hours=false`,
    );
  if (extendedHours && tif !== "day")
    faults.push(`tif=${tif}: outside the regular session orders are for the day; tif=day`);
  return faults;
}

function isLasting(tif: TimeInForce): boolean {
  return tif === "day" || tif === "gtc";
}

/**
 * What to send for an entry at this latest trade. Limits are rounded down to the tick (never pay more than was meant), stops
 * up. `extended`: the market is outside its regular session, where everything is a limit order for the day.
 */
export function entryTicket(order: EntryOrder = MARKET_ORDER, latest: Money, extended: boolean): EntryTicket {
  const { kind, limitOffsetBps, timeInForce, timeoutS } = order;
  const rests = isLasting(timeInForce) ? timeoutS * 1000 : null;
  const none = { limitPrice: null, stopPrice: null, bracket: false, extendedHours: extended } as const;
  if (extended && kind !== "limit") {
    const limitPrice = roundUpToTick(latest.times(EXTENDED_LIMIT_FACTOR));
    return { ...none, type: "limit", limitPrice, timeInForce: "day", price: latest, timeoutMs: rests };
  }
  const bracket = kind === "bracket";
  if (kind === "limit" || (bracket && limitOffsetBps !== null)) {
    const limitPrice = roundDownToTick(offset(latest, limitOffsetBps ?? 0));
    return {
      ...none,
      type: "limit",
      limitPrice,
      bracket,
      timeInForce: bracket ? "gtc" : timeInForce,
      price: limitPrice.lt(latest) ? limitPrice : latest,
      timeoutMs: rests,
    };
  }
  if (kind === "stop_limit") {
    const stopPrice = roundUpToTick(offset(latest, order.stopOffsetBps));
    const limitPrice = roundUpToTick(offset(stopPrice, limitOffsetBps ?? 0));
    return {
      ...none,
      type: "stop_limit",
      stopPrice,
      limitPrice,
      timeInForce,
      price: stopPrice,
      timeoutMs: rests,
    };
  }
  return {
    ...none,
    type: "market",
    bracket,
    timeInForce: bracket ? "gtc" : timeInForce,
    price: latest,
    timeoutMs: null,
  };
}

function offset(price: Money, bps: number): Money {
  return price.times(money(10_000).plus(bps)).div(10_000);
}
