import type { Gate } from "./contract.ts";
import { atMost } from "./measure.ts";

/** One entry may cost `max_position_value`. */
export const positionValue: Gate = {
  id: "position_value",
  title: "Position value",
  check({ shares, price }, { limits }) {
    const cost = shares * price;
    return atMost({
      gate: "position_value",
      code: "POSITION_VALUE",
      label: "value",
      unit: "$",
      before: cost,
      after: cost,
      limit: limits.max_position_value,
    });
  },
};
