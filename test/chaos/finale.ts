import { setTimeout as sleep } from "node:timers/promises";
import type { Rows } from "../support/chaos/rows.ts";
import type { Observer } from "./observer.ts";
import { readRows, settle } from "./settle.ts";
import { truthOf } from "./truth.ts";
import type { World } from "./world.ts";

const KILL_MS = 15_000;
const RECONCILED_MS = 30_000;

/** The engine's own watch may still act on the last prices, which is not the reconciler's doing. */
const ATTEMPTS = 3;
const WATCH_MS = 6_000;

/** A second reconcile over the same facts writes nothing. What changes between two readings is tried again. */
export async function reconcileAgain(world: World): Promise<readonly string[]> {
  let broken: readonly string[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    broken = await reconcileOnce(world);
    if (broken.length === 0) return [];
    await sleep(WATCH_MS);
  }
  return broken;
}

/** The stream is cut, the bot reconnects and reads everything again. */
async function reconcileOnce(world: World): Promise<readonly string[]> {
  const before = await readRows(world);
  const since = Date.now();
  world.alpaca.dropStreams();
  const deadline = since + RECONCILED_MS;
  const read = (): boolean =>
    world.alpaca.requests.some(
      ({ route, status, atMs }) => route === "GET /v2/positions" && status === 200 && atMs > since,
    );
  while (!read() && Date.now() < deadline) await sleep(100);
  if (!read()) return [`reconcile again: nothing was read within ${RECONCILED_MS} ms of a dropped stream`];
  await world.up();
  const after = await readRows(world);
  return differences(before, after).map((text) => `reconcile again: ${text}`);
}

/** That the venue's limit is used up, or its line is gone, is a fact of its own. */
function tellsOfTheLine(row: unknown): boolean {
  return typeof row === "object" && row !== null && "kind" in row && row.kind === "connection";
}

function differences(before: Rows, after: Rows): readonly string[] {
  const broken: string[] = [];
  for (const table of [
    "orders",
    "fills",
    "positions",
    "trades",
    "alerts",
    "audit",
    "decisions",
    "control",
  ] as const) {
    const was = new Set(before[table].map((row) => JSON.stringify(row)));
    const news = after[table]
      .filter((row) => !tellsOfTheLine(row))
      .map((row) => JSON.stringify(row))
      .filter((row) => !was.has(row));
    if (news.length > 0) broken.push(`${news.length} rows of ${table} changed: ${news[0]}`);
  }
  return broken;
}

/** `/kill` in the chat: zero orders and positions in time, and the latch outlives a restart. */
export async function killAndRestart(
  world: World,
  observer: Observer,
): Promise<{ readonly violations: readonly string[]; readonly ms: number }> {
  const violations: string[] = [];
  const startedAt = Date.now();
  await world.desk.type("/kill", 1);
  const left = (): string => {
    const { orders, positions } = truthOf(world.alpaca);
    const open = orders.filter((order) => order.open);
    return [...positions]
      .map(([symbol, quantity]) => `${quantity} ${symbol}`)
      .concat(open.map((each) => `order ${each.clientOrderId} ${each.status}`))
      .join(", ");
  };
  while (left() !== "" && Date.now() - startedAt < KILL_MS) await sleep(50);
  const ms = Date.now() - startedAt;
  if (left() !== "") violations.push(`kill: ${KILL_MS} ms later there are still ${left()}`);

  for (const instance of world.instances) await instance.leave();
  for (const instance of world.instances) await instance.start();
  if (!(await world.up())) violations.push("kill: nobody leads after the restart");
  const orders = world.alpaca.orders().length;
  world.market.start();
  await world.desk.type("/strategy start quick_test MSFT timeframe=1Min threshold=0.0001");
  await sleep(3_000);
  world.market.freeze();
  const [control] = (await readRows(world)).control;
  if (control?.killed !== true) violations.push("kill: the latch is gone after a restart");
  const fresh = world.alpaca.orders().length - orders;
  if (fresh > 0) violations.push(`kill: ${fresh} orders were placed after the restart`);
  return { violations: [...violations, ...(await settle(world, observer))], ms };
}
