import type { ExitRules } from "./rules.ts";

/** Take-profit price for an entry at `price` with this stop, USD unrounded; undefined without one (an R multiple needs a stop). */
export function targetPrice(rules: ExitRules, price: number, stop: number | undefined): number | undefined {
  const { takeProfitPct, takeProfitR } = rules;
  if (takeProfitPct !== undefined) return price * (1 + takeProfitPct / 100);
  if (takeProfitR === undefined || stop === undefined || stop >= price) return undefined;
  return price + takeProfitR * (price - stop);
}
