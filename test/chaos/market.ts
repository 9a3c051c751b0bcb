import type { AlpacaServer } from "../support/alpaca-server.ts";
import type { Plan } from "./plan.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** So long is a market minute here, wall ms. */
const STEP_MS = 1_200;
const PRICES_A_BAR = 4;
const HISTORY_BARS = 60;

/** Moves the stand-in's clock, prices and bars: a market minute in a good second. */
export interface Market {
  /** Wall-clock time at which the bar that starts at this market time was closed. */
  closedAt(barTime: number): number | undefined;
  start(): void;
  /** Prices and bars stand still; the market stays open. */
  freeze(): void;
}

/** The stand-in's day: the next weekday, 10:30 in New York or nearly so, always ahead of the wall clock. */
function tradingMinute(nowMs: number): number {
  let day = Math.floor(nowMs / DAY_MS) + 1;
  while ([0, 6].includes(new Date(day * DAY_MS).getUTCDay())) day += 1;
  return day * DAY_MS + 15.5 * 60 * MINUTE_MS;
}

export function createMarket(
  alpaca: AlpacaServer,
  { symbols, moves: [down, up], rng }: Pick<Plan, "symbols" | "moves" | "rng">,
): Market {
  let minute = tradingMinute(Date.now());
  const prices = new Map(symbols.map((symbol) => [symbol, rng.between(40, 400)]));
  const closedAt = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;
  let step = 0;
  let forming = new Map<string, number[]>();

  function move(symbol: string): number {
    const before = prices.get(symbol) ?? 100;
    const after = Math.max(5, before * (1 + rng.between(down, up)));
    const price = Math.round(after * 100) / 100;
    prices.set(symbol, price);
    return price;
  }

  function close(): void {
    for (const [symbol, path] of forming) {
      const [o = 100] = path;
      const c = path.at(-1) ?? o;
      const bar = { t: minute, o, h: Math.max(...path), l: Math.min(...path), c, v: 1000 };
      alpaca.addBar(symbol, "1Min", bar);
    }
    closedAt.set(minute, Date.now());
    minute += MINUTE_MS;
    forming = new Map();
    alpaca.setClock(minute);
  }

  function beat(): void {
    for (const symbol of symbols) {
      const price = move(symbol);
      forming.set(symbol, [...(forming.get(symbol) ?? []), price]);
      alpaca.setPrice(symbol, price);
    }
    step += 1;
    if (step % PRICES_A_BAR === 0) close();
  }

  minute -= HISTORY_BARS * MINUTE_MS;
  alpaca.setClock(minute);
  for (let index = 0; index < HISTORY_BARS * PRICES_A_BAR; index += 1) beat();

  return {
    closedAt: (barTime) => closedAt.get(barTime),
    start: () => {
      timer = setInterval(beat, STEP_MS / PRICES_A_BAR);
    },
    freeze: () => clearInterval(timer),
  };
}
