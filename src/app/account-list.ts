import type { AccountView, Broker, BrokerAccount, Ledger, Log, Mode } from "../ports.ts";
import type { Engine } from "./context.ts";

/** One account that the configuration has keys for, or the sandbox. */
export interface KnownAccount {
  readonly accountId: string;
  readonly mode: Mode;
  readonly broker: Broker;
}

/** Every account there is, with what its rows and its broker say of it now. Never throws for a broker that cannot be read. */
export async function listAccounts(
  { ledger, log }: { readonly ledger: Ledger; readonly log: Log },
  known: readonly KnownAccount[],
  current: Engine,
): Promise<readonly AccountView[]> {
  return Promise.all(
    known.map(async ({ accountId, mode, broker }): Promise<AccountView> => {
      const inUse = accountId === current.accountId;
      const account = await read(broker, log);
      const runs = await ledger.runs({ accountId, status: ["running", "paused"] });
      return {
        name: accountId,
        mode,
        inUse,
        broker: broker.name,
        connection: inUse ? current.state.stream : account === null ? "down" : "connected",
        numberEnd: account === null ? null : account.accountNumber.slice(-4),
        equity: account?.equity ?? null,
        runs: runs.length,
        positions: (await ledger.openPositions(accountId)).length,
      };
    }),
  );
}

async function read(broker: Broker, log: Log): Promise<BrokerAccount | null> {
  try {
    return await broker.account();
  } catch (error) {
    log.warn({ error, broker: broker.name }, "an account could not be read");
    return null;
  }
}
