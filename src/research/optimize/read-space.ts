import { ML_FILTER } from "../../core/run-options.ts";
import type { ParamSpec, ParamValue, Strategy } from "../../core/strategies/contract.ts";
import { parseValue } from "../../core/strategies/params.ts";
import { unknownName } from "../../core/suggest.ts";
import type { Dimension } from "./contract.ts";
import { searchableSpecs } from "./settings.ts";

const RANGE = /^([^:,]+):([^:,]+)(?::([^:,]+))?(?::(log))?$/;
const FORMS = "NAME=A,B,C, NAME=LOW:HIGH, NAME=LOW:HIGH:STEP or NAME=LOW:HIGH:log";

/** Why no study takes `ml_filter`, and what to do instead. */
export const FILTER_UNASKED =
  "a model is trained for one set of parameters, and a search changes them: search without it, then train a filter for the best ones (ml train), which says whether it beats no filter";

/**
 * Reads what is to be searched: `fast_period=5:20:5` (steps), `stop_atr=1:4` (any number between), `volume_factor=0.5:8:log`
 * (by ratio), `trail_pct=none,2,4` (these). What is wrong goes to `problems`, a sentence each.
 */
export function readSpace(
  strategy: Strategy,
  texts: readonly string[],
  problems: string[],
): readonly Dimension[] {
  const specs = searchableSpecs(strategy);
  const space = texts.flatMap((text) => readDimension(specs, text, problems) ?? []);
  const names = space.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) problems.push(`--space ${twice} is given twice`);
  if (texts.length === 0)
    problems.push(
      `--space: nothing to search; give at least one, ${FORMS}; for example ${example(strategy)}`,
    );
  return space;
}

function example({ params: [first] }: Strategy): string {
  const name = first?.name ?? "stop_atr";
  const low = Number(first?.default ?? 1);
  return `--space ${name}=${low}:${low * 3}:${low}`;
}

function readDimension(specs: readonly ParamSpec[], text: string, problems: string[]): Dimension | undefined {
  const equals = text.indexOf("=");
  const name = (equals < 0 ? text : text.slice(0, equals)).trim().replaceAll("-", "_");
  const spec = specs.find((each) => each.name === name);
  if (equals < 0) problems.push(`--space ${text}: expected ${FORMS}`);
  else if (name === ML_FILTER.name) problems.push(`--space ${text}: ${FILTER_UNASKED}`);
  else if (spec === undefined)
    problems.push(
      `--space ${text}: ${unknownName(
        "parameter",
        name,
        specs.map((each) => each.name),
      )}`,
    );
  else {
    const range = RANGE.exec(text.slice(equals + 1).trim());
    return range === null || !isNumeric(spec)
      ? readList(spec, text.slice(equals + 1), problems)
      : readRange(spec, text, range, problems);
  }
  return undefined;
}

function isNumeric({ kind }: ParamSpec): boolean {
  return kind === "integer" || kind === "number" || kind === "percent";
}

function readList(spec: ParamSpec, text: string, problems: string[]): Dimension {
  const values = text.split(",").flatMap((part) => readValue(spec, part, problems) ?? []);
  return { name: spec.name, kind: "list", values: unique(values) };
}

function unique(values: readonly ParamValue[]): readonly ParamValue[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function readValue(spec: ParamSpec, text: string, problems: string[]): ParamValue | undefined {
  const parsed = parseValue(spec, text, `--space ${spec.name}=${text}`);
  if (parsed.kind === "invalid") problems.push(parsed.error);
  return parsed.kind === "ok" ? parsed.value : undefined;
}

function readRange(
  spec: ParamSpec,
  text: string,
  [, from = "", to = "", third, fourth]: RegExpExecArray,
  problems: string[],
): Dimension | undefined {
  const low = readValue(spec, from, problems);
  const high = readValue(spec, to, problems);
  const log = third === "log" || fourth === "log";
  const written = third === "log" ? undefined : third;
  const step = written === undefined ? (spec.kind === "integer" ? 1 : null) : Number(written);
  if (typeof low !== "number" || typeof high !== "number") return undefined;
  const fault = rangeFault(spec, { low, high, step, log });
  if (fault === undefined) return { name: spec.name, kind: "range", low, high, step, log };
  problems.push(`--space ${text}: ${fault}`);
  return undefined;
}

function rangeFault(
  { kind }: ParamSpec,
  { low, high, step, log }: Pick<Extract<Dimension, { kind: "range" }>, "low" | "high" | "step" | "log">,
): string | undefined {
  if (low > high) return `${low} is more than ${high}; expected LOW:HIGH`;
  if (log && low <= 0) return "by ratio needs a low end above 0";
  if (step === null) return undefined;
  if (!(step > 0)) return "expected a step above 0";
  return kind === "integer" && !Number.isInteger(step) ? "expected a step in whole numbers" : undefined;
}
