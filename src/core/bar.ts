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

export function isTimeframe(text: string): text is Timeframe {
  return (TIMEFRAMES as readonly string[]).includes(text);
}
