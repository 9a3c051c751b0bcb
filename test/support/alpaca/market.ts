import { createHash } from "node:crypto";
import { Decimal } from "decimal.js";
import { TradingCalendar } from "./calendar.ts";
import type { WorldClock } from "./clock.ts";
import type { Asset, BarInput } from "./types.ts";

/** A bar as the data API writes it. */
export interface WireBar {
  readonly t: string;
  readonly o: number;
  readonly h: number;
  readonly l: number;
  readonly c: number;
  readonly v: number;
  readonly n: number;
  readonly vw: number;
}

export interface LastTrade {
  readonly price: Decimal;
  readonly id: number;
  readonly at: string;
}

const knownSymbols = ["AAPL", "AMD", "AMZN", "GOOGL", "META", "MSFT", "NVDA", "QQQ", "SPY", "TSLA"];

/** The same symbol has the same id in every run. */
function idOf(symbol: string): string {
  const hex = createHash("sha256").update(symbol).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Prices, bars, assets and opening hours. */
export class Market {
  readonly calendar = new TradingCalendar();
  readonly #clock: WorldClock;
  readonly #assets = new Map<string, Asset>();
  readonly #trades = new Map<string, LastTrade>();
  readonly #lastDay = new Map<string, Decimal>();
  readonly #bars = new Map<string, WireBar[]>();
  #open: boolean | "calendar" = true;
  #tradeId = 1000;

  constructor(clock: WorldClock) {
    this.#clock = clock;
    for (const symbol of knownSymbols) this.setAsset(symbol, {});
  }

  setOpen(open: boolean | "calendar"): void {
    this.#open = open;
  }

  isOpen(): boolean {
    return this.#open === "calendar" ? this.calendar.isOpenAt(this.#clock.nowMs()) : this.#open;
  }

  setAsset(symbol: string, changes: Partial<Omit<Asset, "id" | "symbol">>): void {
    const before = this.#assets.get(symbol);
    this.#assets.set(symbol, {
      id: idOf(symbol),
      symbol,
      name: `${symbol} Common Stock`,
      exchange: "NASDAQ",
      status: "active",
      tradable: true,
      marginable: true,
      shortable: true,
      easy_to_borrow: true,
      fractionable: true,
      class: "us_equity",
      ...before,
      ...changes,
    });
  }

  asset(symbolOrId: string): Asset | undefined {
    return (
      this.#assets.get(symbolOrId) ?? [...this.#assets.values()].find((asset) => asset.id === symbolOrId)
    );
  }

  /** Crypto is traded day and night. */
  tradesNow(symbol: string): boolean {
    return this.isOpen() || this.#assets.get(symbol)?.class === "crypto";
  }

  assets(): Asset[] {
    return [...this.#assets.values()];
  }

  /** The close of the day before, which a position's change_today is measured against. */
  setLastDayPrice(symbol: string, price: string | number): void {
    this.#lastDay.set(symbol, new Decimal(price));
  }

  lastDayPrice(symbol: string): Decimal | undefined {
    return this.#lastDay.get(symbol) ?? this.price(symbol);
  }

  trade(symbol: string, price: string | number): LastTrade {
    if (!this.#assets.has(symbol)) this.setAsset(symbol, {});
    this.#tradeId += 1;
    const trade = { price: new Decimal(price), id: this.#tradeId, at: this.#clock.stamp() };
    this.#trades.set(symbol, trade);
    return trade;
  }

  lastTrade(symbol: string): LastTrade | undefined {
    return this.#trades.get(symbol);
  }

  price(symbol: string): Decimal | undefined {
    return this.#trades.get(symbol)?.price;
  }

  setBars(symbol: string, timeframe: string, bars: readonly BarInput[]): void {
    if (!this.#assets.has(symbol)) this.setAsset(symbol, {});
    const sorted = bars.map((bar) => wireBar(bar)).sort((a, b) => Date.parse(a.t) - Date.parse(b.t));
    this.#bars.set(`${symbol} ${timeframe}`, sorted);
  }

  /** Adds a bar, or replaces the one that starts at the same time (Alpaca corrects bars after late trades). */
  addBar(symbol: string, timeframe: string, bar: BarInput): WireBar {
    const added = wireBar(bar);
    const others = this.#stored(symbol, timeframe).filter((each) => each.t !== added.t);
    this.setBars(symbol, timeframe, [...others, added]);
    return added;
  }

  #stored(symbol: string, timeframe: string): readonly WireBar[] {
    return this.#bars.get(`${symbol} ${timeframe}`) ?? [];
  }

  /**
   * The bars one could ask for now. A minute's bar exists only when the minute is over; a longer bar is served while
   * it still forms, as Alpaca does: the trap for a client that takes the newest bar for a closed one.
   */
  bars(symbol: string, timeframe: string): readonly WireBar[] {
    const nowMs = this.#clock.nowMs();
    const completeMs = timeframe === "1Min" ? 60_000 : 0;
    return this.#stored(symbol, timeframe).filter((bar) => Date.parse(bar.t) + completeMs <= nowMs);
  }
}

function wireBar(bar: BarInput): WireBar {
  return {
    t: `${new Date(bar.t).toISOString().slice(0, 19)}Z`,
    o: bar.o,
    h: bar.h,
    l: bar.l,
    c: bar.c,
    v: bar.v,
    n: bar.n ?? Math.max(1, Math.round(bar.v / 100)),
    vw: bar.vw ?? Math.round(((bar.h + bar.l + bar.c) / 3) * 1e6) / 1e6,
  };
}
