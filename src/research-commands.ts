import { Option, type Command } from "commander";
import { TIMEFRAMES } from "./core/bar.ts";
import { backtestGates } from "./core/risk/index.ts";
import type { ParamSpec } from "./core/strategies/contract.ts";
import type { ImportOptions } from "./import-bars.ts";
import { readBars, readSymbols, type BarOptions, type OpenArchive, type Settings } from "./read-bars.ts";
import { BACKTEST_OPTIONS } from "./research/backtest-options.ts";
import { runBacktest, runSignals, type BacktestOptions, type BarsInput } from "./research/cli.ts";
import { OPTIMIZE_OPTIONS } from "./research/optimize/options.ts";
import { progressOnStderr } from "./research/optimize/progress.ts";
import type { OptimizeOptions } from "./research/optimize/read-study.ts";

/** What the program gives its commands. */
interface Program {
  /** To stdout. */
  readonly print: (text: string) => void;
  readonly readSettings: () => Settings;
  readonly openArchive: OpenArchive;
  /** The bars with the signal filter that the options name. */
  readonly withFilter: (
    strategy: string,
    bars: readonly BarsInput[],
    options: BacktestOptions & FilterOptions,
  ) => Promise<readonly BarsInput[]>;
}

interface FilterOptions {
  readonly mlFilter?: string;
  readonly mlModel?: string;
  readonly inSample?: boolean;
}

type Tested = BarOptions & BacktestOptions & { readonly gates?: boolean };

/** The commands that look at past bars: signals, backtest, optimize, import-bars. */
export function declareResearch(cli: Command, program: Program): void {
  declareSignals(cli, program);
  declareBacktest(cli, program);
  declareOptimize(cli, program);
  declareImport(cli, program);
}

function declareSignals(cli: Command, { print, readSettings, openArchive }: Program): void {
  addBarOptions(
    cli
      .command("signals")
      .description("a strategy's signal on every bar")
      .argument("<strategy>", "id of the strategy"),
  ).action(
    async (
      strategy: string,
      options: BarOptions & { readonly param: readonly string[]; readonly json?: boolean },
    ) => {
      const warmup = await warmupFor(strategy, options, false);
      print(runSignals(strategy, await readBars(options, warmup, readSettings, openArchive), options));
    },
  );
}

function declareBacktest(cli: Command, { print, readSettings, openArchive, withFilter }: Program): void {
  const backtest = addBarOptions(
    cli
      .command("backtest")
      .description("a strategy on past bars, with fills, stops and statistics")
      .option("--explain", "each figure beside its definition")
      .argument("<strategy>", "id of the strategy"),
  );
  addRuleOptions(backtest)
    .option(
      "--ml-filter <probability>",
      "enter only where the signal filter's probability of a win is above this (off)",
    )
    .option("--ml-model <which>", "version of the filter, or a file of ml train --out or .onnx (newest)")
    .option("--in-sample", "test a filter even on the bars that trained it; the report says so")
    .action(async (strategy: string, options: Tested & FilterOptions) => {
      const asked = options.gates === true ? backtestGates : [];
      const warmup = await warmupFor(strategy, options, options.mlFilter !== undefined);
      const read = await readSymbols(options, warmup, readSettings, openArchive);
      const bars = await withFilter(strategy, read, options);
      print(runBacktest(strategy, bars, options, asked));
    });
}

