import type { GateFigures, Holding, Unit } from "./contract.ts";
import { clusterOf } from "./correlated.ts";
import { dayLossOf } from "./day-loss.ts";
import { drawdownOf } from "./drawdown.ts";
import { heatOf } from "./heat.ts";
import { LIMITS, type LimitName } from "./limits.ts";
import { percentOfEquity } from "./measure.ts";

/** One limit of the desk as it stands. */
export interface LimitUse {
  readonly name: LimitName;
  readonly description: string;
  readonly unit: Unit;
  /** Null: none is set. */
  readonly limit: number | null;
  /** Null where the limit is about a single order and nothing is used up. */
  readonly used: number | null;
  /** What is left of the limit, never negative; null without a limit or a use. */
  readonly left: number | null;
  /** Where the use is: "NVDA, AMD", "momentum". */
  readonly where: string | null;
}

interface Use {
  readonly used: number;
  readonly where?: string;
}

/** Every limit with how much of it is used. `figures` are those of the account without a new entry. */
export function limitUses(figures: GateFigures): readonly LimitUse[] {
  return LIMITS.map(({ name, description, unit }) => {
    const limit = figures.limits[name];
    const use = USES[name]?.(figures);
    return {
      name,
      description,
      unit,
      limit,
      used: use?.used ?? null,
      left: limit === null || use === undefined ? null : Math.max(0, limit - use.used),
      where: use?.where ?? null,
    };
  });
}

const USES: Partial<Record<LimitName, (figures: GateFigures) => Use>> = {
  heat_pct: ({ holdings, equity }) => ({ used: percentOfEquity(heatOf(holdings), equity) }),
  day_loss_pct: ({ equity, lastEquity }) => ({ used: Math.max(0, dayLossOf(equity, lastEquity) * 100) }),
  drawdown_pct: ({ equity, peakEquity }) => ({ used: drawdownOf(equity, peakEquity) }),
  correlated_pct: largestCluster,
  max_positions: ({ holdings }) => ({ used: holdings.length }),
  max_positions_strategy: ({ holdings }) => mostOf(holdings, (each) => each.strategyId),
  max_positions_symbol: ({ holdings }) => mostOf(holdings, (each) => each.symbol),
  max_position_value: ({ holdings }) => {
    const [largest] = holdings.toSorted((a, b) => b.value - a.value);
    return largest === undefined ? { used: 0 } : { used: largest.value, where: largest.symbol };
  },
  orders_per_minute: ({ entriesLastMinute }) => ({ used: entriesLastMinute }),
  trades_per_day: ({ entriesToday }) => ({ used: entriesToday }),
};

/** The symbol with the most exposure together with all that moves with it. */
function largestCluster(figures: GateFigures): Use {
  const clusters = [...new Set(figures.holdings.map((each) => each.symbol))].map((symbol) => {
    const cluster = clusterOf(symbol, figures);
    return {
      used: percentOfEquity(
        cluster.reduce((sum, each) => sum + each.value, 0),
        figures.equity,
      ),
      where: [...new Set([symbol, ...cluster.map((each) => each.symbol)])].join(", "),
    };
  });
  const [largest] = clusters.toSorted((a, b) => b.used - a.used);
  return largest ?? { used: 0 };
}

function mostOf(holdings: readonly Holding[], key: (holding: Holding) => string): Use {
  const counts = new Map<string, number>();
  for (const each of holdings) counts.set(key(each), (counts.get(key(each)) ?? 0) + 1);
  const [most] = [...counts].toSorted(([, a], [, b]) => b - a);
  return most === undefined ? { used: 0 } : { used: most[1], where: most[0] };
}
