import { valueAt } from "./column.ts";

/** Equity in dollars over time as columns, oldest first: one entry a point, times epoch ms. */
export interface EquityCurve {
  readonly time: readonly number[];
  readonly equity: readonly number[];
}

interface Point {
  readonly atMs: number;
  readonly equity: number;
}

interface SessionBounds {
  readonly openMs: number;
  readonly closeMs: number;
}

/** The tick that sees the close comes a little after it. */
const AFTER_CLOSE_MS = 2 * 60_000;

/**
 * A curve of at most about `most` points. Nights, weekends and holidays are left out: nothing moves then. Without sessions (no
 * calendar could be read) every point stays. The newest point stays always.
 */
export function equityCurve(
  points: readonly Point[],
  sessions: readonly SessionBounds[],
  most: number,
): EquityCurve {
  const shown = thinned(withinSessions(points, sessions), most);
  return { time: shown.map(({ atMs }) => atMs), equity: shown.map(({ equity }) => equity) };
}

/** Equity in columns (epoch ms, USD) as a curve of at most about `most` points. */
export function thinCurve(
  { time, equity }: { readonly time: Float64Array; readonly equity: Float64Array },
  most: number,
): EquityCurve {
  const points = Array.from(time, (atMs, index) => ({ atMs, equity: valueAt(equity, index) }));
  return equityCurve(points, [], most);
}

function withinSessions(points: readonly Point[], sessions: readonly SessionBounds[]): readonly Point[] {
  if (sessions.length === 0) return points;
  const ordered = sessions.toSorted((a, b) => a.openMs - b.openMs);
  let next = 0;
  return points.filter(({ atMs }, index) => {
    while (next < ordered.length && atMs > (ordered[next]?.closeMs ?? 0) + AFTER_CLOSE_MS) next += 1;
    return atMs >= (ordered[next]?.openMs ?? Number.POSITIVE_INFINITY) || index === points.length - 1;
  });
}

/** First, last, and of each stretch its lowest and its highest point: peaks and falls keep their size. */
function thinned(points: readonly Point[], most: number): readonly Point[] {
  if (points.length <= most) return points;
  const size = Math.ceil((points.length * 2) / most);
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += size) {
    const stretch = points.slice(start, start + size).toSorted((a, b) => a.equity - b.equity);
    const ends = [stretch[0], stretch.at(-1)].filter((point) => point !== undefined);
    kept.push(...new Set(ends.toSorted((a, b) => a.atMs - b.atMs)));
  }
  const [first, last] = [points[0], points.at(-1)];
  return [...new Set([first, ...kept, last])].filter((point) => point !== undefined);
}
