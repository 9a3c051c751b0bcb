import type { Gate } from "./contract.ts";
import { passed, refused } from "./verdict.ts";

/** Nobody here buys what another run is selling: the broker refuses such pairs as wash trades. */
export const opposing: Gate = {
  id: "opposing",
  title: "Opposing orders",
  check({ symbol }, { sellers }) {
    return sellers.length === 0
      ? passed("opposing", "nobody sells it here")
      : refused("opposing", "OPPOSING", `${symbol} is being sold just now (wash trade)`, {
          note: sellers.join(", "),
        });
  },
};
