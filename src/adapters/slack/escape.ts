// No control, no lone surrogate, and nothing that turns the reading direction round: a price must read as it was written.
const UNSAFE = /(?![\n\t])[\p{Cc}\p{Cs}\p{Bidi_Control}\u{FEFF}]/gu;
// Opens bold, italics or strike-through only where a word begins and the same sign comes again in the line.
const OPENING = /(?<![\p{L}\p{N}])([*_~])(?=\S[^\n]*\1)/gu;
const LOOK_ALIKE: Readonly<Record<string, string>> = { "*": "∗", _: "ˍ", "~": "∼" };
const ENTITY: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** What any text may keep on its way to Slack: everything but control characters, direction overrides and broken surrogates. */
export function clean(text: string): string {
  return text.replace(UNSAFE, "");
}

/**
 * Slack's three escapes. Without a bare `<` there is no mention, no `<!channel>` and no link. An & is escaped only where it
 * would begin one of the three entities: anywhere else Slack shows it as it is, and programs that read the raw text find
 * "P&L" as it was written.
 */
export function escapeEntities(text: string): string {
  return clean(text).replace(/[<>]|&(?=(?:amp|lt|gt);)/g, (char) => ENTITY[char] ?? char);
}

/** Plain text as mrkdwn that shows exactly it: mrkdwn has no escape for `*_~` and backticks, so those that would format become look-alikes. */
export function mrkdwn(text: string): string {
  const unformatted = clean(text)
    .replaceAll("`", "ˋ")
    .replace(OPENING, (sign) => LOOK_ALIKE[sign] ?? sign);
  // Slack reads an escaped > at the start of a line as a quote.
  return escapeEntities(unformatted).replace(/^&gt;/gm, "\u200B&gt;");
}

/** For the inside of a code block, where only backticks and the three entities mean anything. */
export function code(text: string): string {
  return escapeEntities(text.replaceAll("`", "ˋ"));
}

/** For plain_text objects, one line: no markup is read there, yet nothing may even look like a mention or a link. */
export function plain(text: string): string {
  return clean(text)
    .replace(/<(?=\S)/g, "‹")
    .replaceAll("\n", " ")
    .trim();
}

/** `text` rendered, cut with … so that its rendered form measures at most `limit`; never cuts an entity or a surrogate pair. */
export function fit(
  text: string,
  limit: number,
  render: (raw: string) => string,
  measure: (rendered: string) => number = (rendered) => rendered.length,
): string {
  const whole = render(text);
  if (measure(whole) <= limit) return whole;
  let low = 0;
  let high = Math.min(text.length, limit);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(render(`${text.slice(0, middle)}…`)) <= limit) low = middle;
    else high = middle - 1;
  }
  return render(`${text.slice(0, low)}…`);
}

/** Splits `text` into at most `most` rendered pieces of at most `limit` characters, at line breaks where there are any; the last is cut with … */
export function pieces(
  text: string,
  limit: number,
  most: number,
  render: (raw: string) => string,
): readonly string[] {
  const out: string[] = [];
  let rest = text;
  while (out.length < most - 1 && render(rest).length > limit) {
    const room = fittingLength(rest, limit, render);
    const lineBreak = rest.lastIndexOf("\n", room);
    const end = lineBreak > room / 2 ? lineBreak : room;
    out.push(render(rest.slice(0, end)));
    rest = rest.slice(end).replace(/^\n/, "");
  }
  out.push(fit(rest, limit, render));
  return out;
}

function fittingLength(text: string, limit: number, render: (raw: string) => string): number {
  let low = 1;
  let high = Math.min(text.length, limit);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (render(text.slice(0, middle)).length <= limit) low = middle;
    else high = middle - 1;
  }
  const last = text.charCodeAt(low - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return splitsPair && low > 1 ? low - 1 : low;
}
