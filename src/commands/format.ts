import { setTimeout as wait } from "node:timers/promises";
import { modeLabel } from "../app/wording.ts";
import { isoTime } from "../core/iso-time.ts";
import { within } from "../core/within.ts";
import type { Control, Desk } from "../ports.ts";

export { counted, NONE, orNone, percentOf, riskMultiple } from "../core/figures.ts";

/** An answer does not wait longer for the word in its title. */
const MODE_PATIENCE_MS = 2_000;

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
] as const;

/** `3m 20s`, `2h 5m`, `4d`: the two biggest units. Negative spans read as 0s. */
export function duration(ms: number): string {
  const first = UNITS.findIndex(([, size]) => ms >= size);
  if (first < 0) return "0s";
  let rest = ms;
  const parts = UNITS.slice(first, first + 2).flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count}${unit}`];
  });
  return parts.join(" ");
}

/** `2026-07-31 15:03 UTC` */
export function minuteText(ms: number): string {
  return `${isoTime(ms).slice(0, 16).replace("T", " ")} UTC`;
}

const timer = { sleep: (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal }) };

/** `Positions · PAPER`. A mode that cannot be read (soon) must not hide what was done: then the title stands alone. */
export async function titleWithMode(desk: Desk, title: string): Promise<string> {
  const mode = await within(timer, MODE_PATIENCE_MS, "the mode is not known", () => desk.control()).then(
    (control) => modeLabel(control.mode),
    () => undefined,
  );
  return mode === undefined ? title : `${title} · ${mode}`;
}

/** Whether entries may happen, and if not since when and why. */
export function controlText({ halted, killed, by, reason, since }: Control): string {
  if (!halted && !killed) return "trading";
  const state = killed ? "KILLED" : "HALTED";
  const details = [
    by === null ? "" : ` by ${by}`,
    since === null ? "" : ` since ${minuteText(since)}`,
    reason === null || reason === "" ? "" : `: ${reason}`,
  ];
  return `${state}${details.join("")}`;
}
