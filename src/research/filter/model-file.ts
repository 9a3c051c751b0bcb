import { z } from "zod";
import { TIMEFRAMES } from "../../core/bar.ts";
import { UsageError } from "../../core/errors.ts";
import type { Tree } from "../../core/filter/model.ts";
import { FEATURES } from "../../core/filter/features.ts";
import { differenceFrom, type FilteredRun } from "../../core/filter/same-run.ts";
import type { NamedModel } from "../../core/filter/score-entry.ts";
import { trainedOn } from "../../core/filter/trained-on.ts";

const NUMBERS = z.array(z.number());
const TREE: z.ZodType<Tree> = z.union([
  z.number(),
  z.tuple([z.number().int().min(0), z.number(), z.lazy(() => TREE), z.lazy(() => TREE)]).readonly(),
]);
const PARAM = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.array(z.number()),
  z.array(z.enum(TIMEFRAMES)),
]);
/** What `alphaflow ml train --out` writes, as far as it is read back. */
const FILE = z.object({
  strategyId: z.string(),
  timeframe: z.enum(TIMEFRAMES),
  params: z.record(z.string(), PARAM),
  settings: z.array(z.string()),
  symbols: z.array(z.string()),
  trainedFromMs: z.number().nullable(),
  trainedToMs: z.number().nullable(),
  model: z.object({
    featuresVersion: z.number(),
    featureNames: z.array(z.string()),
    classifier: z.discriminatedUnion("kind", [
      z.object({
        kind: z.literal("logistic"),
        means: NUMBERS,
        deviations: NUMBERS,
        weights: NUMBERS,
        bias: z.number(),
      }),
      z.object({ kind: z.literal("forest"), trees: z.array(TREE).min(1) }),
      z.object({ kind: z.literal("onnx"), base64: z.string() }),
    ]),
    calibration: z.object({ slope: z.number(), intercept: z.number() }).nullable(),
  }),
});

/**
 * A model from a file: JSON of `ml train --out`, or a user's own ONNX file. Throws a UsageError that names the file, and where it
 * was trained for another run how that differs.
 */
export function readModelFile(file: string, bytes: Uint8Array, run: FilteredRun): NamedModel {
  if (file.endsWith(".onnx")) return { label: file, model: onnxModel(bytes), trainedOn: null };
  const parsed = FILE.safeParse(jsonOf(bytes));
  if (!parsed.success)
    throw new UsageError(
      `--ml-model ${file}: expected what alphaflow ml train --out wrote, or an .onnx file`,
    );
  const difference = differenceFrom(parsed.data, run);
  if (difference !== undefined) throw new UsageError(`--ml-model ${file}: ${difference}`);
  return { label: file, model: parsed.data.model, trainedOn: trainedOn(parsed.data) };
}

/** A user's own model: its scores are taken for probabilities as they are. */
export function onnxModel(bytes: Uint8Array): NamedModel["model"] {
  return {
    featuresVersion: FEATURES.version,
    featureNames: FEATURES.names,
    classifier: { kind: "onnx", base64: Buffer.from(bytes).toString("base64") },
    calibration: null,
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
