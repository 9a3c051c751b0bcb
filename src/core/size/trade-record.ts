/** How closed trades went: counts, and sums of their P&L in percent of what was paid. Losses are sums of positive numbers. */
export interface TradeRecord {
  readonly wins: number;
  readonly losses: number;
  readonly wonPct: number;
  readonly lostPct: number;
}

/** Only so many of a run's newest closed trades count: what it was before says little of what it is. */
export const RECORD_TRADES = 250;

export const NO_TRADES: TradeRecord = { wins: 0, losses: 0, wonPct: 0, lostPct: 0 };

/** A win is a profit above 0 (STRATEGIES.md); a trade that came out even is a loss of nothing. */
function withTrade(record: TradeRecord, pnlPercent: number): TradeRecord {
  return pnlPercent > 0
    ? { ...record, wins: record.wins + 1, wonPct: record.wonPct + pnlPercent }
    : { ...record, losses: record.losses + 1, lostPct: record.lostPct - pnlPercent };
}

export function recordOf(pnlPercents: Iterable<number>): TradeRecord {
  let record = NO_TRADES;
  for (const pnlPercent of pnlPercents) record = withTrade(record, pnlPercent);
  return record;
}
