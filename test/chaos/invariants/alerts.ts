import { isJson } from "../../support/slack/problems.ts";
import type { SlackMessage } from "../../support/slack/types.ts";
import type { Facts } from "./contract.ts";

/** The outbox key that goes with a message, for machines. */
function keyOf({ metadata }: SlackMessage): string | undefined {
  const payload = metadata?.["event_payload"];
  return isJson(payload) && typeof payload["key"] === "string" ? payload["key"] : undefined;
}

/** Each fill gave at least one alert in every chat; duplicates say the same under the same key. */
export function everyFillIsTold({ world, rows }: Facts): readonly string[] {
  const broken: string[] = [];
  const told = new Map<string, Set<string>>();
  for (const message of world.slack.world.messages) {
    const key = keyOf(message);
    if (key !== undefined) told.set(key, (told.get(key) ?? new Set()).add(message.text));
  }
  for (const [key, texts] of told)
    if (texts.size > 1)
      broken.push(`${key} was told in ${texts.size} different texts: ${[...texts].join(" | ")}`);
  const keys = new Set(rows.alerts.map((alert) => alert.key));
  for (const key of told.keys()) if (!keys.has(key)) broken.push(`${key} was told but is not in the outbox`);
  const cumulative = new Map<string, number>();
  for (const { client_order_id: order, quantity } of rows.fills.toSorted((a, b) => a.id - b.id)) {
    const filled = Number(((cumulative.get(order) ?? 0) + quantity).toFixed(9));
    cumulative.set(order, filled);
    const key = `fill:${order}:${filled}`;
    const alert = rows.alerts.find((each) => each.key === key);
    if (alert === undefined) broken.push(`${quantity} of ${order} were booked without an alert ${key}`);
    else if (!told.has(key)) broken.push(`${key} never came to Slack`);
    else if (
      world.discord?.messages.some((message) => message.content.includes(alert.message.text)) === false
    )
      broken.push(`${key} never came to Discord: ${alert.message.text}`);
  }
  return broken;
}
