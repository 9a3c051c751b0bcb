import { barsPerSession, type Timeframe } from "../core/bar.ts";
import { seriesOf } from "../core/bar-series.ts";
import { UsageError } from "../core/errors.ts";
import { backtestGates } from "../core/risk/index.ts";
import { DEFAULT_LIMITS, type Limits } from "../core/risk/limits.ts";
import { sizingOf } from "../core/size/options.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import { strategyById } from "../core/strategies/index.ts";
import { numberParam } from "../core/strategies/read-params.ts";
import type { Desk, PastBars } from "../ports.ts";
import { periodOf } from "../research/period.ts";
import { backtestPortfolio, type PortfolioInput } from "../research/portfolio.ts";
import { portfolioReport } from "../research/report.ts";
import { refusal } from "./answers.ts";
import type { ArgSpec, CommandSpec } from "./contract.ts";
import { backtestMessage } from "./backtest-message.ts";
import { BACKTEST_SPECS, readWish, type Wish } from "./backtest-wish.ts";
import { counted } from "./format.ts";
import { STRATEGY } from "./strategy-args.ts";

/** Calendar days that are tested unless said: some hundreds to thousands of bars. */
const DAYS: Readonly<Record<Timeframe, number>> = {
  "1Min": 5,
  "5Min": 20,
  "15Min": 60,
  "30Min": 120,
  "1Hour": 240,
  "1Day": 1_000,
};
/** As many bars as can be fetched and tested while somebody waits, all symbols together; more: `alphaflow backtest`. */
const MOST_BARS = 200_000;
/** Wilder averages depend on where they start; live runs fetch ten times the longest period, too. */
const HISTORY_FACTOR = 10;

const SETTINGS: ArgSpec = {
  name: "params",
  kind: "settings",
  required: false,
  description: `parameters and options of a run, and ${BACKTEST_SPECS.map(({ name }) => name).join(", ")}, as name=value`,
};

export const backtest: CommandSpec = {
  path: ["backtest"],
  summary: "a strategy on past bars: figures, equity curve and its trades as a CSV file; places no order",
  examples: [
    "/backtest momentum AAPL,MSFT timeframe=1Hour days=180",
    "/backtest ma_crossover AAPL fraction=0.5",
  ],
  args: [
    STRATEGY,
    {
      name: "symbols",
      kind: "symbols",
      required: true,
      description: "symbols on one equity, e.g. AAPL,MSFT",
    },
    {
      name: "days",
      kind: "integer",
      required: false,
      named: true,
      min: 1,
      max: 5_000,
      description: "calendar days back from now",
    },
    SETTINGS,
  ],
  role: () => "trader",
  effect: "reads",
  run: async ({ desk }, { values, symbols, settings }) => {
    const strategy = strategyById(values["strategy"] ?? "");
    if (strategy === undefined) return refusal(`unknown strategy ${values["strategy"] ?? ""}`);
    const wish = readWish(strategy, settings);
    if ("errors" in wish) return refusal(wish.errors.join("\n"));
    const { timeframe } = wish.options;
    const days = Number(values["days"] ?? DAYS[timeframe]);
    const bars = barsIn(days, timeframe) * symbols.length;
    if (bars > MOST_BARS)
      return refusal(
        `about ${bars.toLocaleString("en-US")} bars of ${timeframe} in ${counted(days, "day")}: at most ${MOST_BARS.toLocaleString("en-US")} here; fewer days, longer bars, or alphaflow backtest on the command line`,
      );
    const longest = Math.max(strategy.longestPeriod(wish.params), strategy.warmupBars(wish.params));
    const found = await desk.pastBars({ symbols, timeframe, days, warmupBars: HISTORY_FACTOR * longest });
    if (found.kind === "refused") return refusal(found.text);
    try {
      const input = inputOf(
        strategy,
        wish,
        found.value,
        wish.costs["gates"] === true ? await limitsOf(desk) : undefined,
      );
      const startedMs = performance.now();
      const result = backtestPortfolio(input);
      const report = portfolioReport(
        input,
        result,
        result.time.length / (performance.now() - startedMs + 1e-3),
      );
      return backtestMessage(strategy, wish, days, result, report);
    } catch (error) {
      if (error instanceof UsageError) return refusal(error.message);
      throw error;
    }
  },
};

/** Five sessions a week. */
function barsIn(days: number, timeframe: Timeframe): number {
  return Math.ceil(((days * 5) / 7) * barsPerSession(timeframe));
}

/** The desk's own limits, which the gates are asked with. */
async function limitsOf(desk: Desk): Promise<Limits> {
  const { limits } = await desk.risk();
  return { ...DEFAULT_LIMITS, ...Object.fromEntries(limits.map(({ name, limit }) => [name, limit])) };
}

function inputOf(
  strategy: Strategy,
  { params, options, costs }: Wish,
  { fromMs, bars }: PastBars,
  riskLimits: Limits | undefined,
): PortfolioInput {
  return {
    strategy,
    params,
    timeframe: options.timeframe,
    symbols: [...bars].map(([symbol, each]) => ({
      symbol,
      ...periodOf(seriesOf(each), fromMs, Number.POSITIVE_INFINITY),
    })),
    rules: {
      ...options,
      sizing: sizingOf(options),
      cash: numberParam(costs, "cash"),
      commission: numberParam(costs, "commission"),
      slippageBps: numberParam(costs, "slippage_bps"),
      roundToTick: true,
      gates: riskLimits === undefined ? [] : backtestGates,
      riskLimits: riskLimits ?? DEFAULT_LIMITS,
    },
  };
}
