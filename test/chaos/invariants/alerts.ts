import { isJson } from "../../support/slack/problems.ts";
import type { SlackMessage } from "../../support/slack/types.ts";
import { shortKey } from "../../../src/core/digest.ts";
import { wholeText } from "../../support/discord/whole-text.ts";
import { shownText } from "../../support/slack/world.ts";
import type { Facts } from "./contract.ts";

/** The outbox keys that go with a message, for machines, in their short form. */
function keysOf({ metadata }: SlackMessage): readonly string[] {
  const payload = metadata?.["event_payload"];
  return isJson(payload) && typeof payload["keys"] === "string" ? payload["keys"].split(" ") : [];
}

/** Each fill gave at least one alert in every chat, alone or as a line among others; duplicates say the same under the same key. */
export function everyFillIsTold({ world, rows }: Facts): readonly string[] {
  const broken: string[] = [];
  const told = new Map<string, string[]>();
  for (const message of world.slack.world.messages) {
    const text = shownText(message);
    // That the database is away cannot be in the database: a row follows only if the same process sees it come back.
    if (text.includes("past the outbox")) continue;
    for (const key of keysOf(message)) told.set(key, [...(told.get(key) ?? []), text]);
  }
  const alerts = new Map(rows.alerts.map((alert) => [shortKey(alert.key), alert]));
  for (const [key, texts] of told) {
    const alert = alerts.get(key);
    if (alert === undefined) broken.push(`${key} was told but is not in the outbox`);
    else if (alert.key.startsWith("fill:") && !texts.every((text) => text.includes(alert.message.text)))
      broken.push(`${alert.key} was told in other words: ${texts.join(" | ")}`);
  }
  const cumulative = new Map<string, number>();
  for (const { client_order_id: order, quantity } of rows.fills.toSorted((a, b) => a.id - b.id)) {
    const filled = Number(((cumulative.get(order) ?? 0) + quantity).toFixed(9));
    cumulative.set(order, filled);
    const key = `fill:${order}:${filled}`;
    // What a kill sold without the database is shared out, and told of each position's part.
    const parts = rows.alerts.filter((each) => each.key === key || each.key.startsWith(`${key}:`));
    if (parts.length === 0) broken.push(`${quantity} of ${order} were booked without an alert ${key}`);
    for (const alert of parts) {
      if (!told.has(shortKey(alert.key))) broken.push(`${alert.key} never came to Slack`);
      else if (
        world.discord?.messages.some((message) => wholeText(message).includes(alert.message.text)) === false
      )
        broken.push(`${alert.key} never came to Discord: ${alert.message.text}`);
    }
  }
  return broken;
}
