import { soon } from "./faults/contract.ts";
import { truthOf } from "./truth.ts";
import type { World } from "./world.ts";

/** So long a stop of the bot is waited for, against which an order can be refused. */
const STOP_MS = 5_000;
const RATE_WINDOW_MS = 400;
const USUAL_LIMIT = 200;
/** Longer than any fault delays an answer; one that is meant never to come is not waited for. */
const ANSWER_MS = 10_000;

/** Sends the stand-in, with a key of its own, what it must refuse. What it takes by accident is cancelled at once. */
export async function probeRefusals({ alpaca }: World): Promise<void> {
  const send = async (method: string, path: string, body?: unknown): Promise<Response> =>
    fetch(`${alpaca.tradingUrl}${path}`, {
      method,
      signal: AbortSignal.timeout(ANSWER_MS),
      headers: {
        "APCA-API-KEY-ID": alpaca.keyId,
        "APCA-API-SECRET-KEY": alpaca.secret,
        "Content-Type": "application/json",
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const post = async (order: Readonly<Record<string, string>>): Promise<void> => {
    const id = `probe-${alpaca.requests.length}`;
    const response = await send("POST", "/v2/orders", {
      client_order_id: id,
      time_in_force: "day",
      ...order,
    }).catch(() => undefined);
    if (response?.status !== 200) return;
    const taken = truthOf(alpaca).orders.find((each) => each.clientOrderId === id);
    if (taken !== undefined) await send("DELETE", `/v2/orders/${taken.id}`);
  };

  await post({ symbol: "TSLA", side: "buy", type: "limit", qty: "1", limit_price: "1.001" });
  await post({
    symbol: "TSLA",
    side: "buy",
    type: "limit",
    qty: "0.5",
    limit_price: "1",
    time_in_force: "gtc",
  });
  const { orders } = truthOf(alpaca);
  const used = orders.find((order) => order.ours);
  if (used !== undefined)
    await post({
      symbol: "TSLA",
      side: "buy",
      type: "limit",
      qty: "1",
      limit_price: "1",
      client_order_id: used.clientOrderId,
    });
  const resting = () =>
    truthOf(alpaca).orders.find((order) => order.ours && order.status === "new" && order.type === "stop");
  await soon(() => resting() !== undefined, STOP_MS);
  const stop = resting();
  if (stop !== undefined) {
    const held = truthOf(alpaca).positions.get(stop.symbol) ?? stop.qty;
    await Promise.all([
      post({ symbol: stop.symbol, side: "buy", type: "limit", qty: "1", limit_price: "1" }),
      post({ symbol: stop.symbol, side: "sell", type: "limit", qty: String(held), limit_price: "9000" }),
    ]);
  }
  alpaca.setRateLimit(1, RATE_WINDOW_MS);
  await send("GET", "/v2/clock").catch(() => undefined);
  await send("GET", "/v2/clock").catch(() => undefined);
  alpaca.setRateLimit(USUAL_LIMIT, 60_000);
}
