/**
 * The candidate a person most likely meant by `word`, or undefined when none is near: the fewest edits (at most a third of the
 * word, two at least), or the only candidate that the word begins or is contained in (`lookback` → `lookback_period`).
 */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const wanted = plain(word);
  if (wanted === "") return undefined;
  let best: string | undefined;
  let bestEdits = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(wanted, plain(candidate));
    // A word of two letters is two edits away from every other one: more than half changed is another word.
    if (edits < bestEdits && edits * 2 <= Math.max(wanted.length, 2)) {
      best = candidate;
      bestEdits = edits;
    }
  }
  if (best !== undefined || wanted.length < 3) return best;
  const beginning = candidates.filter((candidate) => plain(candidate).startsWith(wanted));
  const near =
    beginning.length > 0 ? beginning : candidates.filter((candidate) => plain(candidate).includes(wanted));
  return near.length === 1 ? near[0] : undefined;
}

/** `unknown strategy momentun; did you mean momentum?`, or the list of what there is when nothing is near. */
export function unknownName(kind: string, word: string, candidates: readonly string[]): string {
  const near = didYouMean(word, candidates);
  const advice = near === undefined ? `known: ${candidates.join(", ")}` : `did you mean ${near}?`;
  return `unknown ${kind} ${word}; ${advice}`;
}

function plain(word: string): string {
  return word.trim().toLowerCase().replaceAll(/[-\s]/g, "_");
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `from` into `to` (optimal string alignment). */
function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const changed = from[row - 1] === to[column - 1] ? 0 : 1;
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + changed,
      );
      const swapped =
        row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (swapped) edits = Math.min(edits, (beforeLast[column - 2] ?? 0) + 1);
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? 0;
}
