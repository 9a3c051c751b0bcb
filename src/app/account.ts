import type { BrokerAccount } from "../ports.ts";
import type { Engine } from "./context.ts";

/** The account at the broker, with when it was read: what happens later is reserved on top. */
export type AccountRead = BrokerAccount & { readonly atMs: number };

/** The setting that tells the broker's number of the account that the rows tell of. */
export function accountNumberSetting({ accountId }: Engine): string {
  return `account_number:${accountId}`;
}

/** The account as the broker shows it now. Throws when it cannot be read. */
export async function readAccount(engine: Engine): Promise<AccountRead> {
  const atMs = engine.clock.nowMs();
  const account = { ...(await engine.broker.account()), atMs };
  engine.state.account = account;
  return account;
}
