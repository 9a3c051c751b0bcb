import { z } from "zod";
import { TIMEFRAMES } from "../../core/bar.ts";
import { runOptionSpecs } from "../../core/run-options.ts";
import type { ParamSpec } from "../../core/strategies/contract.ts";
import { momentum } from "../../core/strategies/momentum.ts";
import { formatValue, parseValue } from "../../core/strategies/params.ts";

const NAME = /^[a-z][a-z0-9_]*$/;
const EXPECTED =
  "expected z.number(), z.int(), z.boolean(), z.enum([…]) or z.array(z.int()), with .default(…)";
/** A run takes these for itself. */
const RUN_OPTIONS: ReadonlySet<string> = new Set(runOptionSpecs(momentum).map(({ name }) => name));
/** And a backtest these. */
const BACKTEST_OPTIONS: ReadonlySet<string> = new Set([
  "days",
  "cash",
  "commission",
  "slippage_bps",
  "spread",
  "gates",
]);

const BOUNDS = {
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
};
const TOLD = { description: z.string().optional() };
/** What JSON Schema says of one parameter: a copy of zod of any age is read by what it describes, not by its classes. */
const FIELD = z.union([
  z.object({ type: z.enum(["integer", "number"]), default: z.number(), ...BOUNDS, ...TOLD }),
  z.object({ type: z.literal("boolean"), default: z.boolean(), ...TOLD }),
  z.object({ type: z.literal("string"), enum: z.array(z.string()), default: z.string(), ...TOLD }),
  z.object({
    type: z.literal("array"),
    items: z.object({ type: z.literal("integer"), ...BOUNDS }),
    default: z.array(z.number()),
    ...TOLD,
  }),
  z.object({
    type: z.literal("array"),
    items: z.object({ type: z.literal("string"), enum: z.array(z.enum(TIMEFRAMES)) }),
    default: z.array(z.enum(TIMEFRAMES)),
    ...TOLD,
  }),
]);
type Field = z.output<typeof FIELD>;

/** The declared parameters of a zod object. Throws an Error that names the parameter and what would be right. */
export function paramSpecs(params: z.ZodObject): readonly ParamSpec[] {
  const { properties = {} } = z.toJSONSchema(params, { io: "input", unrepresentable: "any" });
  return Object.entries(properties).map(([name, property]) => {
    if (!NAME.test(name)) throw new Error(`params.${name}: expected a name of small letters, digits and _`);
    if (RUN_OPTIONS.has(name) || BACKTEST_OPTIONS.has(name))
      throw new Error(`params.${name}: every run and backtest has an option of this name; choose another`);
    const field = FIELD.safeParse(property);
    if (!field.success) throw new Error(`params.${name}: ${EXPECTED}`);
    return withinItsRange(specOf(name, field.data));
  });
}

function specOf(name: string, field: Field): ParamSpec {
  const told = { name, default: field.default, description: field.description ?? "" };
  switch (field.type) {
    case "integer":
    case "number":
      return { ...told, kind: field.type, ...boundsOf(field) };
    case "boolean":
      return { ...told, kind: "boolean" };
    case "string":
      return { ...told, kind: "choice", choices: field.enum };
    case "array":
      return field.items.type === "integer"
        ? { ...told, kind: "integers", ...boundsOf(field.items) }
        : { ...told, kind: "timeframes" };
  }
}

type Bounds = Partial<Record<keyof typeof BOUNDS, number | undefined>>;

/** Not one that only says how far doubles count exactly. */
function isMeant(bound: number | undefined): bound is number {
  return bound !== undefined && Math.abs(bound) < Number.MAX_SAFE_INTEGER;
}

function boundsOf({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Bounds): Partial<ParamSpec> {
  return {
    ...(isMeant(minimum) ? { min: minimum } : {}),
    ...(isMeant(maximum) ? { max: maximum } : {}),
    ...(isMeant(exclusiveMinimum) ? { above: exclusiveMinimum } : {}),
    ...(isMeant(exclusiveMaximum) ? { below: exclusiveMaximum } : {}),
  };
}

function withinItsRange(spec: ParamSpec): ParamSpec {
  const parsed = parseValue(spec, formatValue(spec.default));
  if (parsed.kind === "invalid") throw new Error(`params.${spec.name}: its default: ${parsed.error}`);
  return spec;
}