function declareOptimize(cli: Command, { print, readSettings, openArchive }: Program): void {
  const optimize = addBarOptions(
    cli
      .command("optimize")
      .description(
        "which settings of a strategy did best on past bars, and whether that was luck; Ctrl-C ends with what is done",
      )
      .argument("<strategy>", "id of the strategy")
      .option(
        "--space <name=values>",
        "what to search, any number of times: NAME=A,B,C, NAME=LOW:HIGH:STEP, NAME=LOW:HIGH or NAME=LOW:HIGH:log; a parameter, stop_atr or an exit",
        collect,
        [],
      )
      .option("--anchored", "each window searches all bars before those that judge it")
      // Known only to be refused with the reason.
      .addOption(new Option("--ml-filter <probability>").hideHelp()),
  );
  addValueOptions(optimize, Object.values(OPTIMIZE_OPTIONS));
  addRuleOptions(optimize).action(async (strategy: string, options: Tested & OptimizeOptions) => {
    const { runOptimize } = await import("./research/optimize/cli.ts");
    const asked = options.gates === true ? backtestGates : [];
    const warmup = await warmupFor(strategy, options, false);
    const symbols = await readSymbols(options, warmup, readSettings, openArchive);
    const abort = new AbortController();
    process.once("SIGINT", () => abort.abort());
    print(
      await runOptimize(strategy, symbols, options, asked, {
        signal: abort.signal,
        onProgress: progressOnStderr(process.stderr),
      }),
    );
  });
}

function declareImport(cli: Command, { print, readSettings, openArchive }: Program): void {
  cli
    .command("import-bars")
    .description(
      "keep bars of a file or of Alpaca in the database, for --from-store; stop the bot first where it uses PGlite",
    )
    .requiredOption("--symbol <symbol>", "whose bars; from Alpaca several: AAPL,MSFT")
    .requiredOption("--timeframe <timeframe>", TIMEFRAMES.join(", "))
    .option("--csv <file>", "the file (time,open,high,low,close,volume; ISO-8601 UTC); without it Alpaca")
    .option("--from <date>", "Alpaca: first day")
    .option("--to <date>", "Alpaca: last day (today)")
    .action(async (options: ImportOptions) => {
      const { importBars } = await import("./import-bars.ts");
      print(await importBars(options, readSettings(), openArchive));
    });
}

/** How many bars before --from warm up the indicators of these options. */
export async function warmupFor(
  strategy: string,
  { param, space }: Pick<OptimizeOptions, "param" | "space">,
  filtered: boolean,
): Promise<number> {
  const { warmupBarsOf } = await import("./research/warm-up.ts");
  return warmupBarsOf(strategy, { param, space, filtered });
}

export function addBarOptions(command: Command): Command {
  return command
    .option(
      "--csv <file>",
      "bars from a file (time,open,high,low,close,volume; ISO-8601 UTC); backtest and optimize: several on one equity",
      collect,
      [],
    )
    .option(
      "--symbol <symbol>",
      "bars of this symbol from Alpaca, kept for the next time; backtest and optimize: AAPL,MSFT on one equity",
    )
    .option("--from-store", "bars of --symbol that are kept already (import-bars), without the network")
    .option("--source <source>", 'which of them, where there are several: csv, "alpaca iex"')
    .option("--timeframe <timeframe>", `${TIMEFRAMES.join(", ")} (Alpaca: 1Day)`)
    .option("--from <date>", "first day; bars before it only warm up the indicators")
    .option("--to <date>", "last day (all there are)")
    .option("--param <name=value>", "a parameter of the strategy, any number of times", collect, [])
    .option("--json", "JSON instead of a table");
}

function addValueOptions(
  command: Command,
  specs: readonly Pick<ParamSpec, "name" | "description" | "default">[],
): void {
  for (const { name, description, default: fallback } of specs)
    command.option(`--${name} <value>`, `${description} (${String(fallback)})`);
}

/** The options of everything that tests a strategy. */
export function addRuleOptions(command: Command): Command {
  addValueOptions(command, Object.values(BACKTEST_OPTIONS));
  return command
    .option("--tick", "round stops up to the tick, as live")
    .option(
      "--gates",
      `apply the live risk gates that bars can answer: ${backtestGates.map((gate) => gate.id).join(", ")} (off)`,
    )
    .option("--limit <name=value>", "a risk limit for --gates, as often as wanted", collect, []);
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}
