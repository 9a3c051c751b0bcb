import { setTimeout as sleep } from "node:timers/promises";
import type { Rows } from "../support/chaos/rows.ts";
import type { Observer } from "./observer.ts";
import { readRows, settle } from "./settle.ts";
import { truthOf } from "./truth.ts";
import type { World } from "./world.ts";

const KILL_MS = 15_000;
const RECONCILED_MS = 30_000;

const ATTEMPTS = 5;
/** The engine's own watch raises a stop by the last price, and a tick decides the last bars. */
const WRITTEN_BY_OTHERS: ReadonlySet<string> = new Set(["positions", "decisions"]);
const WATCH_MS = 6_000;
/** Nothing was written for so long: what was typed, sold and told before has come to its end. */
const CALM_MS = 1_500;
const CALM_DEADLINE_MS = 20_000;

/**
 * A second reconcile over the same facts writes nothing. It is tried again only where the facts were not the same, an order
 * changed at the broker meanwhile, a tick or a command acted, or where nothing was written but what others write.
 */
export async function reconcileAgain(world: World): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const { broken, excused } = await reconcileOnce(world);
    if (broken.length === 0 || !excused || attempt === ATTEMPTS) return broken;
    await sleep(WATCH_MS);
  }
}

interface Again {
  readonly broken: readonly string[];
  readonly excused: boolean;
}

async function calmRows(world: World): Promise<Rows> {
  const deadline = Date.now() + CALM_DEADLINE_MS;
  for (let before = await readRows(world); ;) {
    await sleep(CALM_MS);
    const after = await readRows(world);
    if (differences(before, after).length === 0 || Date.now() > deadline) return after;
    before = after;
  }
}

/** A tick decided or somebody's command was carried out between the two: what changed may be theirs. */
function othersActed(before: Rows, after: Rows): boolean {
  return before.decisions.length !== after.decisions.length || commandsIn(before) !== commandsIn(after);
}

function commandsIn({ audit }: Rows): number {
  return audit.filter(({ platform }) => platform === "slack").length;
}

/** The stream is cut, the bot reconnects and reads everything again. */
async function reconcileOnce(world: World): Promise<Again> {
  const before = await calmRows(world);
  const facts = JSON.stringify(truthOf(world.alpaca).orders);
  const since = Date.now();
  world.alpaca.dropStreams();
  const deadline = since + RECONCILED_MS;
  const read = (): boolean =>
    world.alpaca.requests.some(
      ({ route, status, atMs }) => route === "GET /v2/positions" && status === 200 && atMs > since,
    );
  while (!read() && Date.now() < deadline) await sleep(100);
  if (!read())
    return {
      broken: [`reconcile again: nothing was read within ${RECONCILED_MS} ms of a dropped stream`],
      excused: false,
    };
  await world.up();
  const after = await readRows(world);
  const changed = differences(before, after);
  // What was still on its way is given up, or accepted, by its own clock.
  const onItsWay = before.orders.some(({ state }) => state === "SENDING" || state === "UNKNOWN");
  const excused =
    onItsWay ||
    othersActed(before, after) ||
    JSON.stringify(truthOf(world.alpaca).orders) !== facts ||
    changed.every(({ table }) => WRITTEN_BY_OTHERS.has(table));
  return { broken: changed.map(({ text }) => `reconcile again: ${text}`), excused };
}

/** That the venue's limit is used up, or its line is gone, is a fact of its own. */
function tellsOfTheLine(row: unknown): boolean {
  return typeof row === "object" && row !== null && "kind" in row && row.kind === "connection";
}

function differences(
  before: Rows,
  after: Rows,
): readonly { readonly table: string; readonly text: string }[] {
  const broken: { readonly table: string; readonly text: string }[] = [];
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
    if (news.length > 0) broken.push({ table, text: `${news.length} rows of ${table} changed: ${news[0]}` });
  }
  return broken;
}

/** `/kill` in the chat: zero orders and positions in time, and the latch outlives a restart. */
export async function killAndRestart(
  world: World,
  observer: Observer,
): Promise<{ readonly violations: readonly string[]; readonly ms: number; readonly hadWork: boolean }> {
  const violations: string[] = [];
  const left = (): string => {
    const { orders, positions } = truthOf(world.alpaca);
    const open = orders.filter((order) => order.open);
    return [...positions]
      .map(([symbol, quantity]) => `${quantity} ${symbol}`)
      .concat(open.map((each) => `order ${each.clientOrderId} ${each.status}`))
      .join(", ");
  };
  const hadWork = left() !== "";
  const { killWithoutDatabase } = world.plan;
  const startedAt = Date.now();
  if (killWithoutDatabase !== null) world.database[killWithoutDatabase]();
  await world.desk.type("/kill", 1);
  while (left() !== "" && Date.now() - startedAt < KILL_MS) await sleep(50);
  const ms = Date.now() - startedAt;
  if (left() !== "") violations.push(`kill: ${KILL_MS} ms later there are still ${left()}`);

  world.database.heal();
  // Slack is answered first. Once it is in the inbox it holds, whether or not its process came as far as the latch; without
  // a database only the process knows of it, until the latch can be written.
  const taken = async (): Promise<boolean> => {
    const { inbox, control } = await readRows(world);
    return killWithoutDatabase === null
      ? inbox.some(({ action }) => action === "/kill")
      : control[0]?.killed === true;
  };
  const healedAt = Date.now();
  while (!(await taken()) && Date.now() - healedAt < KILL_MS) await sleep(10);
  const abruptly = world.plan.rng.chance(0.3);
  for (const instance of world.instances) await (abruptly ? instance.stop() : instance.leave());
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
  return { violations: [...violations, ...(await settle(world, observer))], ms, hadWork };
}
