import { setTimeout as sleep } from "node:timers/promises";
import type { Rows } from "../support/chaos/rows.ts";
import { brokenPromises } from "./invariants/index.ts";
import type { Observer } from "./observer.ts";
import { truthOf, type Truth } from "./truth.ts";
import type { World } from "./world.ts";

/** Everything that was disturbed must be in order again after this. */
const SETTLE_MS = 45_000;
/** An order that never came to the broker is given up after a minute (ORDERS.md); then the rest has its time. */
const UNSEEN_MS = 90_000;
const LOOK_MS = 400;
/** Copying and recovering a PGlite directory is work for a machine that has other runs to make. */
const PGLITE_LOOK_MS = 2_000;

/** Ends every fault: from here on nothing is in the bot's way. */
export async function heal(world: World): Promise<void> {
  const { alpaca, slack, database, hooks } = world;
  hooks.clear();
  alpaca.faults.clear();
  slack.clearFaults();
  alpaca.muteStream(false);
  alpaca.duplicateUpdates(0);
  alpaca.reorderUpdates(false);
  alpaca.delayUpdates(0);
  alpaca.refuseStreams(0);
  alpaca.setFillMode("*", "auto");
  database.heal();
  for (const instance of world.instances) {
    instance.wake();
    await instance.start();
  }
}

/** Rows and broker at one moment; a PGlite bot stands still just while its directory is copied. */
async function readFacts(world: World): Promise<{ readonly rows: Rows; readonly truth: Truth }> {
  const { database, instances } = world;
  if (!database.watchable) for (const instance of instances) instance.sleep();
  let read: () => Promise<Rows>;
  let truth: Truth;
  try {
    read = await database.capture();
    truth = truthOf(world.alpaca);
  } finally {
    if (!database.watchable) for (const instance of instances) instance.wake();
  }
  return { rows: await read(), truth };
}

export async function readRows(world: World): Promise<Rows> {
  return (await readFacts(world)).rows;
}

/** Waits until every promise holds and every alert is out; what is still broken at the end is broken. */
export async function settle(world: World, observer: Observer): Promise<readonly string[]> {
  if (!(await world.up())) return ["nobody leads, is reconciled and listens 45 s after the last fault"];
  const startedAt = Date.now();
  let settlesFrom = startedAt;
  for (;;) {
    const { rows, truth } = await readFacts(world);
    const { broken, mendable } = brokenPromises({ world, rows, truth, observer });
    if (!mendable) return broken;
    const waits = rows.orders.some((row) => row.state === "UNKNOWN" || row.state === "SENDING");
    if (waits && Date.now() - startedAt < UNSEEN_MS) settlesFrom = Date.now();
    if (Date.now() - settlesFrom > SETTLE_MS) return broken;
    await sleep(world.database.watchable ? LOOK_MS : PGLITE_LOOK_MS);
  }
}
