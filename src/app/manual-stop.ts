import { checkBars } from "../core/bars.ts";
import { barCloseMs, daysForBars, inSession } from "../core/calendar.ts";
import { Atr, STOP_ATR_PERIOD } from "../core/indicators/atr.ts";
import type { Engine } from "./context.ts";
import { readClock, sessionsSince } from "./market-hours.ts";

const TIMEFRAME = "15Min";
/** Wilder averages depend on where they start. */
const HISTORY_BARS = 10 * STOP_ATR_PERIOD;
const DAY_MS = 86_400_000;

/** ATR(14) of the closed 15-minute bars of the regular session, USD: what the stop of an order by hand is set by. Undefined without enough bars. */
export async function defaultStopAtr(engine: Engine, symbol: string): Promise<number | undefined> {
  const { nowMs } = await readClock(engine);
  const fromMs = nowMs - daysForBars(HISTORY_BARS, TIMEFRAME) * DAY_MS;
  const sessions = await sessionsSince(engine, fromMs, nowMs);
  const found = (await engine.market.bars(TIMEFRAME, [symbol], fromMs, nowMs)).get(symbol) ?? [];
  const atr = new Atr();
  for (const bar of checkBars(symbol, found).sound)
    if (barCloseMs(bar.time, TIMEFRAME, sessions) <= nowMs && inSession(bar, TIMEFRAME, sessions))
      atr.step(bar.high, bar.low, bar.close);
  return Number.isNaN(atr.value) ? undefined : atr.value;
}
