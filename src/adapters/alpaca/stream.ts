import { streaming } from "@alpacahq/alpaca-trade-api";
import { money } from "../../core/money.ts";
import type { BrokerListener, Log, Subscription } from "../../ports.ts";
import { describe } from "./failure.ts";
import { brokerOrder } from "./map.ts";

/** After the library gave up for good (refused keys) a new connection is tried this often. */
const REVIVE_MS = 30_000;

/**
 * The account's trade updates. The library reconnects without end; this supervises it: `onConnected` comes only once the
 * server has confirmed the subscription, and a connection that was given up for good is made anew.
 */
export function subscribeTradeUpdates(
  options: { readonly keyId: string; readonly secretKey: string; readonly url: string },
  listener: BrokerListener,
  log: Log,
): Subscription {
  let closed = false;
  let revive: NodeJS.Timeout | undefined;
  let stream = open();

  function open(): streaming.TradingStream {
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
    next.on(streaming.EVENT.SUBSCRIPTION, () => listener.onConnected());
    next.onDisconnect(() => {
      if (!closed) listener.onDisconnected("connection closed");
    });
    next.onError((message) => {
      log.warn({ reason: message }, "trade updates stream");
      if (!closed && /auth failed/i.test(message)) {
        listener.onDisconnected("the keys were refused");
        clearTimeout(revive);
        revive = setTimeout(() => {
          next.disconnect();
          stream = open();
        }, REVIVE_MS);
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
