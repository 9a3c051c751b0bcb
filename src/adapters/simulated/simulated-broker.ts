import { money } from "../../core/money.ts";
import type { BrokerOrder } from "../../core/order.ts";
import type {
  Broker,
  BrokerListener,
  Clock,
  Log,
  MarketData,
  Placement,
  Subscription,
  TradeUpdate,
} from "../../ports.ts";
import { sessionAt, sessionsBetween } from "./exchange-day.ts";
import { createMarket, type SimulatedMarket } from "./market.ts";
import { place, replaceOrder, requestCancel } from "./orders.ts";
import { openSandbox, SPEED, type Act, type Moment } from "./sandbox.ts";
import { buyingPower, equityAt, orderById, reportWithLegs, sharesHeld, type SandboxState } from "./state.ts";
import { LISTED } from "./tickers.ts";

export interface SimulatedOptions {
  /** Where the simulated account lives: cash, positions, orders, market time. Made when it does not exist. */
  readonly stateFile: string;
  /** Chooses the market; an existing account keeps the one it began with. */
  readonly seed?: number;
  readonly clock: Clock;
  /** What a new account begins with, USD; 100,000. */
  readonly cash?: number;
  readonly log: Log;
  /** The prices that orders meet, by seed; the sandbox's own unless given. */
  readonly marketOf?: (seed: number) => SimulatedMarket;
}

export interface Simulated {
  readonly broker: Broker;
  readonly market: MarketData;
  /** Saves the market time; from then on everything is refused. */
  close(): Promise<void>;
}

/** The quote stands this far on both sides of the latest trade, USD. */
const HALF_SPREAD = 0.01;
/** How often open orders meet the market while somebody listens. */
const SETTLE_EVERY_MS = 250;

/**
 * The sandbox's broker and market. A new account is written at once; an account file that cannot be used, or a seed that is not
 * the account's, throws one line. Market data and `clock()` are in market time, which runs sixty times as fast; orders and
 * executions carry wall time. An order is acknowledged when it is on disk.
 */
