import type { Ledger } from "../../src/ports.ts";

/** The same ledger; the halt that has an entry refused is over as soon as the refusal has been said. */
export function haltPasses(ledger: Ledger): Ledger {
  return {
    ...ledger,
    async transaction(work) {
      const result = await ledger.transaction(work);
      if (isRefusal(result)) await ledger.setControl({ ...(await ledger.control()), halted: false });
      return result;
    },
  };
}

function isRefusal(result: unknown): boolean {
  return typeof result === "object" && result !== null && "kind" in result && result.kind === "refused";
}
