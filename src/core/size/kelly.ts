import { dollars, percentText } from "../figures.ts";
import type { NoSize, SizeBasis, Wish } from "./contract.ts";
import { fixedFraction } from "./fixed-fraction.ts";
import type { TradeRecord } from "./trade-record.ts";

/** A part of what the run's own trades would have made the best stake. */
export interface Kelly {
  readonly rule: "kelly";
  /** Part of the shrunk Kelly stake, (0, 1]; 0.5 is half-Kelly. */
  readonly kellyFraction: number;
  /** Fraction of equity until there are enough trades, (0, 1]. */
  readonly fraction: number;
}

/** Fewer closed trades say nothing about an edge. */
export const KELLY_MIN_TRADES = 30;
/** Strength of the doubt: so many imagined trades without an edge stand beside the real ones. */
const DOUBT_TRADES = 30;

/**
 * Kelly's stake as a fraction of equity, W − (1 − W) / R with W the share of wins and R the average win over the average
 * loss (Kelly 1956 for a bet that is lost whole, so it is careful for a position that has a stop). Shrunk towards no edge:
 * DOUBT_TRADES trades at the break-even W = 1 / (1 + R) are added, which comes to × n / (n + 30). Without a loss R is
 * infinite and the stake W; without a win it is −∞. Negative where the trades lost on average.
 */
export function shrunkKelly({ wins, losses, wonPct, lostPct }: TradeRecord): number {
  const trades = wins + losses;
  if (wins === 0) return Number.NEGATIVE_INFINITY;
  const share = wins / trades;
  const lossPerWin = lostPct === 0 ? 0 : lostPct / losses / (wonPct / wins);
  return (share - (1 - share) * lossPerWin) * (trades / (trades + DOUBT_TRADES));
}

export function kelly({ kellyFraction, fraction }: Kelly, basis: SizeBasis): Wish | NoSize {
  const { equity, price, record } = basis;
  const trades = record.wins + record.losses;
  if (trades < KELLY_MIN_TRADES) {
    const plain = fixedFraction({ fraction }, basis);
    return {
      ...plain,
      fallback: `kelly needs ${KELLY_MIN_TRADES} closed trades and this run has ${trades}: sized by fixed fraction`,
    };
  }
  const stake = shrunkKelly(record) * kellyFraction;
  if (stake <= 0)
    return {
      kind: "none",
      code: "NO_SIZE",
      text: `kelly finds no edge in the run's ${trades} closed trades (${recordText(record)})`,
    };
  return {
    kind: "wish",
    shares: (stake * equity) / price,
    explain: () =>
      `kelly × ${kellyFraction} after shrinking is ${percentText(stake * 100)} of ${dollars(equity)} equity at ${dollars(price)} (${recordText(record)})`,
  };
}

function recordText({ wins, losses, wonPct, lostPct }: TradeRecord): string {
  const won = wins === 0 ? "" : `, average win ${percentText(wonPct / wins)}`;
  const lost = losses === 0 ? "" : `, average loss ${percentText(lostPct / losses)}`;
  return `${wins} of ${wins + losses} won${won}${lost}`;
}
