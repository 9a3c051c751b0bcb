import type { Fault } from "../../support/alpaca/faults.ts";
import type { World } from "../world.ts";
import { chaosFault, soon, whileSeen } from "./contract.ts";

/** How long a fault waits for its request. */
const TAKEN_MS = 8_000;
const RATE_LIMIT = 200;

/** The next `times` requests of a route go wrong. */
function http(route: string, fault: Fault, times: number): (world: World) => Promise<boolean> {
  return async ({ alpaca }) => {
    const waiting = alpaca.faults.next(route, fault, times);
    await soon(() => waiting.left() === 0, TAKEN_MS);
    const hit = waiting.left() < times;
    // Hitting later, it would disturb a bot of which everything is expected again.
    waiting.withdraw();
    return hit;
  };
}

const POST = "POST /v2/orders";
const PATCH = "PATCH /v2/orders/:id";

/** What HTTP can do to a broker's client. */
export const BROKER_FAULTS = [
  chaosFault("post-accept-then-drop", http(POST, { kind: "accept-then-drop" }, 1)),
  chaosFault("post-accept-then-hang", http(POST, { kind: "accept-then-hang" }, 1)),
  chaosFault("post-accept-then-5xx", http(POST, { kind: "accept-then-5xx" }, 2)),
  chaosFault("post-hang", http(POST, { kind: "hang" }, 1)),
  chaosFault("post-drop-before", http(POST, { kind: "drop-before" }, 1)),
  chaosFault("post-broken-json", http(POST, { kind: "broken-json" }, 1)),
  chaosFault("post-cut-body", http(POST, { kind: "cut-body" }, 1)),
  chaosFault("post-slow", http(POST, { kind: "slow", ms: 4_000 }, 1)),
  chaosFault("post-429-storm", http(POST, { kind: "429", retryAfterSeconds: 1 }, 4)),
  chaosFault("patch-accept-then-drop", http(PATCH, { kind: "accept-then-drop" }, 1)),
  chaosFault("patch-accept-then-5xx", http(PATCH, { kind: "accept-then-5xx" }, 1)),
  chaosFault("patch-drop-before", http(PATCH, { kind: "drop-before" }, 1)),
  chaosFault("any-429-storm", http("*", { kind: "429", retryAfterSeconds: 1 }, 6)),
  chaosFault("orders-5xx", http("GET /v2/orders", { kind: "status", code: 503 }, 4)),
  chaosFault("orders-hang", http("GET /v2/orders", { kind: "hang" }, 1)),
  chaosFault("orders-broken-json", http("GET /v2/orders", { kind: "broken-json" }, 2)),
  chaosFault("positions-5xx", http("GET /v2/positions", { kind: "status", code: 500 }, 3)),
  chaosFault("order-by-id-5xx", http("GET /v2/orders:by_client_order_id", { kind: "status", code: 502 }, 2)),
  chaosFault("cancel-accept-then-drop", http("DELETE /v2/orders/:id", { kind: "accept-then-drop" }, 2)),
  chaosFault("cancel-5xx", http("DELETE /v2/orders/:id", { kind: "status", code: 500 }, 2)),
  chaosFault("rate-limit", async (world) => {
    const { alpaca } = world;
    const refused = await whileSeen(world, "rate-limited", 6_000, () => alpaca.setRateLimit(8, 6_000));
    alpaca.setRateLimit(RATE_LIMIT, 60_000);
    return refused;
  }),
] as const;
