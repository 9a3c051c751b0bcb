import type { Bar } from "../core/bar.ts";
import { barCloseMs, exchangeDay, inSession } from "../core/calendar.ts";
import type { Broker, MarketData } from "../ports.ts";

interface SessionParts {
  readonly broker: Pick<Broker, "calendar">;
  readonly market: Pick<MarketData, "bars">;
  nowMs(): number;
}

/** Closed bars of the regular session alone: what live runs decide on. */
export function sessionBars({ broker, market, ...clock }: SessionParts): Pick<MarketData, "bars"> {
  return {
    async bars(timeframe, symbols, startMs, endMs) {
      const [days, found] = await Promise.all([
        broker.calendar(exchangeDay(startMs), exchangeDay(endMs)),
        market.bars(timeframe, symbols, startMs, endMs),
      ]);
      const sessions = new Map(days.map((session) => [session.date, session]));
      const counts = (bar: Bar): boolean =>
        inSession(bar, timeframe, sessions) && barCloseMs(bar.time, timeframe, sessions) <= clock.nowMs();
      return new Map([...found].map(([symbol, bars]) => [symbol, bars.filter(counts)]));
    },
  };
}
