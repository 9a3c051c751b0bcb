/** One bar (candle) of one symbol. Prices in dollars, volume in shares, `time` the UTC start of the bar in epoch ms. */
export interface Bar {
  readonly time: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
}

export const TIMEFRAMES = ["1Min", "5Min", "15Min", "30Min", "1Hour", "1Day"] as const;
export type Timeframe = (typeof TIMEFRAMES)[number];

const MINUTE_MS = 60_000;

/** Nominal length of one bar in ms. A 1Day bar really closes with its session: the calendar says when. */
export const TIMEFRAME_MS: Readonly<Record<Timeframe, number>> = {
  "1Min": MINUTE_MS,
  "5Min": 5 * MINUTE_MS,
  "15Min": 15 * MINUTE_MS,
  "30Min": 30 * MINUTE_MS,
  "1Hour": 60 * MINUTE_MS,
  "1Day": 24 * 60 * MINUTE_MS,
};

/** A regular session of US equities without an early close. */
const SESSION_MS = 390 * MINUTE_MS;

/** Bars in one regular session: 390 of 1Min, 26 of 15Min, 6.5 of 1Hour, 1 of 1Day. */
export function barsPerSession(timeframe: Timeframe): number {
  return timeframe === "1Day" ? 1 : SESSION_MS / TIMEFRAME_MS[timeframe];
}

export function isTimeframe(text: string): text is Timeframe {
  return (TIMEFRAMES as readonly string[]).includes(text);
}
