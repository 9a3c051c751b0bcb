import type { LedgerOps } from "../ports.ts";
import { mayTrade, type Engine } from "./context.ts";

export type Refusal = {
  readonly code: "NO_LEASE" | "HALTED" | "KILLED" | "WRONG_MODE" | "NOT_RECONCILED";
  readonly text: string;
};

/**
 * The first checks of every order's T1, on locked rows: the lease and its epoch, and the account's mode. Entries are
 * refused while halted, killed or not reconciled; exits and stops never are.
 */
export async function checkControl(
  engine: Engine,
  tx: LedgerOps,
  entering: boolean,
): Promise<Refusal | undefined> {
  const { lease, direct, unrecordedHalt } = engine.state;
  if (direct !== null)
    return { code: "KILLED", text: "a kill goes on that was begun while the database was away" };
  if (lease === null || !mayTrade(engine) || !(await tx.holdLease(lease)))
    return { code: "NO_LEASE", text: "another instance trades this account" };
  // Exits and stops belong to the account that holds the position, whatever the mode has become.
  if (!entering) return undefined;
  if (unrecordedHalt !== null)
    return {
      code: "HALTED",
      text: `halted by ${unrecordedHalt.by.name}: ${unrecordedHalt.reason}; it is not recorded yet`,
    };
  const control = await tx.control();
  if (control.mode !== engine.mode)
    return {
      code: "WRONG_MODE",
      text: `the mode is ${control.mode}, this account is ${engine.mode}`,
    };
  if (control.killed)
    return {
      code: "KILLED",
      text: `killed by ${control.by ?? "?"}; an admin's /resume allows entries again`,
    };
  if (control.halted)
    return {
      code: "HALTED",
      text: `halted by ${control.by ?? "?"}: ${control.reason ?? ""}; /resume allows entries again`,
    };
  if (!engine.state.reconciled) return { code: "NOT_RECONCILED", text: "still reconciling with the broker" };
  return undefined;
}
