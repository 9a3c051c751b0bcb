import { clientOrderId, type ClientOrderId, type Purpose, type RunId } from "./order.ts";

/** Every order of ours begins so: reconciliation knows by it what is ours. */
export const ORDER_PREFIX = "af-";

const LETTER: Readonly<Record<Purpose, string>> = { entry: "e", exit: "x", stop: "s", target: "t" };
const MAX_LENGTH = 48;

/**
 * Deterministic id of one intent: run, symbol, bar, purpose, attempt, e.g. `af-k7q2-AAPL-sn3k40-e1`. Whoever wants the
 * same thing makes the same id, and the broker refuses the second. At most 48 characters.
 */
export function entryOrderId(runId: RunId, symbol: string, barTime: number): ClientOrderId {
  return orderId(`${ORDER_PREFIX}${runId}-${symbol}-${(barTime / 60_000).toString(36)}`, "entry", 1);
}

/** Id of an order by hand: made of the delivery of the press that confirmed it, e.g. `af-h-1x8k0vd0c2f4w-AAPL-e1`. */
export function manualOrderId(delivery: string, symbol: string): ClientOrderId {
  return orderId(`${ORDER_PREFIX}h-${fnv1a64(delivery).toString(36)}-${symbol}`, "entry", 1);
}

/** 64-bit FNV-1a over UTF-16 code units: deliveries are too long for an id, and the same one must make the same. */
function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const unit of Array.from(text, (character) => character.codePointAt(0) ?? 0))
    hash = BigInt.asUintN(64, (hash ^ BigInt(unit)) * 0x100000001b3n);
  return hash;
}

/** Orders that follow an entry share its stem: a position's whole story sorts together. */
export function followingOrderId(
  entryId: string,
  purpose: Exclude<Purpose, "entry">,
  attempt: number,
): ClientOrderId {
  return orderId(entryId.replace(/-e\d+$/, ""), purpose, attempt);
}

/** Ids for orders that have no bar: by hand, adopted, kill. `stem` is what makes a repeat the same. */
export function orderId(stem: string, purpose: Purpose, attempt: number): ClientOrderId {
  const text = `${stem}-${LETTER[purpose]}${attempt}`;
  if (text.length > MAX_LENGTH) throw new RangeError(`client order id ${text} is longer than ${MAX_LENGTH}`);
  return clientOrderId(text);
}

/** What an id of ours says; undefined for anybody else's. */
export function parseOrderId(text: string): { stem: string; purpose: Purpose; attempt: number } | undefined {
  const match = /^(af-.+)-([exst])(\d+)$/.exec(text);
  if (match === null) return undefined;
  const [, stem, letter, attempt] = match;
  const purpose = (["entry", "exit", "stop", "target"] as const).find((each) => LETTER[each] === letter);
  if (stem === undefined || purpose === undefined) return undefined;
  return { stem, purpose, attempt: Number(attempt) };
}

const DIRECT = `${ORDER_PREFIX}direct-`;

/**
 * Id of a sale that a kill sends while the database is away, e.g. `af-direct-t6x0k1-AAPL-x1`: made of when the kill was given.
 * It sells whatever the account holds in the symbol. Run ids are shorter, so that no run has such a name.
 */
export function directOrderId(killedAtMs: number, symbol: string, attempt: number): ClientOrderId {
  return orderId(`${DIRECT}${Math.floor(killedAtMs / 1_000).toString(36)}-${symbol}`, "exit", attempt);
}

export function isDirectOrderId(text: string): boolean {
  return text.startsWith(DIRECT);
}

/** When the kill was given that such an id tells of, to the second, epoch ms; undefined for every other id. */
export function directKillTime(text: string): number | undefined {
  const [, seconds] = /^([0-9a-z]+)-/.exec(isDirectOrderId(text) ? text.slice(DIRECT.length) : "") ?? [];
  return seconds === undefined ? undefined : Number.parseInt(seconds, 36) * 1_000;
}
