import { streaming } from "@alpacahq/alpaca-trade-api";
import { money } from "../../core/money.ts";
import type { BrokerListener, Log, Subscription } from "../../ports.ts";
import { describe } from "./failure.ts";
import { brokerOrder } from "./map.ts";

/** After the library gave up for good (refused keys) a new connection is tried this often. */
const REVIVE_MS = 30_000;
/** The library waits without end for the answer to a handshake or a log-in: a connection without its subscription by then is made anew. */
const SUBSCRIBED_WITHIN_MS = 20_000;

/**
 * The account's trade updates. The library reconnects without end; this supervises it: `onConnected` comes only once the
 * server has confirmed the subscription, and a connection that was given up for good, or that hangs before that, is made anew.
 */
export function subscribeTradeUpdates(
  options: {
    readonly keyId: string;
    readonly secretKey: string;
    readonly url: string;
    readonly subscribedWithinMs?: number;
  },
  listener: BrokerListener,
  log: Log,
): Subscription {
  let closed = false;
  let revive: NodeJS.Timeout | undefined;
  let watchdog: NodeJS.Timeout | undefined;
  let generation = 0;
  let stream = open();

  function reopen(): void {
    // What is replaced says no more: its end is not the end of its heir.
    generation += 1;
    stream.disconnect();
    stream = open();
  }

  function expectSubscription(): void {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => {
      log.warn({}, "the trade updates connection was not answered: it is made anew");
      reopen();
    }, options.subscribedWithinMs ?? SUBSCRIBED_WITHIN_MS);
  }

  function open(): streaming.TradingStream {
    const mine = generation;
    const current = (): boolean => !closed && mine === generation;
    clearTimeout(revive);
    expectSubscription();
    const next = new streaming.TradingStream({
      credentials: { keyId: options.keyId, secret: options.secretKey },
      url: options.url,
      maxReconnectAttempts: -1,
      initialReconnectMs: 250,
      maxReconnectMs: 10_000,
      pingIntervalMs: 10_000,
      pongWaitMs: 5_000,
    });
    next.onTradeUpdate((update) => {
      // An exception in a listener vanishes inside the library, and with it the update.
      try {
        listener.onUpdate(tradeUpdate(update));
      } catch (error) {
        log.error({ error }, "a trade update could not be read; reconciling will find what it said");
        listener.onDisconnected("unreadable update");
        listener.onConnected();
      }
    });
    next.on(streaming.EVENT.SUBSCRIPTION, () => {
      if (!current()) return;
      clearTimeout(watchdog);
      listener.onConnected();
    });
    next.onDisconnect(() => {
      if (!current()) return;
      expectSubscription();
      listener.onDisconnected("connection closed");
    });
    next.onError((message) => {
      log.warn({ reason: message }, "trade updates stream");
      if (current() && /auth failed/i.test(message)) {
        listener.onDisconnected("the keys were refused");
        clearTimeout(watchdog);
        clearTimeout(revive);
        revive = setTimeout(reopen, REVIVE_MS);
      }
    });
    next.subscribeTradeUpdates();
    try {
      next.connect();
    } catch (error) {
      log.error({ reason: describe(error) }, "the trade updates stream could not be opened");
    }
    return next;
  }

  return {
    close() {
      closed = true;
      clearTimeout(revive);
      clearTimeout(watchdog);
      stream.disconnect();
      return Promise.resolve();
    },
  };
}

function tradeUpdate(update: streaming.TradeUpdate): Parameters<BrokerListener["onUpdate"]>[0] {
  const report = brokerOrder(update.order);
  const filled = update.event === "fill" || update.event === "partial_fill";
  const { executionId, price, qty } = update;
  if (!filled || executionId === undefined || price === undefined || qty === undefined) return { report };
  return {
    report,
    execution: {
      executionId,
      price: money(price),
      quantity: money(qty),
      atMs: update.timestamp?.getTime() ?? report.updatedAt,
    },
  };
}
