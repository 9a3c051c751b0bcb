import { EXIT_KEYS, EXIT_OPTIONS } from "../core/exits/rules.ts";
import { signedDollars } from "../core/figures.ts";
import { runOptionSpecs } from "../core/run-options.ts";
import { ownStrategies, strategies, strategyById, unknownStrategy } from "../core/strategies/index.ts";
import { defaultParams, expectedOf, formatValue } from "../core/strategies/params.ts";
import { ZERO } from "../core/money.ts";
import type { RunView } from "../ports.ts";
import { refusal } from "./answers.ts";
import type { CommandSpec } from "./contract.ts";
import { counted, duration, minuteText, titleWithMode } from "./format.ts";
import { namedRuns, RUNS, STRATEGY } from "./strategy-args.ts";

export const strategyList: CommandSpec = {
  path: ["strategy", "list"],
  summary: "the strategies and how many runs each has",
  examples: ["/strategy list"],
  args: [],
  role: () => "viewer",
  run: async ({ desk }) => {
    const active = (await desk.runs()).filter(({ run }) => run.status !== "stopped");
    const runsOf = (id: string): string =>
      active.flatMap(({ run }) => (run.strategyId === id ? [run.id] : [])).join(", ");
    return {
      title: await titleWithMode(desk, "Strategies"),
      text: `${strategies.length} strategies, ${counted(active.length, "active run")}.`,
      table: {
        columns: [{ header: "id" }, { header: "title" }, { header: "timeframe" }, { header: "runs" }],
        rows: strategies.map(({ id, title, defaultTimeframe }) => [id, title, defaultTimeframe, runsOf(id)]),
      },
      footer: [
        ...ownStrategies().leftOut.map(({ file, reason }) => `Left out: ${file}: ${reason}`),
        "Details: /strategy info ID",
        "Begin: /strategy start ID SYMBOLS [name=value…]",
      ],
    };
  },
};

export const strategyInfo: CommandSpec = {
  path: ["strategy", "info"],
  summary: "what a strategy does, its parameters and the options of its runs",
  examples: ["/strategy info multi_timeframe"],
  args: [STRATEGY],
  role: () => "viewer",
  run: async (_context, { values }) => {
    const strategy = strategyById(values["strategy"] ?? "");
    if (strategy === undefined) return refusal(unknownStrategy(values["strategy"] ?? ""));
    const warmup = strategy.warmupBars(defaultParams(strategy.params)) + 1;
    return {
      title: `${strategy.title} (${strategy.id})`,
      text: strategy.description,
      fields: [
        { label: "First signal", value: `after ${counted(warmup, "bar")} with the defaults` },
        { label: "Timeframe", value: `${strategy.defaultTimeframe} unless told otherwise` },
      ],
      table: {
        columns: [{ header: "name" }, { header: "default" }, { header: "takes" }, { header: "meaning" }],
        rows: [...strategy.params, ...runOptionSpecs(strategy)].map((spec) => [
          spec.name,
          formatValue(spec.default),
          expectedOf(spec),
          spec.description,
        ]),
      },
      footer: [`Begin: /strategy start ${strategy.id} AAPL,MSFT timeframe=${strategy.defaultTimeframe}`],
    };
  },
};

/** So many lines of reasons are shown; a run of fifty symbols would bury the table. */
const MAX_REASONS = 12;

export const strategyStatus: CommandSpec = {
  path: ["strategy", "status"],
  summary: "the runs: symbols, state, trades, profit, and what each sees in the market",
  examples: ["/strategy status", "/strategy status momentum"],
  args: [{ ...RUNS, required: false }],
  role: () => "viewer",
  run: async ({ desk, nowMs }, { values }) => {
    const word = values["run"];
    if (word === undefined) {
      const active = (await desk.runs()).filter(({ run }) => run.status !== "stopped");
      return statusOf(await titleWithMode(desk, "Runs"), active, nowMs);
    }
    const named = await namedRuns(desk, word);
    if (named.kind === "unknown") return refusal(named.text);
    return statusOf(await titleWithMode(desk, "Runs"), named.views, nowMs);
  },
};

function statusOf(
  title: string,
  views: readonly RunView[],
  nowMs: number,
): Awaited<ReturnType<CommandSpec["run"]>> {
  if (views.length === 0)
    return {
      title,
      text: "No strategy is running.",
      footer: ["Begin: /strategy start ID SYMBOLS [name=value…]"],
    };
  const realized = views.reduce((sum, view) => sum.plus(view.realizedPnl), ZERO);
  const open = views.reduce((sum, view) => sum + view.openPositions, 0);
  const reasons = views.flatMap(reasonLines);
  const hidden = reasons.length - MAX_REASONS;
  return {
    title,
    text: `${counted(views.length, "run")}, ${counted(open, "open position")}, realised P&L ${signedDollars(realized)}.`,
    table: {
      columns: [
        { header: "run" },
        { header: "strategy" },
        { header: "symbols" },
        { header: "bars" },
        { header: "state" },
        { header: "open", align: "right" },
        { header: "closed", align: "right" },
        { header: "P&L", align: "right" },
        { header: "age", align: "right" },
      ],
      rows: views.map(({ run, openPositions, closedTrades, realizedPnl }) => [
        run.id,
        run.strategyId,
        run.symbols.join(" "),
        run.options.timeframe,
        run.status,
        String(openPositions),
        String(closedTrades),
        signedDollars(realizedPnl),
        duration((run.stoppedAt ?? nowMs) - run.startedAt),
      ]),
    },
    footer: [
      ...views.flatMap(exitsLine),
      ...reasons.slice(0, MAX_REASONS),
      ...(hidden > 0 ? [`… and ${counted(hidden, "more symbol")}: /strategy status RUN`] : []),
    ],
  };
}

/** The exits that a run was given beside its stop; nothing when there are none. */
function exitsLine({ run }: RunView): readonly string[] {
  const given = EXIT_KEYS.flatMap((key) => {
    const value = run.options[key];
    return value === undefined ? [] : [`${EXIT_OPTIONS[key].name}=${value}`];
  });
  return given.length === 0 ? [] : [`Exits of run ${run.id}: ${given.join(" ")}`];
}

function reasonLines({ run, symbols }: RunView): readonly string[] {
  return symbols.map(({ symbol, barTime, reason, context }) => {
    const parts = [
      `${symbol} (${run.strategyId}, run ${run.id})`,
      barTime === null ? "no bar decided yet" : `bar ${minuteText(barTime)}`,
      ...(reason === null ? [] : [reason]),
      ...(context === null || context === "" ? [] : [context]),
    ];
    return parts.join(" · ");
  });
}
