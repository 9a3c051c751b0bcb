/** From the decision to the exit of one labelled entry, epoch ms. */
export interface LabelSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/**
 * walk_forward: trains on what lies before the test block, so it has one block less to test on. k_fold: trains on what lies
 * before and after it.
 */
export const SCHEMES = ["walk_forward", "k_fold"] as const;
export type Scheme = (typeof SCHEMES)[number];

/** Indices into the spans that were given. */
export interface Split {
  readonly train: readonly number[];
  readonly test: readonly number[];
  /** First decision and last exit of the test block. */
  readonly span: LabelSpan;
}

/**
 * Purged, embargoed cross-validation (López de Prado 2018, ch. 7.4). `spans` are in the order of their decisions and are cut
 * into `blocks` blocks of as equal a number as possible. A sample trains only if its span does not touch that of the test
 * block (purged: its label would know prices of the test), and does not begin within `embargoMs` after it; walking forward,
 * where nothing after the test trains, it must have ended `embargoMs` before it.
 */
export function purgedSplits(
  spans: readonly LabelSpan[],
  {
    scheme,
    blocks,
    embargoMs,
  }: { readonly scheme: Scheme; readonly blocks: number; readonly embargoMs: number },
): readonly Split[] {
  const edge = (block: number): number => Math.round((block * spans.length) / blocks);
  const splits: Split[] = [];
  for (let block = scheme === "walk_forward" ? 1 : 0; block < blocks; block += 1) {
    const test = indices(edge(block), edge(block + 1));
    const span = spanOf(test.flatMap((index) => spans[index] ?? []));
    const trains = (each: LabelSpan): boolean =>
      scheme === "walk_forward"
        ? each.endMs < span.startMs - embargoMs
        : each.endMs < span.startMs || each.startMs > span.endMs + embargoMs;
    const train = indices(0, spans.length).filter((index) => {
      const each = spans[index];
      return each !== undefined && trains(each);
    });
    splits.push({ train, test, span });
  }
  return splits;
}

function indices(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function spanOf(spans: readonly LabelSpan[]): LabelSpan {
  return {
    startMs: spans[0]?.startMs ?? Number.NaN,
    endMs: spans.reduce((latest, { endMs }) => Math.max(latest, endMs), Number.NEGATIVE_INFINITY),
  };
}
