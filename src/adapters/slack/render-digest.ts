import { digestLine, linesThatFit } from "../../core/digest.ts";
import type { PendingAlert } from "../../ports.ts";
import { escapeEntities, mrkdwn, pieces } from "./escape.ts";
import { section, type SlackContent } from "./render.ts";

// Over 4,000 characters Slack cuts a bare text into several messages; in sections it stays one, up to 13,172 (bolt-js #2509).
const TOP_TEXT = 3900;
const SECTION_TEXT = 3000;
const SECTIONS = 4;
/** What the JSON around the sections takes, and lines that do not fill their section to the end. */
const ALL_LINES = 10_800;

/** Many alerts in one message, a whole line each; `count` tells how many of them, from the first, it holds. */
export function renderDigest(alerts: readonly PendingAlert[]): {
  readonly content: SlackContent;
  readonly count: number;
} {
  const lines = alerts.map(digestLine);
  // As JSON and with entities a line is longer than its text.
  const count = linesThatFit(
    lines.map((line) => JSON.stringify(mrkdwn(line))),
    ALL_LINES,
  );
  const shown = lines.slice(0, count);
  const inText = linesThatFit(
    shown.map((line) => Buffer.from(escapeEntities(line)).toString("latin1")),
    TOP_TEXT,
  );
  const blocks = pieces(shown.join("\n"), SECTION_TEXT, SECTIONS + 1, mrkdwn)
    .filter((piece) => piece.trim() !== "")
    .map(section);
  return { content: { text: escapeEntities(shown.slice(0, inText).join("\n")), blocks }, count };
}
