import { isTimeframe, type Timeframe } from "../bar.ts";
import type { Params, ParamValue } from "./contract.ts";

// Parameters are validated once, by parseParams; a wrong type here is a mistake in a strategy's declaration.

export function numberParam(params: Params, name: string): number {
  const value = params[name];
  return typeof value === "number" ? value : wrongType(name, value, "a number");
}

export function booleanParam(params: Params, name: string): boolean {
  const value = params[name];
  return typeof value === "boolean" ? value : wrongType(name, value, "true or false");
}

export function integersParam(params: Params, name: string): readonly number[] {
  return listParam(params, name, "a list of numbers", (value) => typeof value === "number");
}

export function timeframesParam(params: Params, name: string): readonly Timeframe[] {
  return listParam(
    params,
    name,
    "a list of timeframes",
    (value) => typeof value === "string" && isTimeframe(value),
  );
}

function listParam<Item extends number | string>(
  params: Params,
  name: string,
  expected: string,
  isItem: (value: number | string) => value is Item,
): readonly Item[] {
  const value = params[name];
  if (typeof value !== "object") return wrongType(name, value, expected);
  const list: readonly (number | string)[] = value;
  return list.every(isItem) ? list : wrongType(name, value, expected);
}

function wrongType(name: string, value: ParamValue | undefined, expected: string): never {
  throw new TypeError(`parameter ${name} is ${String(value)}, expected ${expected}`);
}
