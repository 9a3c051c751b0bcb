import { amountText, figureText } from "../core/risk/measure.ts";
import type { LimitUse } from "../core/risk/usage.ts";
import type { LimitRow, LimitsDrawing, Message } from "../message.ts";

/** What a phone shows without scrolling; the table has them all. */
const MOST_ROWS = 8;

const UNITS: Partial<Record<LimitUse["unit"], LimitRow["unit"]>> = {
  "%": "percent",
  $: "usd",
  count: "count",
};

/** Limits of which something can be used up, the fullest first, as bars; nothing where there is none. */
export function limitsPicture(
  limits: readonly LimitUse[],
  heading: Pick<LimitsDrawing, "title" | "subtitle" | "tone">,
): Pick<Message, "picture"> {
  const shown = limits
    .flatMap((use) => {
      const row = rowOf(use);
      return row === undefined ? [] : [{ row, use }];
    })
    .toSorted((a, b) => shareOf(b.row) - shareOf(a.row))
    .slice(0, MOST_ROWS);
  if (shown.length === 0) return {};
  const words = shown.map(({ row: { used, limit, label }, use: { unit } }) =>
    [label, figureText(used, unit, limit), "of", amountText(limit, unit)].join(" "),
  );
  return {
    picture: {
      name: "risk.png",
      alt: `${heading.title}: ${words.join(", ")}.`,
      drawing: { kind: "limits", ...heading, rows: shown.map(({ row }) => row) },
    },
  };
}

function rowOf({ name, unit, used, limit, where }: LimitUse): LimitRow | undefined {
  const drawn = UNITS[unit];
  if (drawn === undefined || used === null || limit === null || !Number.isFinite(used)) return undefined;
  return { label: where === null ? name : `${name} (${where})`, used, limit, unit: drawn };
}

function shareOf({ used, limit }: LimitRow): number {
  if (limit > 0) return used / limit;
  return used > 0 ? Number.POSITIVE_INFINITY : 0;
}
