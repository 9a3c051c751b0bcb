import { z } from "zod";
import type { PlannedTrial, Study, Trial } from "../optimize/contract.ts";
import type { StudyReport } from "../optimize/report.ts";

/** A study as it is kept. */
export interface StudyRecord {
  readonly study: Study;
  readonly symbols: readonly string[];
  /** Bars of all symbols together. */
  readonly bars: number;
}

// The rows were written by this program from checked values: what is asked here is whether it was a version that wrote the same.
const studyShape = z.custom<Study>(
  (value) =>
    z
      .object({
        strategyId: z.string(),
        params: z.record(z.string(), z.unknown()),
        rules: z.object({ cash: z.number(), gates: z.boolean() }),
        space: z.array(z.object({ name: z.string() })),
        search: z.string(),
        trials: z.number(),
        seed: z.number(),
      })
      .safeParse(value).success,
  "a study of another version",
);
const recordShape = z.object({
  study: studyShape,
  symbols: z.array(z.string()),
  bars: z.number(),
}) satisfies z.ZodType<StudyRecord>;

/** Throws when another version of the program wrote it otherwise. */
export function readRecord(definition: unknown): StudyRecord {
  return recordShape.parse(definition);
}

export function readPlanned(trial: unknown): PlannedTrial {
  if (!isPlanned(trial)) throw new TypeError(`no trial: ${JSON.stringify(trial)?.slice(0, 80)}`);
  return trial;
}

export function readTrial(trial: unknown): Trial {
  if (!isTrial(trial)) throw new TypeError(`no result of a trial: ${JSON.stringify(trial)?.slice(0, 80)}`);
  return trial;
}

// Asked of tens of thousands at once, beside trading: a schema would take a second.
function isPlanned(value: unknown): value is PlannedTrial {
  return (
    hasAll(value, ["number", "window", "params"]) &&
    typeof value["number"] === "number" &&
    typeof value["window"] === "number" &&
    typeof value["params"] === "object"
  );
}

function isTrial(value: unknown): value is Trial {
  return (
    isPlanned(value) &&
    hasAll(value, ["state", "inSample", "outOfSample", "text"]) &&
    (value["state"] === "done" || value["state"] === "failed")
  );
}

function hasAll<Name extends string>(value: unknown, names: readonly Name[]): value is Record<Name, unknown> {
  return typeof value === "object" && value !== null && names.every((name) => name in value);
}

/** A report as it is kept: the first versions kept no curve. */
export type KeptReport = Omit<StudyReport, "equity_curve"> & Partial<Pick<StudyReport, "equity_curve">>;

const reportShape = z.custom<KeptReport>(
  (value) =>
    z
      .object({
        best: z.array(z.unknown()),
        verdict: z.array(z.string()),
        trials: z.object({ done: z.number() }),
        equity_curve: z.array(z.object({ time: z.iso.datetime(), equity: z.number() })).optional(),
      })
      .safeParse(value).success,
  "no report of a study",
);

/** Undefined while there is none, and where another version wrote it otherwise. */
export function readReport(report: unknown): KeptReport | undefined {
  return reportShape.safeParse(report).data;
}
