import type { LatestPrice, LedgerOps } from "../ports.ts";
import type { Engine } from "./context.ts";
import { marketNowMs } from "./market-hours.ts";

/** Reads when splits were booked, whoever led then. */
export async function recallSplits(engine: Engine): Promise<void> {
  engine.state.splits = timesIn(await engine.ledger.setting(settingName(engine)));
}

/** Keeps that a split is booked now, in its transaction; the caller tells the state once that is committed. */
export async function keepSplitTime(
  engine: Engine,
  tx: LedgerOps,
  symbol: string,
): Promise<ReadonlyMap<string, number>> {
  const atMs = marketNowMs(engine);
  const times = new Map([...timesIn(await tx.lockSetting(settingName(engine))), [symbol, atMs] as const]);
  await tx.setSetting(settingName(engine), Object.fromEntries(times));
  return times;
}

/** Whether a trade is of the shares that the rows count: latest trades are not adjusted, one from before a split is of others. */
export function sinceSplit(engine: Engine, symbol: string, { atMs }: LatestPrice): boolean {
  return atMs >= (engine.state.splits?.get(symbol) ?? Number.NEGATIVE_INFINITY);
}

function settingName(engine: Engine): string {
  return `splits:${engine.accountId}`;
}

function timesIn(stored: unknown): ReadonlyMap<string, number> {
  return typeof stored === "object" && stored !== null
    ? new Map(Object.entries(stored).map(([symbol, atMs]) => [symbol, Number(atMs)] as const))
    : new Map();
}
