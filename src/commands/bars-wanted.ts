import { barsPerSession, type Timeframe } from "../core/bar.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/risk/limits.ts";
import type { Desk, Outcome, PastBars } from "../ports.ts";
import type { Args, ArgSpec, Progress } from "./contract.ts";
import { counted } from "./format.ts";

/** Calendar days that are tested unless said: some hundreds to thousands of bars. */
const DAYS: Readonly<Record<Timeframe, number>> = {
  "1Min": 5,
  "5Min": 20,
  "15Min": 60,
  "30Min": 120,
  "1Hour": 240,
  "1Day": 1_000,
};
/** As many bars as can be fetched while somebody waits, all symbols together. */
const MOST_BARS = 1_000_000;

export const TESTED_SYMBOLS: ArgSpec = {
  name: "symbols",
  kind: "symbols",
  required: true,
  description: "symbols on one equity, e.g. AAPL,MSFT",
};

export const TESTED_DAYS: ArgSpec = {
  name: "days",
  kind: "integer",
  required: false,
  named: true,
  min: 1,
  max: 5_000,
  description: "calendar days back from now",
};

/** The days that were asked for, or what is usual for the timeframe. */
export function daysOf({ values }: Args, timeframe: Timeframe): number {
  return Number(values["days"] ?? DAYS[timeframe]);
}

/** The bars to test on, and those before them that warm up what looks at them. Refused where they are too many. */
export async function barsWanted(
  desk: Desk,
  wanted: {
    readonly symbols: readonly string[];
    readonly timeframe: Timeframe;
    readonly days: number;
    readonly warmupBars: number;
  },
  progress: (progress: Progress) => void,
  otherwise: string,
): Promise<Outcome<PastBars>> {
  const { symbols, timeframe, days } = wanted;
  const tooMany = tooManyBars(days, timeframe, symbols.length, otherwise);
  if (tooMany !== undefined) return { kind: "refused", text: tooMany };
  progress({ done: 0, note: "fetching bars" });
  return desk.pastBars(wanted);
}

/** Why so much cannot be asked for in a chat; `instead` is what can do it. */
function tooManyBars(
  days: number,
  timeframe: Timeframe,
  symbols: number,
  instead: string,
): string | undefined {
  const bars = barsIn(days, timeframe) * symbols;
  return bars > MOST_BARS
    ? `about ${bars.toLocaleString("en-US")} bars of ${timeframe} in ${counted(days, "day")}: at most ${MOST_BARS.toLocaleString("en-US")} here; fewer days, longer bars, or ${instead} on the command line`
    : undefined;
}

/** Five sessions a week. */
function barsIn(days: number, timeframe: Timeframe): number {
  return Math.ceil(((days * 5) / 7) * barsPerSession(timeframe));
}

/** The desk's own limits, which the gates are asked with. */
export async function limitsOf(desk: Desk): Promise<Limits> {
  const { limits } = await desk.risk();
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(limits.map(({ name, limit }) => [name, limit])) };
}
