import { UsageError } from "../../core/errors.ts";
import type { Params, ParamValue } from "../../core/strategies/contract.ts";
import type { Dimension } from "./contract.ts";

/** Of numbers that are drawn: more would only be noise to whoever reads them. */
const DIGITS = 6;

/** The values of a dimension one by one, in order. Throws a UsageError for a range without a step. */
export function valuesOf(dimension: Dimension): readonly ParamValue[] {
  if (dimension.kind === "list") return dimension.values;
  const { name, low, step } = dimension;
  if (step === null)
    throw new UsageError(
      `${name}: a grid needs a step or a list, ${name}=${low}:${dimension.high}:STEP or ${name}=A,B,C; or --search random`,
    );
  return Array.from({ length: countOf(dimension) }, (_, index) => stepped(low, index, step));
}

/** How many values a dimension has; Infinity for a range without a step. */
export function countOf(dimension: Dimension): number {
  if (dimension.kind === "list") return dimension.values.length;
  const { low, high, step } = dimension;
  // 0.1 to 0.3 in steps of 0.1 has three values, whatever doubles make of it.
  return step === null ? Number.POSITIVE_INFINITY : Math.floor((high - low) / step + 1e-9) + 1;
}

/** The value `index` steps above `low`: as a person would write it, 0.3 and not 0.30000000000000004. */
function stepped(low: number, index: number, step: number): number {
  return Number((low + index * step).toPrecision(12));
}

/** The value at a place in [0, 1) of a dimension: all values of a list or steps alike, a range by distance or by ratio. */
export function valueAtPlace(dimension: Dimension, place: number): ParamValue {
  if (dimension.kind === "list") {
    const value = dimension.values[Math.floor(place * dimension.values.length)];
    if (value === undefined)
      throw new RangeError(`place ${place} of ${dimension.values.length} values of ${dimension.name}`);
    return value;
  }
  const { low, high, step, log } = dimension;
  if (step !== null && !log) return stepped(low, Math.floor(place * countOf(dimension)), step);
  const value = log ? low * (high / low) ** place : low + (high - low) * place;
  if (step === null) return Math.min(high, Math.max(low, Number(value.toPrecision(DIGITS))));
  return stepped(low, Math.min(countOf(dimension) - 1, Math.round((value - low) / step)), step);
}

/** Where a number lies in a range, in [0, 1]: the middle of its step where there are steps. `valueAtPlace` finds it again. */
export function placeOf(dimension: Extract<Dimension, { kind: "range" }>, value: number): number {
  const { low, high, step, log } = dimension;
  if (low === high) return 0.5;
  if (log) return Math.log(value / low) / Math.log(high / low);
  return step === null
    ? (value - low) / (high - low)
    : (Math.round((value - low) / step) + 0.5) / countOf(dimension);
}

/** How many combinations the dimensions have; Infinity where one has no steps. */
export function combinationsIn(space: readonly Dimension[]): number {
  return space.reduce((product, dimension) => product * countOf(dimension), 1);
}

/** A combination as text, to tell it from others: by the order of the space, for a database keeps names in an order of its own. */
export function combinationKey(space: readonly Dimension[], params: Params): string {
  return JSON.stringify(space.map(({ name }) => params[name]));
}
