import { setTimeout as sleep } from "node:timers/promises";
import type { TestPostgres } from "../support/postgres.ts";
import { FAULTS, type FaultKind } from "./faults.ts";
import { isBot } from "./hooks.ts";
import { observe, type Observer } from "./observer.ts";
import { FEWEST, type Plan } from "./plan.ts";
import { probeRefusals } from "./probes.ts";
import { heal, readRows, settle } from "./settle.ts";
import { killAndRestart, reconcileAgain } from "./finale.ts";
import type { WindowKind } from "./windows.ts";
import { openWorld, type World } from "./world.ts";

/**
 * These keep a bot from finding out what happened: its time does not count meanwhile. Of a bot that is dead or asleep no
 * time counts anyhow, and once it leads again, or another does, all of it.
 */
const IMPAIRING =
  /^(database|kill-while-orders-unreadable|orders-|positions-|order-by-id|any-429|post-429|rate-limit|post-hang|post-slow|cancel-5xx)/;
const WARM_UP_MS = 4_000;
const STARTED_MS = 15_000;

export interface RunResult {
  readonly plan: Plan;
  readonly violations: readonly string[];
  /** How often each fault took effect. */
  readonly faults: ReadonlyMap<string, number>;
  /** Those that waited in vain for their moment. */
  readonly missed: ReadonlyMap<string, number>;
  /** The stand-in's own counts: refusals, faults, stream faults. */
  readonly seen: Readonly<Record<string, number>>;
  /** Refusals of what the bot itself asked for. */
  readonly refusedToBot: Readonly<Record<string, number>>;
  /** The account was not flat when `/kill` was typed. */
  readonly killHadWork: boolean;
  readonly longest: Readonly<Partial<Record<WindowKind | "kill to zero", number>>>;
  readonly orders: number;
  readonly fills: number;
  readonly log: string;
  readonly wallMs: number;
}

