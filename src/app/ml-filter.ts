import { seriesOf } from "../core/bar-series.ts";
import type { Bar, Timeframe } from "../core/bar.ts";
import { filterCheck, type Scored } from "../core/filter/check.ts";
import { differenceFrom, exitSettings, type FilteredRun, type WaysOut } from "../core/filter/same-run.ts";
import { isBuiltIn, scoreEntry, scoreEntryByOnnx, type NamedModel } from "../core/filter/score-entry.ts";
import { trainedOn } from "../core/filter/trained-on.ts";
import type { GateCheck } from "../core/risk/contract.ts";
import type { RunOptions } from "../core/run-options.ts";
import type { Params, Strategy } from "../core/strategies/contract.ts";
import { formatParams } from "../core/strategies/params.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { FilterModelInfo, LedgerOps, OnnxModel, Outcome, Run } from "../ports.ts";
import type { Engine } from "./context.ts";

/** Versions of the strategy that are looked through for one that was trained for such a run. */
const VERSIONS = 200;

/** What a filter is for. */
interface FilterWish {
  readonly strategy: Strategy;
  readonly params: Params;
  readonly options: Pick<RunOptions, "timeframe" | "mlModel"> & WaysOut;
}

/** A filter that was found, with what its own file needs to be asked. */
export type LoadedFilter = NamedModel & { readonly onnx?: OnnxModel };

/**
 * What the signal filter says of an entry on the newest of these bars; undefined for a run without one. Whatever goes wrong is
 * a check that refuses: the tick goes on, and exits never come here.
 */
export async function checkFilter(
  engine: Engine,
  run: Run,
  bars: readonly Bar[],
): Promise<GateCheck | undefined> {
  const { mlFilter: threshold, timeframe } = run.options;
  if (threshold === undefined) return undefined;
  try {
    return filterCheck(await scoreRun(engine, run, bars, timeframe), threshold);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    engine.log.warn({ run: run.id, error }, "the signal filter could not be asked");
    return filterCheck({ kind: "failed", text: `the model could not be asked: ${why}` }, threshold);
  }
}

async function scoreRun(
  engine: Engine,
  { strategyId, params, options }: Run,
  bars: readonly Bar[],
  timeframe: Timeframe,
): Promise<Scored> {
  const strategy = strategyById(strategyId);
  if (strategy === undefined) return { kind: "failed", text: `there is no strategy ${strategyId}` };
  const version = await findVersion(engine.ledger, { strategy, params, options });
  if (version.kind === "refused") return { kind: "failed", text: version.text };
  const { filters } = engine.state;
  const { id } = version.value;
  // A version never changes; only the one in use is kept.
  const filter = filters.get(id) ?? (await openFilter(engine, await loadFilter(engine.ledger, id)));
  filters.set(id, filter);
  return askFilter(filter, bars, timeframe);
}

function askFilter(
  filter: LoadedFilter,
  bars: readonly Bar[],
  timeframe: Timeframe,
): Scored | Promise<Scored> {
  const series = seriesOf(bars);
  const newest = bars.length - 1;
  if (isBuiltIn(filter)) return scoreEntry(filter, series, newest, timeframe);
  const { onnx } = filter;
  if (onnx === undefined) return { kind: "failed", text: `${filter.label} was not opened` };
  return scoreEntryByOnnx(filter, (features) => onnx.score(features), series, newest, timeframe);
}

/** The version that is asked for, or the newest that was trained for just this; refused with what to do. */
export async function findVersion(
  ledger: LedgerOps,
  { strategy, params, options }: FilterWish,
): Promise<Outcome<FilterModelInfo>> {
  const { timeframe, mlModel } = options;
  const run = { strategy, params, timeframe, exits: options };
  const found = await ledger.filterModels({ strategyId: strategy.id, timeframe, limit: VERSIONS });
  const fitting = found.filter((each) => differenceFrom(each, run) === undefined);
  const version = mlModel === undefined ? fitting[0] : fitting.find(({ id }) => id === mlModel);
  if (version !== undefined) return { kind: "done", value: version, text: "" };
  const nearest = mlModel === undefined ? found[0] : await ledger.filterModel(mlModel);
  return { kind: "refused", text: noVersion(run, mlModel, nearest, fitting) };
}

/** Why no version will do, and what would: `nearest` is the one that was named, or the newest on these bars. */
function noVersion(
  run: FilteredRun,
  mlModel: number | undefined,
  nearest: (Parameters<typeof differenceFrom>[0] & { readonly id: number }) | undefined,
  fitting: readonly FilterModelInfo[],
): string {
  const { strategy, params, timeframe, exits } = run;
  const difference = nearest === undefined ? undefined : differenceFrom(nearest, run);
  const why = [
    ...(mlModel === undefined || nearest !== undefined ? [] : [`there is no model ${mlModel}`]),
    ...(nearest === undefined || difference === undefined
      ? []
      : [`model ${nearest.id} does not fit: ${difference}`]),
  ];
  if (fitting.length > 0)
    return [
      ...why,
      `of ${strategy.id} on ${timeframe} these fit: ${fitting.map(({ id }) => id).join(", ")}`,
    ].join("; ");
  const settings = [...formatParams(strategy.params, params), ...exitSettings(exits)].join(" ");
  return [
    ...why,
    `no model of ${strategy.id} on ${timeframe} has been trained with these parameters and exits`,
    `train one: /ml train ${strategy.id} SYMBOLS timeframe=${timeframe} ${settings}`,
  ].join("; ");
}

/** Reads a version. Rejects where it is gone. */
export async function loadFilter(ledger: LedgerOps, id: number): Promise<NamedModel> {
  const row = await ledger.filterModel(id);
  if (row === undefined) throw new Error(`model ${id} is gone`);
  return { label: `model ${id}`, model: row.model, trainedOn: trainedOn(row) };
}

/** A user's own model needs its runtime; rejects with why it cannot be opened. */
async function openFilter({ onnx }: Engine, named: NamedModel): Promise<LoadedFilter> {
  const { classifier } = named.model;
  return classifier.kind === "onnx"
    ? { ...named, onnx: await onnx.open(Buffer.from(classifier.base64, "base64")) }
    : named;
}

/** Why a run with these settings could not use its filter; undefined where it can, or has none. */
export async function filterProblem(
  engine: Engine,
  strategy: Strategy,
  params: Params,
  options: RunOptions,
): Promise<string | undefined> {
  if (options.mlFilter === undefined) return undefined;
  const version = await findVersion(engine.ledger, { strategy, params, options });
  if (version.kind === "refused") return `ml_filter=${options.mlFilter}: ${version.text}`;
  try {
    await openFilter(engine, await loadFilter(engine.ledger, version.value.id));
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `ml_filter=${options.mlFilter}: model ${version.value.id} cannot be used: ${why}`;
  }
}
