/** Hours of the day in which a channel is left alone, by the clocks of a time zone; over midnight when `to` is before `from`. */
export interface QuietHours {
  /** Minutes since midnight, 0–1439. */
  readonly from: number;
  readonly to: number;
  /** IANA name. */
  readonly timeZone: string;
}

const SPAN = /^(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?$/;
const EXAMPLE = "22:00-07:00";

/** `22:00-07:00` and a time zone; otherwise a sentence that says what would be right. */
export function parseQuiet(span: string, timeZone: string): QuietHours | { readonly problem: string } {
  const [, fromHour, fromMinute = "00", toHour, toMinute = "00"] = SPAN.exec(span.trim()) ?? [];
  const from = minuteOfDay(`${fromHour ?? ""}:${fromMinute}`);
  const to = minuteOfDay(`${toHour ?? ""}:${toMinute}`);
  if (from === undefined || to === undefined)
    return { problem: `quiet hours are written like ${EXAMPLE}, not ${span}` };
  if (from === to)
    return { problem: `${span} begins and ends at once; for less at all hours set a level instead` };
  if (formatterOf(timeZone) === undefined)
    return {
      problem: `unknown time zone ${timeZone}; they are called like America/New_York or Europe/Berlin`,
    };
  return { from, to, timeZone };
}

/** `16:30` → 990; undefined when no clock shows it. */
export function minuteOfDay(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{1,2}):(\d{2})$/.exec(text.trim()) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(hours) < 24 && Number(minutes) < 60 ? minute : undefined;
}

/** 990 → `16:30` */
function clockText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** True from the first minute on, false again at the last: by the wall clock, so right over daylight saving. */
export function isQuiet({ from, to, timeZone }: QuietHours, atMs: number): boolean {
  const shown = formatterOf(timeZone)?.format(atMs);
  const minute = shown === undefined ? undefined : minuteOfDay(shown);
  if (minute === undefined) return false;
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

export function quietText({ from, to, timeZone }: QuietHours): string {
  return `${clockText(from)}–${clockText(to)} ${timeZone}`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat | undefined {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  try {
    const made = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    formatters.set(timeZone, made);
    return made;
  } catch {
    return undefined;
  }
}
