import { isLive } from "../core/order.ts";
import type { Engine } from "./context.ts";
import { requestCancel } from "./request-cancel.ts";

/** How long a resting stop may take to be confirmed as cancelled before the entry is given up. */
const CONFIRM_MS = 5_000;
const LOOK_MS = 50;

/**
 * The broker refuses a buy while a sell stop of ours rests in the same symbol. The symbol is handed over: from here on the
 * engine watches its stops, the resting ones are cancelled and confirmed, `work` enters, and whatever came of it, both
 * positions are armed again at once. Nothing here has to survive a crash: a restart finds positions without a resting stop
 * and arms them. Returns false when a stop could not be freed in time. Must not be called inside the symbol's serial: the
 * confirmations come through it.
 */
export async function withSymbolFree(
  engine: Engine,
  symbol: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const positions = (await engine.ledger.openPositions(engine.accountId)).filter(
    (each) => each.symbol === symbol,
  );
  if (positions.length === 0) {
    await work();
    return true;
  }
  engine.state.handedOver.add(symbol);
  try {
    await engine.serial.run(symbol, () => cancelStops(engine, symbol));
    const deadline = performance.now() + CONFIRM_MS;
    while ((await restingStops(engine, symbol)).length > 0) {
      if (performance.now() > deadline || engine.state.stopping) {
        engine.log.warn({ symbol }, "a resting stop was not freed in time: no entry, the stop is put back");
        return false;
      }
      await engine.clock.sleep(LOOK_MS);
      // A stop that was being moved when it was to be cancelled lives on under a new id.
      await engine.serial.run(symbol, () => cancelStops(engine, symbol));
    }
    await work();
    return true;
  } finally {
    engine.state.handedOver.delete(symbol);
    for (const position of positions) engine.tendSoon(position.id);
  }
}

async function restingStops(engine: Engine, symbol: string): ReturnType<Engine["ledger"]["liveOrders"]> {
  return (await engine.ledger.liveOrders(engine.accountId)).filter(
    (order) => order.symbol === symbol && order.side === "sell" && order.purpose !== "exit" && isLive(order),
  );
}

async function cancelStops(engine: Engine, symbol: string): Promise<void> {
  for (const order of await restingStops(engine, symbol)) await requestCancel(engine, order, "stop");
}
