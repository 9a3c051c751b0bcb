import { TIMEFRAMES } from "../bar.ts";
import { didYouMean, unknownName } from "../suggest.ts";
import type { ParamSpec, Params, ParamValue, Strategy } from "./contract.ts";

export type ParsedValue =
  | { readonly kind: "ok"; readonly value: ParamValue }
  /** `min_alignment=0.4: expected a number above 0.5 and at most 1` */
  | { readonly kind: "invalid"; readonly error: string };

export type ParsedParams =
  | { readonly kind: "ok"; readonly params: Params }
  /** One sentence each, all problems at once. */
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** The defaults by name. */
export function defaultParams(specs: readonly ParamSpec[]): Params {
  return Object.fromEntries(specs.map((spec) => [spec.name, spec.default]));
}

/**
 * Reads `name=value` texts. Names that are not given keep their value from `base` (the defaults). Each value is checked
 * on its own; checks across values are the strategy's (`parseStrategyParams`, `parseRun`).
 */
export function parseParams(
  specs: readonly ParamSpec[],
  texts: readonly string[],
  base: Params = defaultParams(specs),
): ParsedParams {
  const errors: string[] = [];
  const given = new Map<string, ParamValue>();
  for (const text of texts) {
    const equals = text.indexOf("=");
    const name = (equals < 0 ? text : text.slice(0, equals)).trim();
    const spec = specs.find((candidate) => candidate.name === name);
    if (equals < 0) errors.push(`${text}: expected name=value`);
    else if (spec === undefined) errors.push(unknownParam(name, specs));
    else if (given.has(name)) errors.push(`${name} is given twice`);
    else {
      const parsed = parseValue(spec, text.slice(equals + 1));
      if (parsed.kind === "invalid") errors.push(parsed.error);
      given.set(name, parsed.kind === "ok" ? parsed.value : spec.default);
    }
  }
  if (errors.length > 0) return { kind: "invalid", errors };
  return { kind: "ok", params: { ...base, ...Object.fromEntries(given) } };
}

function unknownParam(name: string, specs: readonly ParamSpec[]): string {
  return unknownName(
    "parameter",
    name,
    specs.map((spec) => spec.name),
  );
}

/** Reads one value as its spec declares it. `label` stands for the parameter in the error: `--cash 0`, or `name=text`. */
export function parseValue(spec: ParamSpec, text: string, label = `${spec.name}=${text}`): ParsedValue {
  const value = readValue(spec, text.trim());
  if (value !== undefined) return { kind: "ok", value };
  const near = spec.choices === undefined ? undefined : didYouMean(text, spec.choices);
  const advice = near === undefined ? "" : `; did you mean ${near}?`;
  return { kind: "invalid", error: `${label}: expected ${expectedOf(spec)}${advice}` };
}

/** Where something may be left out either word says so. */
const NONE: ReadonlySet<string> = new Set(["none", "off"]);

function readValue(spec: ParamSpec, text: string): ParamValue | undefined {
  return NONE.has(text.toLowerCase()) && mayBeNone(spec) ? spec.default : READERS[spec.kind](spec, text);
}

const READERS: Readonly<
  Record<ParamSpec["kind"], (spec: ParamSpec, text: string) => ParamValue | undefined>
> = {
  integer: (spec, text) => readNumber(spec, text, true),
  number: (spec, text) => readNumber(spec, text, false),
  percent: (spec, text) => readNumber(spec, text.endsWith("%") ? text.slice(0, -1) : text, false),
  boolean: (_, text) => readBoolean(text),
  choice: ({ choices = [] }, text) => sameWord(choices, text),
  integers: (spec, text) => readList(text, (part) => readNumber(spec, part, true)),
  timeframes: (_, text) => readList(text, (part) => sameWord(TIMEFRAMES, part)),
};

function sameWord<Word extends string>(words: readonly Word[], text: string): Word | undefined {
  return words.find((word) => word.toLowerCase() === text.toLowerCase());
}

function mayBeNone(spec: ParamSpec): boolean {
  return spec.default === "none" || (Array.isArray(spec.default) && spec.default.length === 0);
}

const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

function readNumber(spec: ParamSpec, text: string, whole: boolean): number | undefined {
  // Number("") is 0 and Number("0x10") is 16: neither is what a person means here.
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  const { min = -Infinity, max = Infinity, above = -Infinity, below = Infinity } = spec;
  if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) return undefined;
  return value >= min && value <= max && value > above && value < below ? value : undefined;
}

function readBoolean(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (word === "true" || word === "yes") return true;
  return word === "false" || word === "no" ? false : undefined;
}

function readList<Value extends number | string>(
  text: string,
  read: (part: string) => Value | undefined,
): Value[] | undefined {
  const values = text.split("/").flatMap((part) => read(part.trim()) ?? []);
  return values.length === text.split("/").length ? values : undefined;
}

/** What is right for a parameter, for errors, `/strategy info` and `--help`: `a number above 0.5 and at most 1`. */
export function expectedOf(spec: ParamSpec): string {
  return `${EXPECTED[spec.kind](spec)}${mayBeNone(spec) ? ", or none" : ""}`;
}

const EXPECTED: Readonly<Record<ParamSpec["kind"], (spec: ParamSpec) => string>> = {
  integer: (spec) => `a whole number${rangeOf(spec)}`,
  number: (spec) => `a number${rangeOf(spec)}`,
  percent: (spec) => `a percentage${rangeOf(spec)}`,
  boolean: () => "true or false",
  choice: ({ choices = [] }) => `one of ${choices.join(", ")}`,
  integers: (spec) => `whole numbers${rangeOf(spec)} with slashes between them (${formatValue([5, 20, 50])})`,
  timeframes: () => `timeframes with slashes between them, each one of ${TIMEFRAMES.join(", ")}`,
};

function rangeOf({ min, max, above, below }: ParamSpec): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  const lower = min === undefined ? (above === undefined ? [] : [`above ${above}`]) : [`of at least ${min}`];
  const upper = max === undefined ? (below === undefined ? [] : [`below ${below}`]) : [`at most ${max}`];
  const bounds = [...lower, ...upper];
  return bounds.length === 0 ? "" : ` ${bounds.join(" and ")}`;
}

/** A value as it is written after `name=`; what `parseValue` reads back. */
export function formatValue(value: ParamValue): string {
  if (typeof value !== "object") return String(value);
  return value.length === 0 ? "none" : value.join("/");
}

/** `name=value` texts in the order of the specs; `parseParams` reads them back. */
export function formatParams(specs: readonly ParamSpec[], params: Params): readonly string[] {
  return specs.map((spec) => `${spec.name}=${formatValue(params[spec.name] ?? spec.default)}`);
}

/** A strategy's own parameters, checks across them included (fast < slow). */
export function parseStrategyParams(strategy: Strategy, texts: readonly string[]): ParsedParams {
  const parsed = parseParams(strategy.params, texts);
  if (parsed.kind === "invalid") return parsed;
  const fault = strategy.check?.(parsed.params);
  return fault === undefined ? parsed : { kind: "invalid", errors: [fault] };
}
