/** The value at an index that the caller keeps within the column. Inlined; past the end it is NaN, which no comparison passes. */
export function valueAt(column: Float64Array, index: number): number {
  return column[index] ?? Number.NaN;
}
