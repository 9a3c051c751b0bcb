import type { APIEmbed } from "discord.js";
import { digestLine, linesThatFit } from "../../core/digest.ts";
import type { PendingAlert } from "../../ports.ts";
import { cut, literal } from "./escape.ts";
import type { Body } from "./render.ts";

/** The content notifies; embeds below it take as much again three times over: 4,096 each and 6,000 together. */
const CONTENT_MAX = 2000;
const EMBED_MAX = [4096, 1900] as const;

/** Many alerts in one message, a whole line each; `count` tells how many of them, from the first, it holds. */
export function renderDigest(alerts: readonly PendingAlert[]): {
  readonly body: Body;
  readonly count: number;
} {
  const lines = alerts.map((alert) => literal(digestLine(alert)));
  let count = linesThatFit(lines, CONTENT_MAX);
  const content = cut(lines.slice(0, count).join("\n"), CONTENT_MAX);
  const embeds: APIEmbed[] = [];
  for (const limit of EMBED_MAX) {
    const left = lines.slice(count);
    const fitting = linesThatFit(left, limit);
    // A line that fills an embed by itself goes first in the next message.
    if (left.length === 0 || (left[0]?.length ?? 0) > limit) break;
    embeds.push({ description: left.slice(0, fitting).join("\n") });
    count += fitting;
  }
  return { body: { content, embeds, components: [], allowed_mentions: { parse: [] } }, count };
}
