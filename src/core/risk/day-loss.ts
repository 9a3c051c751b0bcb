import type { Gate, GateCheck, GateFigures } from "./contract.ts";
import { below } from "./measure.ts";

/** Day loss as the broker's account shows it: (last_equity − equity) / last_equity; negative in profit, 0 when unknown. */
export function dayLossOf(equity: number, lastEquity: number): number {
  return lastEquity > 0 ? (lastEquity - equity) / lastEquity : 0;
}

/** The day's loss against its limit; it is the same for every entry. */
export function dayLossCheck({
  equity,
  lastEquity,
  limits,
}: Pick<GateFigures, "equity" | "lastEquity" | "limits">): GateCheck {
  const loss = dayLossOf(equity, lastEquity) * 100;
  return below({
    gate: "day_loss",
    code: "DAILY_LOSS",
    label: "day loss",
    unit: "%",
    before: loss,
    after: loss,
    limit: limits.day_loss_pct,
    figures: { equity, lastEquity },
  });
}

/** No entries once the account has lost `day_loss_pct` of the last session's closing equity, until the next session. */
export const dayLoss: Gate = {
  id: "day_loss",
  title: "Day loss",
  check: (_entry, figures) => dayLossCheck(figures),
};
