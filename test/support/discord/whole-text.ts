import { textOf } from "./json.ts";
import type { DiscordMessage } from "./types.ts";

/** The content and below it what the embeds say, line by line. */
export function wholeText({ content, embeds }: DiscordMessage): string {
  return [content, ...embeds.map((embed) => textOf(embed["description"]))].join("\n");
}
