import { readFileSync, writeFileSync } from "node:fs";
import { findVersion, loadFilter } from "./app/ml-filter.ts";
import { UsageError } from "./core/errors.ts";
import type { FilteredRun } from "./core/filter/same-run.ts";
import type { AskOnnx, NamedModel } from "./core/filter/score-entry.ts";
import type { FilterModelInfo, Ledger, OnnxModel, OnnxRuntime } from "./ports.ts";
import type { BarsInput } from "./research/cli.ts";
import {
  filteredBars,
  filteredRun,
  filterSetting,
  trainFromBars,
  type TrainOptions,
} from "./research/filter/cli.ts";
import { formatFilter, formatVersions } from "./research/filter/format.ts";
import { refuseInSample } from "./research/filter/in-sample.ts";
import { onnxModel, readModelFile } from "./research/filter/model-file.ts";

/** Options of `alphaflow ml …` and of the filter of `alphaflow backtest`. */
export interface MlOptions extends TrainOptions {
  /** A version, or a file. */
  readonly mlModel?: string | undefined;
  readonly out?: string | undefined;
  /** Test on what the model was trained on all the same. */
  readonly inSample?: boolean | undefined;
}

/** What the commands need of the world; the database is opened only where it is asked. */
export interface MlWorld {
  readonly onnx: OnnxRuntime;
  readonly by: string;
  readonly nowMs: number;
  withLedger<T>(work: (ledger: Ledger) => Promise<T>): Promise<T>;
}

const OUT_OF_SAMPLE =
  "train up to a day (ml train --to) and test from a later one (--from), or --in-sample tests all the same and says so";
const VERSIONS = 100;
/** Larger than any model of this task; what is larger belongs elsewhere than in a database row. */
const MAX_ONNX_BYTES = 10_000_000;

/** Trains, tells, and keeps the filter: in the database, or with `--out` in a file. */
export async function trainMl(
  world: MlWorld,
  strategyId: string,
  bars: readonly BarsInput[],
  options: MlOptions,
): Promise<string> {
  const trained = trainFromBars(strategyId, bars, options);
  const { out } = options;
  const kept = async (): Promise<string> => {
    if (out === undefined) {
      const row = { ...trained, createdBy: world.by, createdAt: world.nowMs };
      return `kept as model ${await world.withLedger((ledger) => ledger.insertFilterModel(row))}`;
    }
    writeFileSync(out, `${JSON.stringify(trained)}\n`);
    return `written to ${out}: alphaflow backtest ${strategyId} --ml-filter 0.7 --ml-model ${out} asks it`;
  };
  const where = await kept();
  return options.json === true
    ? JSON.stringify({ ...trained, kept: where }, undefined, 1)
    : `${formatFilter(trained)}\n\n${where}`;
}

/** Trains and tells without keeping anything; without bars what is known of a version, by default the newest. */
export async function compareMl(
  world: MlWorld,
  strategyId: string,
  bars: readonly BarsInput[] | undefined,
  options: MlOptions,
): Promise<string> {
  const told =
    bars === undefined
      ? await world.withLedger((ledger) => versionOf(ledger, strategyId, options.mlModel))
      : trainFromBars(strategyId, bars, options);
  return options.json === true ? JSON.stringify(told.scores, undefined, 1) : formatFilter(told);
}

export async function statusMl(
  world: MlWorld,
  strategyId: string | undefined,
  json: boolean,
): Promise<string> {
  const of = strategyId === undefined ? {} : { strategyId };
  const models = await world.withLedger((ledger) => ledger.filterModels({ ...of, limit: VERSIONS }));
  return json ? JSON.stringify(models, undefined, 1) : formatVersions(models);
}

/** Keeps a user's own model for a strategy; it is opened once, so that what cannot run is refused now. */
export async function addMl(
  world: MlWorld,
  strategyId: string,
  file: string,
  options: MlOptions,
): Promise<string> {
  const { strategy, params, timeframe } = filterSetting(strategyId, options);
  const bytes = readBytes(file);
  if (bytes.length > MAX_ONNX_BYTES)
    throw new UsageError(`${file} has ${bytes.length} bytes; at most ${MAX_ONNX_BYTES} are kept`);
  await world.onnx.open(bytes).catch((error: unknown) => {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  });
  const id = await world.withLedger((ledger) =>
    ledger.insertFilterModel({
      strategyId: strategy.id,
      timeframe,
      params,
      symbols: [],
      settings: [],
      trainedFromMs: null,
      trainedToMs: null,
      model: onnxModel(bytes),
      scores: null,
      createdBy: world.by,
      createdAt: world.nowMs,
    }),
  );
  return `${file} is kept as model ${id} of ${strategy.id} on ${timeframe}`;
}

/** The bars of a backtest with `--ml-filter`; as they are without it. */
export async function barsWithFilter(
  world: MlWorld,
  strategyId: string,
  bars: readonly BarsInput[],
  options: MlOptions,
): Promise<readonly BarsInput[]> {
  if (options.mlFilter === undefined) {
    if (options.mlModel !== undefined)
      throw new UsageError(`--ml-model ${options.mlModel} needs --ml-filter, for example --ml-filter 0.7`);
    return bars;
  }
  const run = filteredRun(strategyId, options, bars[0]);
  const model = await modelFor(world, run, options.mlModel);
  let opened: Promise<OnnxModel> | undefined;
  const ask: AskOnnx = async (features) => {
    const { classifier } = model.model;
    if (classifier.kind !== "onnx") throw new Error(`${model.label} is not an ONNX file`);
    opened ??= world.onnx.open(Buffer.from(classifier.base64, "base64"));
    return (await opened).score(features);
  };
  const filtered = await filteredBars(run, bars, options.mlFilter, model, ask);
  if (options.inSample !== true) refuseInSample(model, filtered, OUT_OF_SAMPLE);
  return filtered;
}

async function modelFor(world: MlWorld, run: FilteredRun, wanted: string | undefined): Promise<NamedModel> {
  const version = wanted === undefined ? undefined : Number(wanted);
  if (wanted !== undefined && !Number.isInteger(version))
    return readModelFile(wanted, readBytes(wanted), run);
  const { strategy, params, timeframe, exits } = run;
  return world.withLedger(async (ledger) => {
    const found = await findVersion(ledger, {
      strategy,
      params,
      options: { ...exits, timeframe, ...(version === undefined ? {} : { mlModel: version }) },
    });
    if (found.kind === "refused") throw new UsageError(found.text);
    return loadFilter(ledger, found.value.id);
  });
}

async function versionOf(
  ledger: Ledger,
  strategyId: string,
  wanted: string | undefined,
): Promise<FilterModelInfo> {
  const models = await ledger.filterModels({ strategyId, limit: VERSIONS });
  const found = wanted === undefined ? models[0] : models.find(({ id }) => String(id) === wanted);
  if (found !== undefined) return found;
  throw new UsageError(
    models.length === 0
      ? `no model of ${strategyId} yet; alphaflow ml train ${strategyId} makes one`
      : `there is no model ${wanted ?? ""} of ${strategyId}; there are ${models.map(({ id }) => id).join(", ")}`,
  );
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`${file}: ${error instanceof Error ? error.message : "cannot be read"}`);
  }
}
