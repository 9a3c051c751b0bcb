import { findVersion } from "../app/ml-filter.ts";
import type { Timeframe } from "../core/bar.ts";
import { DAY_MS } from "../core/iso-time.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { FilterModelInfo, PastBars, Run } from "../ports.ts";
import { SCHEMES } from "../research/filter/splits.ts";
import { inThread } from "../research/thread.ts";
import { warmupBars } from "../research/warm-up.ts";
import { refusal } from "./answers.ts";
import { barsWanted } from "./bars-wanted.ts";
import { BACKTEST_SPECS, readWish } from "./backtest-wish.ts";
import { byOf } from "./bus.ts";
import type { CommandContext, CommandSpec } from "./contract.ts";
import { trainingTask, type runTraining } from "./ml-job.ts";
import { counted } from "./format.ts";
import { filterMessage, statusMessage } from "./ml-message.ts";
import { STRATEGY } from "./strategy-args.ts";

/** Calendar days that train unless said: hundreds of signals of most strategies. */
const DAYS: Readonly<Record<Timeframe, number>> = {
  "1Min": 30,
  "5Min": 180,
  "15Min": 365,
  "30Min": 730,
  "1Hour": 1_000,
  "1Day": 5_000,
};
const VERSIONS_SHOWN = 20;

export const mlTrain: CommandSpec = {
  path: ["ml", "train"],
  summary:
    "trains the signal filter on what past BUYs came to, says whether it beats no filter, and keeps it",
  examples: [
    "/ml train momentum AAPL,MSFT timeframe=1Hour",
    "/ml train mean_reversion SPY days=3650 timeframe=1Day ml_filter=0.6 commission=0.0005",
  ],
  args: [
    STRATEGY,
    {
      name: "symbols",
      kind: "symbols",
      required: true,
      description: "symbols to learn from, e.g. AAPL,MSFT",
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
    {
      name: "test_days",
      kind: "integer",
      required: false,
      named: true,
      min: 1,
      max: 5_000,
      description: "the newest of them that do not train: /backtest days= tests the filter on them",
    },
    {
      name: "validation",
      kind: "choice",
      required: false,
      named: true,
      choices: SCHEMES,
      description: "how it is validated: walk_forward (default) or k_fold, both purged and embargoed",
    },
    {
      name: "params",
      kind: "settings",
      required: false,
      description: `name=value: parameters, timeframe, exits, ml_filter, ${BACKTEST_SPECS.map(({ name }) => name).join(", ")}`,
    },
  ],
  role: () => "trader",
  run: async (context, { values, symbols, settings }) => {
    const { desk, ledger, progress, nowMs } = context;
    const strategy = strategyById(values["strategy"] ?? "");
    if (strategy === undefined) return refusal(`unknown strategy ${values["strategy"] ?? ""}`);
    const wish = readWish(strategy, settings);
    if ("errors" in wish) return refusal(wish.errors.join("\n"));
    const { timeframe } = wish.options;
    const days = Number(values["days"] ?? DAYS[timeframe]);
    const testDays = Number(values["test_days"] ?? 0);
    if (testDays >= days)
      return refusal(`test_days=${testDays} leaves nothing of ${counted(days, "day")} to train on`);
    const warmup = warmupBars(strategy, { params: wish.params, filtered: true });
    const wanted = { symbols, timeframe, days, warmupBars: warmup };
    const found = await barsWanted(desk, wanted, progress, "alphaflow ml train");
    if (found.kind === "refused") return refusal(found.text);
    const scheme = SCHEMES.find((name) => name === values["validation"]) ?? "walk_forward";
    const trained = await inThread<typeof runTraining>(
      trainingTask(before(found.value, nowMs - testDays * DAY_MS), { strategyId: strategy.id, wish, scheme }),
      progress,
    );
    if ("refused" in trained) return refusal(trained.refused);
    const id = await ledger.insertFilterModel({
      ...trained,
      createdBy: byOf(context).name,
      createdAt: nowMs,
    });
    return filterMessage({ ...trained, id });
  },
};

/** What is older than `toMs`; a symbol without such bars teaches nothing. */
function before({ fromMs, bars }: PastBars, toMs: number): PastBars {
  const older = [...bars].map(([symbol, each]) => [symbol, each.filter(({ time }) => time < toMs)] as const);
  return { fromMs, bars: new Map(older.filter(([, each]) => each.length > 0)) };
}

export const mlStatus: CommandSpec = {
  path: ["ml", "status"],
  summary: "the signal filters that were trained, and which runs enter by them",
  examples: ["/ml status", "/ml status momentum"],
  args: [{ ...STRATEGY, required: false, description: "only this strategy" }],
  role: () => "viewer",
  run: async ({ desk, ledger }, { values: { strategy } }) => {
    const of = strategy === undefined ? {} : { strategyId: strategy };
    const models = await ledger.filterModels({ ...of, limit: VERSIONS_SHOWN });
    const filtering = (await desk.runs())
      .map(({ run }) => run)
      .filter(
        (run) =>
          run.status !== "stopped" &&
          run.options.mlFilter !== undefined &&
          (strategy === undefined || run.strategyId === strategy),
      );
    const uses = await Promise.all(
      filtering.map(async (run) => ({ run, model: await modelText(ledger, run) })),
    );
    return statusMessage(models, uses);
  },
};

export const mlCompare: CommandSpec = {
  path: ["ml", "compare"],
  summary: "a signal filter against no filter: expectancy, win rate, calibration, and a plain verdict",
  examples: ["/ml compare momentum", "/ml compare momentum model=3"],
  args: [
    STRATEGY,
    {
      name: "model",
      kind: "integer",
      required: false,
      named: true,
      min: 1,
      description: "version of the filter; the newest unless given",
    },
  ],
  role: () => "viewer",
  run: async ({ ledger }, { values: { strategy = "", model } }) => {
    const found = await findModel(ledger, strategy, model);
    if (found !== undefined) return filterMessage(found);
    return refusal(
      model === undefined
        ? `no model of ${strategy} yet; /ml train ${strategy} SYMBOLS makes one`
        : `there is no model ${model} of ${strategy}; /ml status ${strategy} lists them`,
    );
  },
};

async function findModel(
  ledger: CommandContext["ledger"],
  strategyId: string,
  model: string | undefined,
): Promise<FilterModelInfo | undefined> {
  if (model === undefined) return (await ledger.filterModels({ strategyId, limit: 1 }))[0];
  const row = await ledger.filterModel(Number(model));
  if (row?.strategyId !== strategyId) return undefined;
  const { model: filter, ...info } = row;
  return { ...info, kind: filter.classifier.kind, featuresVersion: filter.featuresVersion };
}

async function modelText(ledger: CommandContext["ledger"], run: Run): Promise<string> {
  const strategy = strategyById(run.strategyId);
  if (strategy === undefined) return `there is no strategy ${run.strategyId}`;
  const version = await findVersion(ledger, { strategy, params: run.params, options: run.options });
  return version.kind === "done" ? `model ${version.value.id}` : `no entries, ${version.text}`;
}
