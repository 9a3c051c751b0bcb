/** A stretch of time, both ends counted, epoch ms. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** What of `wanted` no known range covers, ascending. */
export function gapsIn(known: readonly TimeRange[], wanted: TimeRange): readonly TimeRange[] {
  const gaps: TimeRange[] = [];
  let from = wanted.from;
  for (const range of inOrder(known)) {
    if (range.to < from || range.from > wanted.to) continue;
    if (range.from > from) gaps.push({ from, to: range.from - 1 });
    from = Math.max(from, range.to + 1);
  }
  return from <= wanted.to ? [...gaps, { from, to: wanted.to }] : gaps;
}

/** The ranges with one more, ascending; those that touch are one. */
export function withRange(known: readonly TimeRange[], added: TimeRange): readonly TimeRange[] {
  const merged: TimeRange[] = [];
  for (const range of inOrder([...known, added])) {
    const last = merged.at(-1);
    if (last === undefined || range.from > last.to + 1) merged.push(range);
    else merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
  }
  return merged;
}

function inOrder(ranges: readonly TimeRange[]): readonly TimeRange[] {
  return ranges.toSorted((one, two) => one.from - two.from);
}
