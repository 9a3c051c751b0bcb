import type { Command } from "commander";
import { UsageError } from "./core/errors.ts";
import { addMl, compareMl, statusMl, trainMl, type MlOptions, type MlWorld } from "./ml.ts";
import { readSymbols, type BarOptions, type OpenArchive, type Settings } from "./read-bars.ts";
import { addBarOptions, addRuleOptions, warmupFor } from "./research-commands.ts";
import type { BarsInput } from "./research/cli.ts";

/** What the program gives its commands. */
interface Program {
  /** To stdout. */
  readonly print: (text: string) => void;
  readonly readSettings: () => Settings;
  readonly openArchive: OpenArchive;
  readonly world: MlWorld;
}

type Asked = BarOptions & MlOptions;

/** The commands of the signal filter: train, compare, status, add. */
export function declareMl(cli: Command, { print, readSettings, openArchive, world }: Program): void {
  const ml = cli
    .command("ml")
    .description("signal filters; stop the bot first where it uses PGlite and --out is not given");
  const bars = async (strategy: string, options: Asked): Promise<readonly BarsInput[]> => {
    const warmup = await warmupFor(strategy, options, true);
    return readSymbols(options, warmup, readSettings, openArchive);
  };

  trainOptions(
    ml.command("train").description("train a filter, tell whether it beats no filter, and keep it"),
  )
    .option("--out <file>", "into this file instead of the database")
    .action(async (strategy: string, options: Asked) => {
      print(await trainMl(world, strategy, await bars(strategy, options), options));
    });

  trainOptions(
    ml
      .command("compare")
      .description("a filter against no filter: as train, but nothing is kept; without bars what is known"),
  )
    .option("--ml-model <version>", "without bars: this version (the newest)")
    .action(async (strategy: string, options: Asked) => {
      print(
        await compareMl(
          world,
          strategy,
          hasBars(options) ? await bars(strategy, options) : undefined,
          options,
        ),
      );
    });

  ml.command("status")
    .description("the versions that are kept")
    .argument("[strategy]", "only this strategy")
    .option("--json", "JSON instead of a table")
    .action(async (strategy: string | undefined, { json = false }: { readonly json?: boolean }) => {
      print(await statusMl(world, strategy, json));
    });

  addBarOptions(
    ml
      .command("add")
      .description(
        "keep a model of your own: an ONNX file with one float input [1, features], probability last",
      )
      .argument("<strategy>", "id of the strategy")
      .argument("<file>", "the .onnx file"),
  ).action(async (strategy: string, file: string, options: Asked) => {
    if (hasBars(options)) throw new UsageError("ml add takes no bars: they are for ml train and backtest");
    print(await addMl(world, strategy, file, options));
  });
}

function trainOptions(command: Command): Command {
  return addRuleOptions(addBarOptions(command.argument("<strategy>", "id of the strategy")))
    .option("--ml-filter <probability>", "the threshold it is to be used with (0.7)")
    .option("--validation <scheme>", "walk_forward or k_fold, both purged and embargoed (walk_forward)");
}

function hasBars({ csv = [], symbol }: Asked): boolean {
  return csv.length > 0 || symbol !== undefined;
}
