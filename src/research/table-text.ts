import type { Params } from "../core/strategies/contract.ts";
import { formatValue } from "../core/strategies/params.ts";

/** `fast_period=10 slow_period=30` */
export function namedValues(values: Params): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${formatValue(value)}`)
    .join(" ");
}

/** Rows as lines, columns aligned. */
export function align(rows: readonly (readonly string[])[], sides: readonly ("left" | "right")[]): string {
  const widths = sides.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return sides[column] === "right" ? cell.padStart(width) : cell.padEnd(width);
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** `12,345.68` */
export function grouped(value: number, decimals: number): string {
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** `12.35%`, or - where there is none. */
export function percentText(value: number | null): string {
  return value === null ? "-" : `${value.toFixed(2)}%`;
}

/** `1.235`, or - where there is none. */
export function ratioText(value: number | null): string {
  return value === null ? "-" : value.toFixed(3);
}

/** The word that goes with the count. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return count === 1 ? one : many;
}
