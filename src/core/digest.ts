/** What of an alert goes into a digest. */
interface Told {
  readonly key: string;
  readonly message: { readonly title?: string; readonly text: string; readonly footer?: readonly string[] };
}

/** Begins the line of small print that says that an alert comes late: not to be lost in a digest. */
export const LATE_SIGN = "⏱";

/** What a message may have and still lose nothing that one would miss when it is a line among others. */
const SPARE: ReadonlySet<string> = new Set(["title", "text", "tone", "footer"]);

/** The first alerts that can share a message; one that has buttons, a table, a file or the like stands alone. At least the first. */
export function lineable<T extends Told>(alerts: readonly T[]): readonly T[] {
  const end = alerts.findIndex(({ message }) => Object.keys(message).some((part) => !SPARE.has(part)));
  return end < 0 ? alerts : alerts.slice(0, Math.max(1, end));
}

/** An alert as a line, whole, with the key by which a line that was said twice is known: `BUY 5 AAPL @ … #k3v9x2m1`. */
export function digestLine({ key, message: { title, text, footer = [] } }: Told): string {
  const late = footer.find((line) => line.startsWith(LATE_SIGN));
  return `${title === undefined ? "" : `${title}: `}${text}${late === undefined ? "" : ` ${late}`} #${shortKey(key)}`;
}

/** Eight characters that stand for a key: the same for the same key, and for two keys of one channel all but surely different. */
export function shortKey(key: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  const bits = 4294967296 * (2097151 & low) + (high >>> 0);
  return bits.toString(36).padStart(8, "0").slice(-8);
}

/** How many lines, from the first, make a text of at most `limit` characters; at least one. */
export function linesThatFit(lines: readonly string[], limit: number): number {
  let used = 0;
  for (const [index, line] of lines.entries()) {
    used += line.length + (index === 0 ? 0 : 1);
    if (used > limit) return Math.max(1, index);
  }
  return lines.length;
}
