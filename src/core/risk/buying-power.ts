import type { Gate } from "./contract.ts";

/** The entry must be payable with what the broker would let the account spend, less what is on its way there already. */
export const buyingPower: Gate = {
  id: "buying_power",
  title: "Buying power",
  check({ shares, price }, { buyingPower: available }) {
    const cost = shares * price;
    const ok = cost <= available;
    return {
      gate: "buying_power",
      ok,
      ...(ok ? {} : { code: "BUYING_POWER" as const }),
      text: `cost $${cost.toFixed(2)} of $${available.toFixed(2)} buying power`,
      figures: { cost, available },
    };
  },
};
