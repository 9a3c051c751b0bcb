import type { Gate, GatedEntry, GateFigures, RefusalCode } from "./contract.ts";
import type { LimitName } from "./limits.ts";
import { atMost } from "./measure.ts";

/** A gate on a number of things that every entry raises by one. */
export function countGate({
  id,
  title,
  code,
  limit,
  label,
  count,
}: {
  readonly id: string;
  readonly title: string;
  readonly code: RefusalCode;
  readonly limit: LimitName;
  readonly label: (entry: GatedEntry) => string;
  readonly count: (entry: GatedEntry, figures: GateFigures) => number;
}): Gate {
  return {
    id,
    title,
    check(entry, figures) {
      const before = count(entry, figures);
      return atMost({
        gate: id,
        code,
        label: label(entry),
        unit: "count",
        before,
        after: before + 1,
        limit: figures.limits[limit],
      });
    },
  };
}
