import { LIMITS, specOf, type LimitName, type Limits } from "./limits.ts";
import { amountText } from "./measure.ts";

export interface LimitChange {
  readonly name: LimitName;
  readonly from: number | null;
  readonly to: number | null;
  /** More may be risked than before. */
  readonly raises: boolean;
}

/** What differs, in the order of the limits. */
export function limitChanges(before: Limits, after: Limits): readonly LimitChange[] {
  return LIMITS.flatMap(({ name, tighter }) => {
    const [from, to] = [before[name], after[name]];
    if (from === to) return [];
    const raises = to === null || (from !== null && (tighter === "lower" ? to > from : to < from));
    return [{ name, from, to, raises }];
  });
}

/** `heat_pct 25% → 20%` */
export function changeText({ name, from, to }: LimitChange): string {
  const { unit } = specOf(name);
  const text = (value: number | null): string => (value === null ? "none" : amountText(value, unit));
  return `${name} ${text(from)} → ${text(to)}`;
}
