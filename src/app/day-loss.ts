import { exchangeDay } from "../core/calendar.ts";
import { dayLossCheck } from "../core/risk/day-loss.ts";
import type { AlertRow } from "../ports.ts";
import { readAccount, type AccountRead } from "./account.ts";
import type { Engine } from "./context.ts";
import { deskLimits } from "./limits.ts";
import { dayLossAlert } from "./wording.ts";

/** While an entry waits at the broker the account is not older than this. */
const ACCOUNT_FRESH_MS = 5_000;

/**
 * The figures of the day's loss when its limit is reached, undefined while entries are allowed. Asked about entries that wait
 * at the broker: one that filled now would be made after the limit. An account that cannot be read just now is judged as it
 * was last seen, and nothing is said of one that was never read.
 */
export async function dayLossReached(engine: Engine): Promise<string | undefined> {
  const account = await accountNow(engine);
  if (account === null) return undefined;
  const check = dayLossCheck({
    equity: account.equity.toNumber(),
    lastEquity: account.lastEquity.toNumber(),
    limits: await deskLimits(engine, engine.ledger),
  });
  return check.ok ? undefined : check.text;
}

/** Tells that the day's limit is reached: once a session, however many entries it ends. */
export function dayLossTold(engine: Engine, text: string): AlertRow {
  const nowMs = engine.clock.nowMs();
  const session = exchangeDay(engine.state.marketClock?.nowMs ?? nowMs);
  return dayLossAlert(text, engine.mode, `${engine.accountId}:${session}`, nowMs);
}

async function accountNow(engine: Engine): Promise<AccountRead | null> {
  const { account } = engine.state;
  if (account !== null && engine.clock.nowMs() - account.atMs < ACCOUNT_FRESH_MS) return account;
  try {
    return await readAccount(engine);
  } catch (error) {
    engine.log.warn({ error }, "the account could not be read: the day's loss is judged as it was last seen");
    return account;
  }
}
