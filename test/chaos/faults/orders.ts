import { setTimeout as sleep } from "node:timers/promises";

import { truthOf } from "../truth.ts";
import type { World } from "../world.ts";
import { chaosFault, soon } from "./contract.ts";

const WAIT_MS = 10_000;
const REFUSED_STOPS = 2;
const USUAL_DELAYS = { acceptMs: 2, fillMs: 3, cancelMs: 10, replaceMs: 5 };

/** An entry fills in part and is then ended by the venue: what was bought must be protected all the same. */
async function partialThenExpired({ alpaca, plan }: World): Promise<boolean> {
  alpaca.setFillMode("*", "manual");
  const working = () =>
    truthOf(alpaca).orders.find(
      (order) => order.side === "buy" && order.open && order.filled === 0 && order.qty > 1,
    );
  try {
    if (!(await soon(() => working()?.status === "new", WAIT_MS))) return false;
    const entry = working();
    if (entry === undefined) return false;
    alpaca.fill(entry.id, Math.max(1, Math.floor(entry.qty / 2)));
    await sleep(plan.rng.int(0, 400));
    alpaca.expire(entry.id);
    return true;
  } finally {
    alpaca.setFillMode("*", "auto");
  }
}

/** The broker's answer to the next stops is no: at once, or only after the venue has seen them. */
async function stopsRejected(world: World, where: "post" | "venue"): Promise<boolean> {
  const { alpaca, hooks } = world;
  let left = REFUSED_STOPS;
  const arm = (): void =>
    hooks.onPost(({ body }) => {
      const order = typeof body === "object" && body !== null ? body : {};
      if (!("type" in order) || order.type !== "stop" || !("symbol" in order)) return arm();
      left -= 1;
      if (where === "venue") alpaca.rejectNext(String(order.symbol), 1);
      else
        alpaca.faults.next("POST /v2/orders", {
          kind: "status",
          code: 403,
          body: { code: 40310000, message: "stop orders are not accepted right now" },
        });
      if (left > 0) arm();
    });
  arm();
  await soon(() => left === 0, WAIT_MS);
  hooks.clear();
  return left < REFUSED_STOPS;
}

/** What becomes of orders that were taken. */
export const ORDER_FAULTS = [
  chaosFault("partial-fills", async ({ alpaca }) => {
    const before = alpaca.executions.length;
    alpaca.setFillMode("*", "partial");
    alpaca.setDelays({ fillMs: 300 });
    await sleep(6_000);
    alpaca.setFillMode("*", "auto");
    alpaca.setDelays(USUAL_DELAYS);
    return alpaca.executions.length > before;
  }),
  chaosFault("partial-then-expired", partialThenExpired),
  chaosFault("stops-refused", (world) => stopsRejected(world, "post")),
  chaosFault("stops-rejected-by-venue", (world) => stopsRejected(world, "venue")),
  chaosFault("orders-rejected-by-venue", async ({ alpaca, plan }) => {
    const rejected = (): number =>
      truthOf(alpaca).orders.filter((order) => order.status === "rejected").length;
    const before = rejected();
    alpaca.rejectNext(plan.rng.pick(plan.symbols), 1);
    return soon(() => rejected() > before, WAIT_MS);
  }),
  chaosFault("cancels-delayed", async ({ alpaca }) => {
    alpaca.setDelays({ cancelMs: 2_500 });
    await sleep(6_000);
    alpaca.setDelays(USUAL_DELAYS);
  }),
  chaosFault("slow-venue", async ({ alpaca }) => {
    alpaca.setDelays({ acceptMs: 500, fillMs: 1_200 });
    await sleep(5_000);
    alpaca.setDelays(USUAL_DELAYS);
  }),
] as const;
