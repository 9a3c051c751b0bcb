import { z } from "zod";
import { TIMEFRAMES } from "../../core/bar.ts";
import type { Params, Strategy } from "../../core/strategies/contract.ts";
import { failureReason, StrategyFailure } from "../../core/strategies/failure.ts";
import type { Plot } from "../../core/strategies/plot.ts";
import { didYouMean } from "../../core/suggest.ts";
import type { StrategyDefinition } from "./define-strategy.ts";
import { GuardedKernel } from "./guarded-kernel.ts";
import { paramSpecs } from "./param-specs.ts";

function made<T>(what: string, is: (value: object) => boolean): z.ZodType<T> {
  const fits = (value: unknown): boolean =>
    (typeof value === "object" || typeof value === "function") && value !== null && is(value);
  return z.custom<T>(fits, `expected ${what}`);
}

function callable<Name extends keyof StrategyDefinition>(): z.ZodType<NonNullable<StrategyDefinition[Name]>> {
  return made("a function", (value) => typeof value === "function");
}

const SHAPE = z.strictObject({
  id: z
    .string("expected a text")
    .regex(/^[a-z][a-z0-9_]{1,39}$/, "expected 2 to 40 small letters, digits and _, a letter first"),
  title: z.string("expected a text").min(1, "expected a text"),
  description: z.string("expected a text").min(1, "expected a text"),
  defaultTimeframe: z.enum(TIMEFRAMES, `expected one of ${TIMEFRAMES.join(", ")}`).default("15Min"),
  params: made<z.ZodObject>("z.object({…})", (value) => "_zod" in value && "shape" in value),
  check: callable<"check">().optional(),
  warmupBars: callable<"warmupBars">(),
  longestPeriod: callable<"longestPeriod">().optional(),
  timeframes: callable<"timeframes">().optional(),
  kernel: callable<"kernel">(),
  plot: callable<"plot">().optional(),
});
type Definition = z.output<typeof SHAPE>;

/** Words that commands take in place of a strategy. */
const RESERVED: ReadonlySet<string> = new Set(["manual", "all"]);

/**
 * The strategy that a file's default export defines. Every call of it is guarded: what it throws later comes out as a
 * StrategyFailure with its name. Throws an Error that says what is wrong with the definition.
 */
export function readDefinition(file: string, exported: unknown): Strategy {
  if (exported === undefined)
    throw new Error("no default export; expected export default defineStrategy({…})");
  const parsed = SHAPE.safeParse(exported);
  if (!parsed.success) throw new Error(parsed.error.issues.map(issueText).join("; "));
  const definition = parsed.data;
  if (RESERVED.has(definition.id)) throw new Error(`id: ${definition.id} stands for something else`);
  return strategyOf(`${definition.id} (${file})`, definition, paramSpecs(definition.params));
}

function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys")
    return issue.keys
      .map((key) => {
        const near = didYouMean(key, Object.keys(SHAPE.shape));
        return `${key}: unknown${near === undefined ? "" : `; did you mean ${near}?`}`;
      })
      .join("; ");
  const path = issue.path.join(".");
  return path === "" ? "the default export: expected defineStrategy({…})" : `${path}: ${issue.message}`;
}

function strategyOf(name: string, definition: Definition, params: Strategy["params"]): Strategy {
  const attempt = <T>(what: string, call: () => T): T => {
    try {
      return call();
    } catch (error) {
      throw new StrategyFailure(name, what, failureReason(error), error);
    }
  };
  const read = (values: Params): Readonly<Record<string, unknown>> =>
    attempt("parameters", () => definition.params.parse(values));
  const count = (what: "warmupBars" | "longestPeriod", values: Params): number => {
    const call = definition[what] ?? definition.warmupBars;
    const bars: unknown = attempt(what, () => call(read(values)));
    if (typeof bars !== "number" || !Number.isSafeInteger(bars) || bars < 0)
      throw new StrategyFailure(name, what, `${String(bars)}, expected a whole number of bars`);
    return bars;
  };

  const strategy: Strategy = {
    id: definition.id,
    title: definition.title,
    description: definition.description,
    defaultTimeframe: definition.defaultTimeframe,
    params,
    check(values) {
      const parsed = definition.params.safeParse(values);
      if (!parsed.success)
        return parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
      try {
        const fault = definition.check?.(parsed.data);
        if (fault !== undefined) return fault;
        // What cannot begin with these parameters is told now, not at the first bar.
        strategy.warmupBars(values);
        strategy.longestPeriod(values);
        strategy.timeframes(values);
        strategy.kernel(values);
        return undefined;
      } catch (error) {
        return error instanceof StrategyFailure ? error.message : failureReason(error);
      }
    },
    warmupBars: (values) => count("warmupBars", values),
    longestPeriod: (values) => count("longestPeriod", values),
    timeframes(values) {
      const slots: unknown = attempt("timeframes", () => definition.timeframes?.(read(values)) ?? []);
      const parsed = z.array(z.enum(TIMEFRAMES)).safeParse(slots);
      if (parsed.success) return parsed.data;
      throw new StrategyFailure(name, "timeframes", `expected a list of ${TIMEFRAMES.join(", ")}`);
    },
    kernel(values) {
      const kernel: unknown = attempt("kernel", () => definition.kernel(read(values)));
      if (!isKernel(kernel))
        throw new StrategyFailure(name, "kernel", "expected an object with the functions step and explain");
      return new GuardedKernel(name, kernel);
    },
    plot(values, bars, timeframe) {
      const plot: Plot | undefined = attempt("plot", () => definition.plot?.(read(values), bars, timeframe));
      if (plot === undefined) return { lines: [] };
      const columns = [...plot.lines, ...(plot.panel === undefined ? [] : [plot.panel])];
      for (const { label, values: column } of columns)
        if (!(column instanceof Float64Array) || column.length !== bars.length)
          throw new StrategyFailure(name, "plot", `${label}: expected a Float64Array with a value a bar`);
      return plot;
    },
  };
  return strategy;
}

function isKernel(value: unknown): value is ReturnType<StrategyDefinition["kernel"]> {
  return (
    typeof value === "object" &&
    value !== null &&
    "step" in value &&
    typeof value.step === "function" &&
    "explain" in value &&
    typeof value.explain === "function"
  );
}
