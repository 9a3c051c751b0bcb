import { BUY, SELL, type SignalCode } from "./signal.ts";
import type { ExitRules } from "./exits/rules.ts";
import { targetPrice } from "./exits/target.ts";
import type { EntryIntent, GateCheck, GateFigures, Gate, RefusalCode } from "./risk/contract.ts";
import { checkGates, refusalAmong } from "./risk/check.ts";
import { sizeEntry, type Sized, type SizeLimits, type Sizing } from "./size/index.ts";
import type { TradeRecord } from "./size/trade-record.ts";

/** How a run sizes and protects its entries. */
export interface EntryRules {
  readonly sizing: Sizing;
  readonly limits: SizeLimits;
  /** Bars of the run's timeframe in a regular session. */
  readonly barsPerSession: number;
  /** Stop distance in ATRs; 0 is no stop (backtests only). */
  readonly stopAtr: number;
  /** Where the target comes from; what else they say the position carries as its plan. */
  readonly exits: ExitRules;
  /** Live there is no entry without a stop; a backtest enters without one while ATR does not exist yet. */
  readonly stopRequired: boolean;
  /** Rounds a stop or target to what the venue takes; the identity in a backtest without --tick. */
  readonly roundStop: (price: number) => number;
}

/** Everything one decision sees. Prices and equity in USD. */
export interface DecisionInput {
  readonly symbol: string;
  readonly signal: SignalCode;
  /** Long already, or an entry is on its way. */
  readonly long: boolean;
  /** The decision price: close of the signal bar in a backtest, the latest trade live. */
  readonly price: number;
  /** ATR(14) at the signal bar; undefined until it exists. */
  readonly atr: number | undefined;
  readonly rules: EntryRules;
  /** Equity that sizes the position. */
  readonly equity: number;
  /** The run's own closed trades. */
  readonly record: TradeRecord;
  /** What the signal filter says; absent where there is none, and live, where the pre-trade check tells it. */
  readonly filter?: GateCheck | undefined;
  readonly gates: readonly Gate[];
  readonly figures: GateFigures | undefined;
}

export type Decision =
  | { readonly kind: "hold" }
  | { readonly kind: "exit"; readonly reason: "signal" }
  | {
      readonly kind: "refused";
      readonly code: RefusalCode;
      readonly text: string;
      readonly checks: readonly GateCheck[];
    }
  | {
      readonly kind: "enter";
      readonly intent: EntryIntent;
      readonly size: Sized;
      readonly stop: number | undefined;
      readonly target: number | undefined;
      readonly checks: readonly GateCheck[];
    };

const NO_CHECKS: readonly GateCheck[] = [];
const HOLD_DECISION: Decision = { kind: "hold" };
const EXIT_DECISION: Decision = { kind: "exit", reason: "signal" };

/** Stop for an entry at `price`: price − k × ATR, rounded for the venue; undefined when there is none or it is not positive. */
function stopFor(price: number, atr: number | undefined, rules: EntryRules): number | undefined {
  if (rules.stopAtr === 0 || atr === undefined) return undefined;
  const stop = rules.roundStop(price - rules.stopAtr * atr);
  // Live a stop at the price itself would sell at once: no room means no entry. A backtest follows the definition to the letter.
  if (rules.stopRequired && stop >= price) return undefined;
  return stop > 0 ? stop : undefined;
}

/** Signal → size → stop → gates → what to do. Pure: the live tick and the backtest both call exactly this. */
export function decide(input: DecisionInput): Decision {
  if (input.signal === SELL) return input.long ? EXIT_DECISION : HOLD_DECISION;
  if (input.signal !== BUY || input.long) return HOLD_DECISION;
  const { price, rules } = input;
  const stop = stopFor(price, input.atr, rules);
  const { equity, atr, record } = input;
  const basis = { equity, price, stop, atr, barsPerSession: rules.barsPerSession, record };
  const size = sizeEntry(rules.sizing, basis, rules.limits);
  if (size.kind === "none") return refused(size.code, `no trade, ${size.text}`);
  const { shares } = size;
  if (stop === undefined && rules.stopRequired)
    return refused("NO_STOP", `no trade: no stop can be set at ${price} (ATR(14) ${atr ?? "not yet known"})`);
  const aimed = targetPrice(rules.exits, price, stop);
  const target = aimed === undefined ? undefined : rules.roundStop(aimed);
  const intent: EntryIntent = { symbol: input.symbol, shares, price, stop: stop ?? 0 };
  const { figures, filter } = input;
  const gated =
    figures === undefined
      ? NO_CHECKS
      : checkGates(input.gates, { ...intent, runId: null, strategyId: "", orderPrice: price }, figures);
  const checks = filter === undefined ? gated : [filter, ...gated];
  const refusal = checks.length === 0 ? undefined : refusalAmong(checks);
  if (refusal !== undefined) return refused(refusal.code, refusal.text, checks);
  return { kind: "enter", intent, size, stop, target, checks };
}

function refused(code: RefusalCode, text: string, checks: readonly GateCheck[] = NO_CHECKS): Decision {
  return { kind: "refused", code, text, checks };
}
