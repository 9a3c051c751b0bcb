import type { Gate } from "./contract.ts";
import { atMost } from "./measure.ts";

/** The entry must be payable with what the broker would let the account spend, less what is on its way there already. */
export const buyingPower: Gate = {
  id: "buying_power",
  title: "Buying power",
  check({ shares, price }, { buyingPower: available }) {
    const cost = shares * price;
    return atMost({
      gate: "buying_power",
      code: "BUYING_POWER",
      label: "cost",
      unit: "$",
      before: cost,
      after: cost,
      limit: available,
      note: "buying power",
    });
  },
};
