import type { Mode } from "../ports.ts";
import type { Engine } from "./context.ts";
import { openTrades } from "./mode.ts";

/**
 * Tells the mode that the database names instead of the engine's, null where the engine is to lead its account if it can.
 * An account that this process leads is led until nothing is open in it: exits and stops belong to the account that holds
 * the position, whatever the mode has become.
 */
export function watchMode(engine: Engine): () => Promise<Mode | null> {
  let told = false;
  return async () => {
    const { mode } = await engine.ledger.control();
    if (mode === engine.mode) return null;
    const open = engine.state.lease === null ? [] : await openTrades(engine.ledger, engine.accountId);
    if (open.length > 0 && !told)
      engine.log.warn(
        { mode, account: engine.accountId, open },
        "the mode was changed: this account is led until nothing is open in it",
      );
    told = open.length > 0;
    return told ? null : mode;
  };
}
