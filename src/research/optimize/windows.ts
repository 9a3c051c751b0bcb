import { valueAt } from "../../core/column.ts";
import { UsageError } from "../../core/errors.ts";
import type { StudyWindow, WalkForward } from "./contract.ts";

/** Bars that a window needs at least to be searched or to judge. */
const FEWEST_BARS = 2;

/**
 * The windows of a study over bars at these times (epoch ms, ascending). What the parts leave over lies before the first
 * window, so that the newest bars always judge. Throws a UsageError when there are too few bars.
 */
export function windowsOf(walkForward: WalkForward | null, time: Float64Array): readonly StudyWindow[] {
  if (walkForward === null) return [{ inSample: spanOf(time, 0, time.length), outOfSample: null }];
  const { windows, inSampleParts, anchored } = walkForward;
  const part = Math.floor(time.length / (windows + inSampleParts));
  if (part < FEWEST_BARS)
    throw new UsageError(
      `${time.length} bars are too few for ${windows} windows: each needs ${FEWEST_BARS} bars to judge and ${FEWEST_BARS * inSampleParts} to search`,
    );
  const first = time.length - part * windows;
  return Array.from({ length: windows }, (_, window) => {
    const judged = first + window * part;
    return {
      inSample: spanOf(time, anchored ? 0 : judged - inSampleParts * part, judged),
      outOfSample: spanOf(time, judged, judged + part),
    };
  });
}

function spanOf(time: Float64Array, from: number, to: number): StudyWindow["inSample"] {
  return { fromMs: valueAt(time, from), toMs: valueAt(time, to - 1) };
}
