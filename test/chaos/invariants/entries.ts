import type { RequestLog } from "../../support/alpaca/http.ts";
import { isBot, placesOrder } from "../hooks.ts";
import type { Facts } from "./contract.ts";

const MINUTE_MS = 60_000;
/** A decision may wait this long for the limiter, and the POST after it. */
const FRESH_MS = 50_000;
/** A POST may still go out this long after the last check of the lease. */
const DEADLINE_MS = 5_000;
const JUST_NOW_MS = 500;

function field(request: RequestLog, name: string): string {
  const { body } = request;
  const entry =
    typeof body === "object" && body !== null
      ? Object.entries(body).find(([key]) => key === name)
      : undefined;
  return String(entry?.[1]);
}

function entryPosts({ world }: Facts): readonly RequestLog[] {
  return world.alpaca.requests.filter(
    (request) =>
      request.route === "POST /v2/orders" &&
      // The suite's own probe of a duplicate id goes by another key.
      isBot(request.keyId) &&
      field(request, "side") === "buy" &&
      field(request, "client_order_id").startsWith("af-"),
  );
}

/** No entry while halted or killed: no row is written in a span in which the rows said so throughout. */
export function noEntryWhileHalted({ rows, observer }: Facts): readonly string[] {
  return rows.orders.flatMap((row) => {
    const span = observer.halts.find(({ from, to }) => row.created_at > from && row.created_at < to);
    if (row.purpose !== "entry" || span === undefined) return [];
    return [`${row.client_order_id} was written ${row.created_at - span.from} ms after the halt was seen`];
  });
}

/** No entry past the daily loss limit: none is written once the instance that sends it has read the account with that loss. */
export function noEntryPastDayLoss(facts: Facts): readonly string[] {
  const { world, rows } = facts;
  const reads = world.alpaca.requests.filter(
    ({ route, status }) => route === "GET /v2/account" && status === 200,
  );
  return entryPosts(facts).flatMap((post) => {
    const id = field(post, "client_order_id");
    const writtenAt = rows.orders.find((row) => row.client_order_id === id)?.created_at;
    if (writtenAt === undefined) return [];
    const span = world.dayLosses.find(({ from, to }) => writtenAt > from && writtenAt < to);
    const read = reads.findLast(({ keyId, atMs }) => keyId === post.keyId && atMs < writtenAt - JUST_NOW_MS);
    if (span === undefined || read === undefined || read.atMs <= span.from) return [];
    return [`${id} was written ${writtenAt - read.atMs} ms after the account was read at a loss of 5 %`];
  });
}

/** No entry before reconciling: the broker's positions were read between the start of the process, or the last moment at which it was seen without the lease, and the entry. */
export function noEntryBeforeReconciling(facts: Facts): readonly string[] {
  const { world, observer } = facts;
  return entryPosts(facts).flatMap((post) => {
    const instance = world.instances.find(({ keyId }) => keyId === post.keyId);
    const bornAt = instance?.startedAt.findLast((atMs) => atMs < post.atMs);
    if (bornAt === undefined) return [];
    const without = observer.leases.findLast(
      ({ atMs, holder, pids }) => atMs < post.atMs && (holder === null || pids.get(post.keyId) !== holder),
    );
    const startedAt = Math.max(bornAt, without?.atMs ?? 0);
    const read = world.alpaca.requests.some(
      ({ route, status, keyId, atMs }) =>
        route === "GET /v2/positions" &&
        status === 200 &&
        keyId === post.keyId &&
        atMs > startedAt &&
        atMs <= post.atMs,
    );
    return read
      ? []
      : [
          `${field(post, "client_order_id")} was sent ${post.atMs - startedAt} ms after it had started or led anew, before the broker's positions were read`,
        ];
  });
}

/** No entry on a stale decision: a bar is old news a while after the next one has closed. */
export function noStaleEntry(facts: Facts): readonly string[] {
  return entryPosts(facts).flatMap((post) => {
    const id = field(post, "client_order_id");
    const row = facts.rows.orders.find((each) => each.client_order_id === id);
    if (row === undefined || row.bar_time === null) return [];
    const nextClosedAt = facts.world.market.closedAt(row.bar_time + MINUTE_MS);
    if (nextClosedAt === undefined || post.atMs - nextClosedAt <= FRESH_MS) return [];
    return [`${id} was sent ${post.atMs - nextClosedAt} ms after the bar after its own had closed`];
  });
}

/** No order without the lease: whoever posts holds it, or held it until a moment ago. */
export function noOrderWithoutLease({ world, observer }: Facts): readonly string[] {
  const posts = world.alpaca.requests.filter((request) => placesOrder(request) && isBot(request.keyId));
  return posts.flatMap((post) => {
    const around = observer.leases.filter(
      ({ atMs }) => atMs > post.atMs - DEADLINE_MS && atMs < post.atMs + JUST_NOW_MS,
    );
    const before = around.some(({ atMs }) => atMs < post.atMs - DEADLINE_MS + 2 * JUST_NOW_MS);
    const after = around.some(({ atMs }) => atMs >= post.atMs);
    if (!before || !after) return [];
    const held = around.some(({ holder, pids }) => holder !== null && pids.get(post.keyId) === holder);
    if (held) return [];
    const holders = [...new Set(around.map(({ holder }) => String(holder)))].join(", ");
    return [
      `${field(post, "client_order_id")} was sent by ${post.keyId}, while the lease was with process ${holders}`,
    ];
  });
}
