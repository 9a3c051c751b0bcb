import type { Broker, LedgerOps } from "../ports.ts";

/** What configuration says about live trading: the keys are a broker, the rest are locks. */
export interface LiveSetup {
  /** Null without live keys. */
  readonly broker: Broker | null;
  /** ALPACA_PAPER. */
  readonly paper: boolean;
  /** ALPHAFLOW_ALLOW_LIVE. */
  readonly allowedAccount: string | null;
}

/** The one lock that may open by itself: the engine of the live account sends nothing before it has read its number. */
export const UNCONFIRMED = "the live account cannot be read, so its number is not confirmed";

/**
 * Every lock of PRODUCT.md that is still shut, a sentence each; empty when only the two admins' word is missing. A lock
 * that cannot be read is shut.
 */
export async function shutLocks(setup: LiveSetup): Promise<readonly string[]> {
  const shut: string[] = [];
  if (setup.broker === null) shut.push("no live keys: set ALPACA_LIVE_API_KEY and ALPACA_LIVE_SECRET_KEY");
  if (setup.paper) shut.push("ALPACA_PAPER is true: set it to false");
  if (setup.allowedAccount === null)
    shut.push("ALPHAFLOW_ALLOW_LIVE is not set: set it to the number of the live account");
  if (setup.broker === null || setup.allowedAccount === null) return shut;
  try {
    const { accountNumber } = await setup.broker.account();
    if (accountNumber !== setup.allowedAccount)
      shut.push("ALPHAFLOW_ALLOW_LIVE is not the account number that Alpaca reports for the live keys");
  } catch {
    shut.push(UNCONFIRMED);
  }
  return shut;
}

/** A broker whose orders all stay here: the live keys may be read with, and nothing else, while a lock is shut. */
export function lockedBroker(broker: Broker, why: string): Broker {
  return {
    ...broker,
    name: `${broker.name} (locked)`,
    place: () => Promise.resolve({ kind: "rejected", reason: why }),
    replace: () => Promise.resolve({ kind: "rejected", reason: why }),
    cancel: () => Promise.reject(new Error(why)),
  };
}

/** What must be closed before the account may be changed, in words; empty when nothing is. */
export async function openBusiness(ledger: LedgerOps, accountId: string): Promise<readonly string[]> {
  const runs = await ledger.runs({ accountId, status: ["running", "paused"] });
  return [
    ...(runs.length === 0 ? [] : [`${runs.length} runs (/strategy stop all)`]),
    ...(await openTrades(ledger, accountId)),
  ];
}

/** Positions and orders that need their engine, in words; empty when there are none. */
export async function openTrades(ledger: LedgerOps, accountId: string): Promise<readonly string[]> {
  const positions = await ledger.openPositions(accountId);
  const orders = await ledger.liveOrders(accountId);
  return [
    ...(positions.length === 0 ? [] : [`${positions.length} open positions (/close all)`]),
    ...(orders.length === 0 ? [] : [`${orders.length} working orders (/cancel all)`]),
  ];
}
