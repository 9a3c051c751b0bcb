import type { Gate } from "./contract.ts";
import { below } from "./measure.ts";

/** How far equity lies under its peak, as a percentage; 0 at the peak. */
export function drawdownOf(equity: number, peakEquity: number): number {
  return peakEquity > 0 ? Math.max(0, ((peakEquity - equity) / peakEquity) * 100) : 0;
}

/** No entries once equity has fallen `drawdown_pct` from its highest snapshot. A withdrawal counts as a fall. */
export const drawdown: Gate = {
  id: "drawdown",
  title: "Drawdown",
  check(_entry, { equity, peakEquity, limits }) {
    const fall = drawdownOf(equity, peakEquity);
    return below({
      gate: "drawdown",
      code: "DRAWDOWN",
      label: "drawdown",
      unit: "%",
      before: fall,
      after: fall,
      limit: limits.drawdown_pct,
      figures: { equity, peakEquity },
    });
  },
};
