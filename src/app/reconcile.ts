import { accountNumberSetting, readAccount } from "./account.ts";
import { compareHoldings } from "./compare-holdings.ts";
import type { Engine } from "./context.ts";
import { recallExternals } from "./external-holdings.ts";
import { recallForeign, settleForeign } from "./foreign-orders.ts";
import { openBusiness } from "./mode.ts";
import { recallSplits } from "./split-times.ts";
import { findMissing, takeOrders } from "./take-orders.ts";

/** Closed orders are read from this long before the last reconciliation; older ones that were live are asked for by id. */
const LOOK_BACK_MS = 5 * 60_000;
/** At the first reconciliation: how far back orders are read that our rows may have missed. */
const FIRST_LOOK_BACK_MS = 24 * 3_600_000;

/**
 * The keys must be those of the account that our rows tell of: with other keys every position would look sold. Throws
 * while rows of the other account are open; an account with nothing open may be changed.
 */
export async function checkAccountNumber(engine: Engine): Promise<void> {
  const name = accountNumberSetting(engine);
  const { accountNumber } = await readAccount(engine);
  if (engine.requiredAccount !== undefined && accountNumber !== engine.requiredAccount)
    throw new Error(
      "ALPHAFLOW_ALLOW_LIVE is not the number of the account that the live keys belong to: nothing is sent",
    );
  const known = await engine.ledger.setting(name);
  if (known === accountNumber) return;
  const open = known === undefined ? [] : await openBusiness(engine.ledger, engine.accountId);
  if (open.length > 0)
    throw new Error(
      `the keys belong to account ${accountNumber}, but this database has business open in account ${String(known)}: ${open.join(", ")}; use the keys of ${String(known)}, or another database`,
    );
  await engine.ledger.setSetting(name, accountNumber);
}

/**
 * Makes our rows agree with the broker. Reads open and recently closed orders and the positions, feeds every report
 * through the state machine, looks for the orders that appear in neither, and compares quantities. Start-up is the same
 * path as recovery. Throws when a query fails: nothing is concluded from a failed read. Over unchanged facts it writes nothing.
 */
export async function reconcile(engine: Engine, sinceMs: number | null): Promise<void> {
  await recallExternals(engine);
  await recallForeign(engine);
  await recallSplits(engine);
  const liveBefore = await engine.ledger.liveOrders(engine.accountId);
  const from = (sinceMs ?? engine.clock.nowMs() - FIRST_LOOK_BACK_MS) - LOOK_BACK_MS;
  const reported = await takeOrders(engine, from);
  for (const order of liveBefore) if (!reported.has(order.clientOrderId)) await findMissing(engine, order);
  await compareHoldings(engine, from);
  await settleForeign(engine, () => takeOrders(engine, from));
  await clearOrphans(engine);
}

/** Live sells whose position is closed (somebody else sold it) are looked at until they are gone. */
async function clearOrphans(engine: Engine): Promise<void> {
  const open = new Set((await engine.ledger.openPositions(engine.accountId)).map((position) => position.id));
  for (const { positionId, side } of await engine.ledger.liveOrders(engine.accountId))
    if (side === "sell" && positionId !== null && !open.has(positionId)) engine.tendSoon(positionId);
}
