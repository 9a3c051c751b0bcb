import { setTimeout as sleep } from "node:timers/promises";
import type { TestPostgres } from "../support/postgres.ts";
import { planOf } from "./plan.ts";
import { LIMITS } from "./windows.ts";
import { openWorld } from "./world.ts";

const POSITIONS = 50;
/** A minute's requests are enough for seventeen positions and what they need. */
const BOUGHT_MS = 300_000;
/** All of them together stay under what may be held in symbols that move together, however much they rise meanwhile. */
const FRACTION = 0.0015;
const CASH = 1_000_000;
const LOOK_MS = 20;

/** AA, AB, … as many as there are positions. */
function tickers(): readonly string[] {
  return Array.from({ length: POSITIONS }, (_, index) =>
    String.fromCharCode(65 + Math.floor(index / 26), 65 + (index % 26)),
  );
}

/**
 * kill -9 of a bot that holds 50 positions with their stops, and how long the next one takes from gaining the lease to
 * being reconciled, ms. Throws when it never gets so far.
 */
export async function measureStart(program: string, server: TestPostgres): Promise<number> {
  const symbols = tickers();
  const plan = {
    ...planOf(1, { database: "postgres", faults: [], standby: false }),
    discord: false,
    external: false,
    symbols,
    moves: [0.0004, 0.0006] as const,
    runs: [
      `quick_test ${symbols.slice(0, POSITIONS / 2).join(",")} timeframe=1Min stop_atr=20 fraction=${FRACTION}`,
      `quick_test ${symbols.slice(POSITIONS / 2).join(",")} timeframe=1Min stop_atr=20 fraction=${FRACTION}`,
    ],
  };
  const world = await openWorld(plan, program, server);
  world.alpaca.setAccount({ cash: CASH, last_equity: CASH });
  try {
    const [bot] = world.instances;
    if (bot === undefined) throw new Error("there is no bot");
    await bot.start();
    if (!(await world.up())) throw new Error(`the bot did not come up\n${bot.log()}`);
    for (const run of plan.runs) await world.desk.type(`/strategy start ${run}`);
    world.market.start();
    const resting = (): number => world.alpaca.openOrders().filter((order) => order.type === "stop").length;
    const deadline = Date.now() + BOUGHT_MS;
    while (resting() < POSITIONS) {
      if (Date.now() > deadline)
        throw new Error(`${resting()} of ${POSITIONS} positions have their stop\n${bot.log()}`);
      await sleep(100);
    }
    world.market.freeze();
    await bot.stop();
    await bot.start();
    return await leaseToReconciled(async () => bot.health());
  } finally {
    await world.close();
  }
}

async function leaseToReconciled(
  health: () => Promise<{ readonly leader: boolean; readonly reconciled: boolean } | undefined>,
): Promise<number> {
  const deadline = Date.now() + BOUGHT_MS;
  let ledSince: number | undefined;
  while (Date.now() < deadline) {
    const seen = await health();
    if (seen?.leader === true) ledSince ??= Date.now();
    if (seen?.reconciled === true && ledSince !== undefined) return Date.now() - ledSince;
    await sleep(LOOK_MS);
  }
  throw new Error("the next bot never reconciled");
}

export function startLine(ms: number): string {
  return `from gaining the lease to reconciled with ${POSITIONS} positions: ${(ms / 1000).toFixed(1)} s (limit ${LIMITS["lease to reconciled"] / 1000} s)`;
}
