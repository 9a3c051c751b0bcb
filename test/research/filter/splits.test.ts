import { describe, expect, it } from "vitest";
import { purgedSplits, type LabelSpan } from "../../../src/research/filter/splits.ts";

/** Ten decisions, one each 10 ms; each lasts as long as is said. */
function lasting(lengths: readonly number[]): readonly LabelSpan[] {
  return lengths.map((length, index) => ({ startMs: index * 10, endMs: index * 10 + length }));
}

const SHORT = lasting([5, 5, 5, 5, 5, 5, 5, 5, 5, 5]);
/** Samples 3 and 4 are still open when 5 begins; 5 itself lasts until 8 has begun. */
const LONG = lasting([5, 5, 5, 25, 15, 35, 5, 5, 5, 5]);

describe("purged, embargoed splits", () => {
  it.each<
    [
      string,
      readonly LabelSpan[],
      "walk_forward" | "k_fold",
      number,
      readonly (readonly [readonly number[], readonly number[]])[],
    ]
  >([
    [
      "walk forward: all that lies before the block trains",
      SHORT,
      "walk_forward",
      0,
      [
        [
          [0, 1],
          [2, 3],
        ],
        [
          [0, 1, 2, 3],
          [4, 5],
        ],
        [
          [0, 1, 2, 3, 4, 5],
          [6, 7],
        ],
        [
          [0, 1, 2, 3, 4, 5, 6, 7],
          [8, 9],
        ],
      ],
    ],
    [
      "k-fold: what lies before and after trains",
      SHORT,
      "k_fold",
      0,
      [
        [
          [2, 3, 4, 5, 6, 7, 8, 9],
          [0, 1],
        ],
        [
          [0, 1, 4, 5, 6, 7, 8, 9],
          [2, 3],
        ],
        [
          [0, 1, 2, 3, 6, 7, 8, 9],
          [4, 5],
        ],
        [
          [0, 1, 2, 3, 4, 5, 8, 9],
          [6, 7],
        ],
        [
          [0, 1, 2, 3, 4, 5, 6, 7],
          [8, 9],
        ],
      ],
    ],
    // Block {4, 5} spans 40 to 85: 3 ends at 55, inside it; 6, 7 and 8 begin at 60, 70 and 80, inside it.
    // Block {6, 7} spans 60 to 75: of those before, 5 ends at 85; 3 and 4 have ended at 55.
    [
      "k-fold purges labels that overlap the test, on both sides",
      LONG,
      "k_fold",
      0,
      [
        [
          [2, 3, 4, 5, 6, 7, 8, 9],
          [0, 1],
        ],
        // 20 to 55: 4 begins at 40 and 5 at 50.
        [
          [0, 1, 6, 7, 8, 9],
          [2, 3],
        ],
        [
          [0, 1, 2, 9],
          [4, 5],
        ],
        [
          [0, 1, 2, 3, 4, 8, 9],
          [6, 7],
        ],
        [
          [0, 1, 2, 3, 4, 6, 7],
          [8, 9],
        ],
      ],
    ],
    // After the test block {2, 3}, which ends at 35, nothing that begins up to 35 + 12 trains: 4 at 40 falls out, 5 at 50 stays.
    [
      "k-fold keeps an embargo after the test",
      SHORT,
      "k_fold",
      12,
      [
        [
          [3, 4, 5, 6, 7, 8, 9],
          [0, 1],
        ],
        [
          [0, 1, 5, 6, 7, 8, 9],
          [2, 3],
        ],
        [
          [0, 1, 2, 3, 7, 8, 9],
          [4, 5],
        ],
        [
          [0, 1, 2, 3, 4, 5, 9],
          [6, 7],
        ],
        [
          [0, 1, 2, 3, 4, 5, 6, 7],
          [8, 9],
        ],
      ],
    ],
    // Block {4, 5} begins at 40: what ended at 28 or later is too near. 2 ended at 25, 3 at 55.
    [
      "walk forward purges and keeps a gap before the test",
      LONG,
      "walk_forward",
      12,
      [
        [[0], [2, 3]],
        [
          [0, 1, 2],
          [4, 5],
        ],
        [
          [0, 1, 2],
          [6, 7],
        ],
        [
          [0, 1, 2, 3, 4, 6],
          [8, 9],
        ],
      ],
    ],
  ])("%s", (_name, spans, scheme, embargoMs, expected) => {
    expect(
      purgedSplits(spans, { scheme, blocks: 5, embargoMs }).map(({ train, test }) => [train, test]),
    ).toEqual(expected);
  });

  it("never let a sample train whose label knows a price of the test", () => {
    const spans = Array.from({ length: 97 }, (_, index) => ({
      startMs: index * 10,
      endMs: index * 10 + ((index * 37) % 90),
    }));
    for (const scheme of ["walk_forward", "k_fold"] as const)
      for (const { train, span } of purgedSplits(spans, { scheme, blocks: 6, embargoMs: 7 }))
        for (const { startMs, endMs } of train.map((index) => spans[index]!))
          expect(endMs < span.startMs || startMs > span.endMs + 7).toBe(true);
  });
});
