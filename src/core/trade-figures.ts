import type { Money } from "./money.ts";
import type { Position, Trade } from "./position.ts";

/** What a round trip was like, beside its P&L. Dollars are USD; R is units of the initial risk; bps are 1/100 of a percent. */
export interface TradeFigures {
  /** First fill to last, ms. */
  readonly holdingMs: number;
  /** (average entry − first stop) × shares; null without a stop below the entry. */
  readonly initialRisk: Money | null;
  /** P&L ÷ initial risk. */
  readonly rMultiple: number | null;
  /** Maximum adverse excursion: (lowest price seen while open − average entry) × shares, 0 or negative. */
  readonly mae: Money | null;
  readonly maeR: number | null;
  /** Maximum favourable excursion: (highest price seen while open − average entry) × shares, 0 or positive. */
  readonly mfe: Money | null;
  readonly mfeR: number | null;
  readonly entrySlippage: Slippage | null;
  readonly exitSlippage: Slippage | null;
}

/** Fills against the prices decided on; positive is what it cost: bought dearer, or sold cheaper. */
export interface Slippage {
  /** Average price decided on, USD a share. */
  readonly decisionPrice: Money;
  /** USD over all shares. */
  readonly cost: Money;
  /** Cost ÷ (decision price × shares), in basis points. */
  readonly bps: number;
}

/** What the figures of a closed trade are made of. */
type FiguredTrade = Pick<
  Trade,
  | "entryPrice"
  | "quantity"
  | "exitPrice"
  | "entryTime"
  | "exitTime"
  | "initialStop"
  | "pnl"
  | "lowWater"
  | "highWater"
  | "entryDecided"
  | "exitDecided"
>;

/** The figures of a closed trade; null stands for what was not recorded or is not defined. */
export function tradeFigures(trade: FiguredTrade): TradeFigures {
  const { entryPrice, quantity, exitPrice } = trade;
  const risk = initialRisk(trade, quantity);
  const inR = (amount: Money | null): number | null =>
    amount === null || risk === null ? null : amount.div(risk).toNumber();
  const excursion = (price: Money | null): Money | null =>
    price === null ? null : price.minus(entryPrice).times(quantity);
  const mae = excursion(trade.lowWater);
  const mfe = excursion(trade.highWater);
  const paid = entryPrice.times(quantity);
  const taken = exitPrice.times(quantity);
  return {
    holdingMs: Math.max(0, trade.exitTime - trade.entryTime),
    initialRisk: risk,
    rMultiple: inR(trade.pnl),
    mae,
    maeR: inR(mae),
    mfe,
    mfeR: inR(mfe),
    entrySlippage: slippage(trade.entryDecided, quantity, (decided) => paid.minus(decided)),
    exitSlippage: slippage(trade.exitDecided, quantity, (decided) => decided.minus(taken)),
  };
}

/** What the first stop put at risk for `quantity` shares, USD; null without a stop below the entry. */
export function initialRisk(
  { entryPrice, initialStop }: Pick<Position, "entryPrice" | "initialStop">,
  quantity: Money,
): Money | null {
  // A stop of 0 is none: the whole price was at risk, and an R of it says nothing.
  const risk = initialStop.gt(0) ? entryPrice.minus(initialStop).times(quantity) : initialStop;
  return risk.gt(0) ? risk : null;
}

function slippage(
  decided: Money | null,
  quantity: Money,
  costOf: (decided: Money) => Money,
): Slippage | null {
  if (decided === null || decided.lte(0)) return null;
  const cost = costOf(decided);
  return {
    decisionPrice: decided.div(quantity),
    cost,
    bps: cost.div(decided).times(10_000).toNumber(),
  };
}
