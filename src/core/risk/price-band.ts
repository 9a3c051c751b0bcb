import type { Gate } from "./contract.ts";
import { atMost } from "./measure.ts";
import { refused } from "./verdict.ts";

/** An order's price may lie `price_band_pct` from the latest trade: further off it is a slip of the finger. */
export const priceBand: Gate = {
  id: "price_band",
  title: "Price band",
  check({ symbol, orderPrice }, { market: { last }, limits }) {
    const limit = limits.price_band_pct;
    if (last === undefined)
      return refused("price_band", "PRICE_BAND", `no latest trade of ${symbol} to compare with`, {
        limit,
        unit: "%",
      });
    const away = (Math.abs(orderPrice - last.price) / last.price) * 100;
    return atMost({
      gate: "price_band",
      code: "PRICE_BAND",
      label: "off the last price",
      unit: "%",
      before: away,
      after: away,
      limit,
      figures: { orderPrice, last: last.price },
    });
  },
};
