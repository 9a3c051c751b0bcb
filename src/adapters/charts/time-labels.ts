const DAY = new Intl.DateTimeFormat("en-US", {
  timeZone: "America/New_York",
  month: "short",
  day: "numeric",
});
const YEAR = new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York", year: "numeric" });
const TIME = new Intl.DateTimeFormat("en-GB", {
  timeZone: "America/New_York",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** From this many days on the days' names say enough. */
const MANY_DAYS = 3;

/**
 * What stands below the points of a time axis without gaps, by index: about `count` labels in New York time. Days are named at
 * their first point; while there are few of them, times of day stand between.
 */
export function timeLabels(
  times: readonly number[],
  daily: boolean,
  count: number,
): ReadonlyMap<number, string> {
  const starts = dayStarts(times);
  if (!daily && starts.length < MANY_DAYS) return withinDays(times, starts, count);
  return named(times, starts, count);
}

/** Every so many-th day; the year where it is a new one. */
function named(
  times: readonly number[],
  starts: readonly number[],
  count: number,
): ReadonlyMap<number, string> {
  const labels = new Map<number, string>();
  const step = Math.max(1, Math.ceil(starts.length / count));
  let year: string | undefined;
  // The first stands half a step in, so that it is not cut off at the edge.
  for (let at = starts.length > count ? Math.floor(step / 2) : 0; at < starts.length; at += step) {
    const index = starts[at] ?? 0;
    const time = times[index] ?? 0;
    const own = YEAR.format(time);
    labels.set(index, `${DAY.format(time)}${year === undefined || own === year ? "" : ` ${own}`}`);
    year = own;
  }
  return labels;
}

function withinDays(
  times: readonly number[],
  starts: readonly number[],
  count: number,
): ReadonlyMap<number, string> {
  const labels = new Map(starts.map((index) => [index, DAY.format(times[index] ?? 0)]));
  const step = Math.max(1, Math.ceil(times.length / count));
  for (let index = step; index < times.length; index += step) {
    const crowded = starts.some((start) => Math.abs(start - index) < step * 0.7);
    if (!crowded) labels.set(index, TIME.format(times[index] ?? 0));
  }
  return labels;
}

/** Indices of the first point of each New York day. */
function dayStarts(times: readonly number[]): readonly number[] {
  const starts: number[] = [];
  let before: string | undefined;
  for (const [index, at] of times.entries()) {
    const day = `${DAY.format(at)} ${YEAR.format(at)}`;
    if (day !== before) starts.push(index);
    before = day;
  }
  return starts;
}
