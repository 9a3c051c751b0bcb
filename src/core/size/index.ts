import { dollars, percentText } from "../figures.ts";
import type { NoSize, SizeBasis, Wish } from "./contract.ts";
import { fixedFraction, type FixedFraction } from "./fixed-fraction.ts";
import { fixedRisk, type FixedRisk } from "./fixed-risk.ts";
import { kelly, KELLY_MIN_TRADES, type Kelly } from "./kelly.ts";
import { volatility, type Volatility } from "./volatility.ts";

/** A sizing rule with its numbers. To add one: a file here, and a line in this type, in SIZING_RULES and in each switch. */
export type Sizing = FixedFraction | FixedRisk | Volatility | Kelly;

export const SIZING_RULES: readonly Sizing["rule"][] = [
  "fixed_fraction",
  "fixed_risk",
  "volatility",
  "kelly",
];

/** What no rule may exceed. */
export interface SizeLimits {
  /** Most a position may cost in percent of equity; absent: no cap (backtests unless asked for). */
  readonly maxPositionPct?: number;
  /** What the account may spend, USD; absent in a backtest, which drops what it cannot pay. */
  readonly buyingPower?: number;
  /** Decimal places of a quantity: 0 is whole shares. */
  readonly decimals: number;
}

/** Decimal places of a fractional quantity: finer is worth nothing, and doubles carry it exactly enough. */
export const FRACTIONAL_DECIMALS = 6;
/** Alpaca takes no fractional order of less, USD. */
const LEAST_FRACTIONAL_USD = 1;
/** Alpaca sets up to 4 % more than the price aside for a market buy. */
const MARKET_BUY_MARGIN = 1.04;

export interface Sized {
  readonly kind: "sized";
  readonly shares: number;
  /** Shares, rule, numbers and the cap that bit, in one sentence. */
  explain(): string;
  /** The part of it that people must hear with the order: a rule that could not be followed, a cap that bit. */
  readonly notice?: string | undefined;
}

/** Shares for one entry: what the rule wants, cut to the lowest cap, rounded down. Never more than any cap allows. */
export function sizeEntry(sizing: Sizing, basis: SizeBasis, limits: SizeLimits): Sized | NoSize {
  const wish = wishOf(sizing, basis);
  if (wish.kind === "none") return wish;
  const wanted = roundDown(wish.shares, limits.decimals);
  const cap = lowestCap(basis, limits);
  const bites = cap !== undefined && cap.shares < wanted;
  const shares = bites ? cap.shares : wanted;
  const cut = bites ? `${wanted} wanted, cut to ${cap.what}` : undefined;
  if (tooSmall(shares, basis.price, limits.decimals))
    return {
      kind: "none",
      code: bites ? cap.code : "NO_SIZE",
      text: `${limits.decimals === 0 ? "no whole share" : `less than ${dollars(LEAST_FRACTIONAL_USD)} of shares`}: ${arithmetic(wish, cut)}`,
    };
  return new SizedEntry(shares, wish, cut);
}

/** A class, its sentences put together when they are read: a long backtest sizes hundreds of thousands of entries. */
class SizedEntry implements Sized {
  readonly kind = "sized";
  readonly shares: number;
  private readonly wish: Wish;
  private readonly cut: string | undefined;

  constructor(shares: number, wish: Wish, cut: string | undefined) {
    this.shares = shares;
    this.wish = wish;
    this.cut = cut;
  }

  explain(): string {
    const { shares, wish, cut } = this;
    const fallback = wish.fallback === undefined ? [] : [wish.fallback];
    return [`${shares} shares: ${arithmetic(wish, cut)}`, ...fallback].join("; ");
  }

  get notice(): string | undefined {
    const { shares, wish, cut } = this;
    const notices = [wish.fallback, cut === undefined ? undefined : `${shares} shares: ${cut}`].filter(
      (each) => each !== undefined,
    );
    return notices.length === 0 ? undefined : notices.join("; ");
  }
}

function arithmetic(wish: Wish, cut: string | undefined): string {
  return [wish.explain(), ...(cut === undefined ? [] : [cut])].join("; ");
}

function wishOf(sizing: Sizing, basis: SizeBasis): Wish | NoSize {
  switch (sizing.rule) {
    case "fixed_fraction":
      return fixedFraction(sizing, basis);
    case "fixed_risk":
      return fixedRisk(sizing, basis);
    case "volatility":
      return volatility(sizing, basis);
    case "kelly":
      return kelly(sizing, basis);
  }
}

interface Cap {
  readonly shares: number;
  readonly what: string;
  readonly code: NoSize["code"];
}

function lowestCap(basis: SizeBasis, limits: SizeLimits): Cap | undefined {
  const equity = equityCap(basis, limits);
  const power = powerCap(basis, limits);
  if (equity === undefined || power === undefined) return equity ?? power;
  return power.shares < equity.shares ? power : equity;
}

function equityCap({ equity, price }: SizeBasis, { maxPositionPct, decimals }: SizeLimits): Cap | undefined {
  if (maxPositionPct === undefined) return undefined;
  return {
    shares: mostWithin((maxPositionPct / 100) * equity, price, decimals),
    what: `max_position_pct, ${percentText(maxPositionPct)} of ${dollars(equity)}`,
    code: "NO_SIZE",
  };
}

function powerCap({ price }: SizeBasis, { buyingPower, decimals }: SizeLimits): Cap | undefined {
  if (buyingPower === undefined) return undefined;
  return {
    shares: mostWithin(buyingPower, price * MARKET_BUY_MARGIN, decimals),
    what: `the buying power, ${dollars(buyingPower)} at 4% above the price`,
    code: "BUYING_POWER",
  };
}

/** The largest quantity that costs at most `amount`: the quotient of two doubles may be rounded up past it. */
function mostWithin(amount: number, price: number, decimals: number): number {
  if (!(amount > 0)) return 0;
  const shares = roundDown(amount / price, decimals);
  return shares * price <= amount ? shares : roundDown(shares - 0.5 / 10 ** decimals, decimals);
}

function roundDown(shares: number, decimals: number): number {
  if (decimals === 0) return Math.floor(shares);
  const scale = 10 ** decimals;
  return Math.floor(shares * scale) / scale;
}

function tooSmall(shares: number, price: number, decimals: number): boolean {
  return decimals === 0 ? shares < 1 : shares * price < LEAST_FRACTIONAL_USD;
}

/** What a run was told, in a phrase: `1% of equity a position`. */
export function sizingText(sizing: Sizing): string {
  switch (sizing.rule) {
    case "fixed_fraction":
      return `${percentText(sizing.fraction * 100)} of equity a position`;
    case "fixed_risk":
      return `${percentText(sizing.riskPct)} of equity at risk between entry and stop`;
    case "volatility":
      return `a daily swing of ${percentText(sizing.targetVolPct)} of equity by ATR(14)`;
    case "kelly":
      return `kelly × ${sizing.kellyFraction} from the run's own trades, ${percentText(sizing.fraction * 100)} of equity until there are ${KELLY_MIN_TRADES}`;
  }
}