/** One run from its plan: trade, disturb, heal, settle, check from outside, kill, restart, check again. */
export async function runOnce(plan: Plan, program: string, server: TestPostgres | null): Promise<RunResult> {
  const startedAt = Date.now();
  const world = await openWorld(plan, program, server);
  const violations = new Set<string>();
  const longest: Partial<Record<WindowKind | "kill to zero", number>> = {};
  let observer: Observer | undefined;
  let killHadWork = false;
  try {
    await start(world);
    observer = observe(world);
    await trade(world);
    await heal(world);
    world.market.freeze();
    for (const text of await settle(world, observer)) violations.add(text);
    for (const text of await reconcileAgain(world)) violations.add(text);
    const kill = await killAndRestart(world, observer);
    for (const text of kill.violations) violations.add(text);
    longest["kill to zero"] = kill.ms;
    killHadWork = kill.hadWork;
    if (world.alpaca.executions.length === 0) violations.add("nothing was traded: the run proves nothing");
  } catch (error) {
    violations.add(
      `the run itself failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
  }
  await observer?.stop();
  const story = violations.size === 0 && observer?.violations.length === 0 ? "" : await storyOf(world);
  Object.assign(longest, observer?.windows.longest());
  const result: RunResult = {
    plan,
    violations: [...violations],
    faults: world.done,
    missed: world.missed,
    killHadWork,
    seen: { ...world.alpaca.seen, "async-cancel": asyncCancels(world) },
    refusedToBot: refusedToBot(world),
    longest,
    orders: world.alpaca.orders().length,
    fills: world.alpaca.executions.length,
    log: [...world.instances.map((instance) => instance.log()), story].join("\n"),
    wallMs: Date.now() - startedAt,
  };
  await world.close();
  return result;
}

async function start(world: World): Promise<void> {
  const [first, ...others] = world.instances;
  await first?.start();
  if (!(await world.up())) throw new Error(`the bot did not come up\n${first?.log()}`);
  for (const other of others) await other.start();
  for (const run of world.plan.runs)
    await world.desk.type(`/strategy start ${run}`, world.plan.rng.int(0, 1));
  const deadline = Date.now() + STARTED_MS;
  while ((await readRows(world)).strategy_runs.length < world.plan.runs.length) {
    if (Date.now() > deadline) throw new Error("what was typed did not start within 15 s");
    await sleep(200);
  }
}

async function trade(world: World): Promise<void> {
  const { plan, market } = world;
  market.start();
  await sleep(WARM_UP_MS);
  const underWay: Promise<void>[] = [];
  for (const [index, kind] of plan.faults.entries()) {
    const disturbed = disturb(world, kind);
    underWay.push(disturbed);
    // Some overlap with what comes next.
    if (!plan.rng.chance(0.3)) await disturbed;
    await sleep(plan.rng.int(300, 1_500));
    if (index === 0) await probeRefusals(world);
    await resumeRunaway(world);
  }
  if (plan.faults.length === 0) {
    await sleep(WARM_UP_MS);
    await probeRefusals(world);
    await sleep(WARM_UP_MS);
  }
  await Promise.all(underWay);
  for (const kind of plan.spare) {
    if (tookEffect(world) >= FEWEST) break;
    await disturb(world, kind);
  }
}

function tookEffect({ done }: World): number {
  return [...done.values()].reduce((sum, count) => sum + count, 0);
}

async function disturb(world: World, kind: FaultKind): Promise<void> {
  const fault = FAULTS.find((each) => each.kind === kind);
  if (fault === undefined) throw new Error(`there is no fault ${kind}`);
  if (IMPAIRING.test(kind)) world.impairments.add(kind);
  try {
    const counts = (await fault.apply(world)) === false ? world.missed : world.done;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  } finally {
    world.impairments.delete(kind);
  }
}

/** A market minute a second makes more entries than a careful bot allows itself: an admin lets it go on. */
async function resumeRunaway(world: World): Promise<void> {
  if (!world.database.watchable) return;
  const rows = await readRows(world).catch(() => undefined);
  const [control] = rows?.control ?? [];
  if (control?.halted === true && control.by === "AlphaFlow") await world.desk.type("/resume");
}

/** The rows of a run that broke a promise, one an order in the order of their birth. */
async function storyOf(world: World): Promise<string> {
  const rows = await readRows(world).catch(() => undefined);
  if (rows === undefined) return "";
  const orders = rows.orders
    .toSorted((a, b) => a.created_at - b.created_at)
    .map((row) =>
      [
        new Date(row.created_at).toISOString().slice(14, 23),
        new Date(row.updated_at).toISOString().slice(14, 23),
        row.client_order_id,
        row.side,
        row.quantity,
        row.state,
        row.filled_quantity,
        row.exit_reason,
        row.position_id,
        row.error,
      ].join(" "),
    );
  return [
    "--- orders",
    ...orders,
    "--- positions",
    ...rows.positions.map((row) => JSON.stringify(row)),
    "--- requests of the bot in each ten seconds",
    ...requestsOf(world),
  ].join("\n");
}

/** What the budget of requests went into. */
function requestsOf({ alpaca }: World): readonly string[] {
  const counts = new Map<string, number>();
  for (const { keyId, route, host, atMs } of alpaca.requests) {
    if (host === "data" || !isBot(keyId)) continue;
    const line = `${new Date(atMs - (atMs % 10_000)).toISOString().slice(14, 19)} ${route}`;
    counts.set(line, (counts.get(line) ?? 0) + 1);
  }
  return [...counts].map(([line, count]) => `${line} ${count}`).toSorted((a, b) => a.localeCompare(b));
}

function asyncCancels({ alpaca }: World): number {
  return alpaca.updates.filter(({ update }) => update.event === "pending_cancel").length;
}

function refusedToBot({ alpaca }: World): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { keyId, refusal } of alpaca.requests)
    if (refusal !== null && isBot(keyId)) counts[refusal] = (counts[refusal] ?? 0) + 1;
  return counts;
}