export function createSimulated(options: SimulatedOptions): Simulated {
  const { clock, log } = options;
  const listeners = new Set<BrokerListener>();
  let timer: NodeJS.Timeout | undefined;
  let alarm: NodeJS.Timeout | undefined;
  let complaint = "";

  const sandbox = openSandbox(
    { file: options.stateFile, seed: options.seed, cash: options.cash ?? 100_000, clock, log },
    options.marketOf ?? createMarket,
    {
      onUpdates: publish,
      onForeignChange: () => tell((listener) => listener.onConnected()),
      onSettled: setAlarm,
    },
  );
  const { market } = sandbox;

  function tell(speak: (listener: BrokerListener) => void): void {
    for (const listener of listeners) {
      try {
        speak(listener);
      } catch (error) {
        log.error({ error }, "a listener of the simulated broker threw");
      }
    }
  }

  function publish(updates: readonly TradeUpdate[]): void {
    for (const update of updates) tell((listener) => listener.onUpdate(update));
  }

  /** Fills and cancels that are due before the next regular look are not kept waiting for it. */
  function setAlarm(state: SandboxState, now: Moment): void {
    clearTimeout(alarm);
    if (listeners.size === 0) return;
    const dueMs = state.open.map((order) =>
      Math.min(order.executesAtMs ?? Infinity, order.cancelAtMs ?? Infinity),
    );
    const waitMs = (Math.min(...dueMs) - now.simMs) / SPEED;
    if (waitMs < SETTLE_EVERY_MS)
      alarm = setTimeout(() => void look(), Math.max(Math.ceil(waitMs), 1)).unref();
  }

  async function look(): Promise<void> {
    try {
      await read(() => undefined);
      complaint = "";
    } catch (error) {
      const text = messageOf(error);
      // Once, not four times a second; and what a close cuts off is no news.
      if (text !== complaint && timer !== undefined)
        log.error({ error }, "the sandbox cannot settle its orders");
      complaint = text;
    }
  }

  function read<T>(answer: (state: SandboxState, now: Moment) => T): Promise<T> {
    return sandbox.act((state, now) => ({ state, answer: answer(state, now) }));
  }

  async function submit(work: Act<Placement>): Promise<Placement> {
    try {
      return await sandbox.act(work);
    } catch (error) {
      return { kind: "unknown", reason: messageOf(error) };
    }
  }

  function subscribe(listener: BrokerListener): Subscription {
    // An object of its own, so that one listener can subscribe twice.
    const subscriber: BrokerListener = {
      onUpdate: (update) => listener.onUpdate(update),
      onConnected: () => listener.onConnected(),
      onDisconnected: (reason) => listener.onDisconnected(reason),
    };
    listeners.add(subscriber);
    timer ??= setInterval(() => void look(), SETTLE_EVERY_MS).unref();
    queueMicrotask(() => {
      if (listeners.has(subscriber)) listener.onConnected();
    });
    return {
      close: async () => {
        listeners.delete(subscriber);
        if (listeners.size === 0) stopTimers();
      },
    };
  }

  function stopTimers(): void {
    clearInterval(timer);
    clearTimeout(alarm);
    timer = undefined;
  }

  function find(matches: Parameters<typeof orderById>[1]): Promise<BrokerOrder | undefined> {
    return read((state) => {
      const order = orderById(state, matches);
      return order === undefined ? undefined : reportWithLegs(state, order);
    });
  }

  const broker: Broker = {
    name: "simulated",
    account: () =>
      read((state, { simMs }) => ({
        accountNumber: state.accountNumber,
        equity: equityAt(state, (symbol) => market.price(symbol, simMs)),
        lastEquity: state.lastEquity,
        cash: state.cash,
        buyingPower: buyingPower(state),
        tradingBlocked: false,
      })),
    clock: () =>
      read((_, { simMs }) => {
        const { closeMs } = sessionAt(simMs);
        return { nowMs: simMs, isOpen: true, nextOpenMs: closeMs, nextCloseMs: closeMs, pace: SPEED };
      }),
    calendar: async (fromDay, toDay) => sessionsBetween(fromDay, toDay),
    asset: async (symbol) =>
      LISTED.has(symbol) ? { symbol, tradable: true, fractionable: true } : undefined,
    waitMs: () => 0,
    place: (request) =>
      submit((state, now) => place(state, request, now, (symbol) => market.price(symbol, now.simMs))),
    replace: (request) =>
      submit((state, now) => replaceOrder(state, request, now, (symbol) => market.price(symbol, now.simMs))),
    orderByClientId: (clientOrderId) => find((order) => order.clientOrderId === clientOrderId),
    orderByBrokerId: (brokerOrderId) => find((order) => order.brokerOrderId === brokerOrderId),
    openOrders: () => read((state) => state.open.map((order) => reportWithLegs(state, order))),
    closedOrders: (sinceMs) =>
      read((state) =>
        state.closed
          .filter((order) => order.updatedAt >= sinceMs)
          .map((order) => reportWithLegs(state, order)),
      ),
    positions: () =>
      read((state, { simMs }) =>
        state.positions.map((held) => {
          const currentPrice = money(market.price(held.symbol, simMs));
          return {
            ...held,
            kind: "share",
            available: held.quantity.minus(sharesHeld(state, held.symbol)),
            currentPrice,
            value: held.quantity.abs().times(currentPrice),
          };
        }),
      ),
    cancel: (brokerOrderId) => sandbox.act((state, now) => requestCancel(state, brokerOrderId, now)),
    subscribe,
  };

  const marketData: MarketData = {
    bars: (timeframe, symbols, startMs, endMs) =>
      read((_, { simMs }) => {
        const listed = symbols.filter((symbol) => LISTED.has(symbol));
        return new Map(
          listed.map((symbol) => [symbol, market.bars(symbol, timeframe, startMs, endMs, simMs)]),
        );
      }),
    latestPrices: (symbols) =>
      read((_, { simMs }) => {
        const atMs = Math.floor(simMs / 1_000) * 1_000;
        const listed = symbols.filter((symbol) => LISTED.has(symbol));
        return new Map(listed.map((symbol) => [symbol, { price: market.price(symbol, atMs), atMs }]));
      }),
    latestQuotes: (symbols) =>
      read((_, { simMs }) => {
        const listed = symbols.filter((symbol) => LISTED.has(symbol));
        return new Map(
          listed.map((symbol) => {
            const price = market.price(symbol, Math.floor(simMs / 1_000) * 1_000);
            return [symbol, { bid: price - HALF_SPREAD, ask: price + HALF_SPREAD }];
          }),
        );
      }),
  };

  async function close(): Promise<void> {
    stopTimers();
    listeners.clear();
    await sandbox.close();
  }

  return { broker, market: marketData, close };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
