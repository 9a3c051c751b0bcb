import type { webApi } from "@slack/bolt";
import type { SlackContent } from "./render.ts";

export interface PostTarget {
  readonly channel: string;
  readonly thread_ts?: string;
  readonly metadata?: {
    readonly event_type: string;
    readonly event_payload: { readonly [name: string]: string };
  };
}

/** Posts a new message and gives its ts. Throws what the client throws. Links never unfold: a price alert is no web page. */
export async function postMessage(
  web: webApi.WebClient,
  target: PostTarget,
  content: SlackContent,
): Promise<string | undefined> {
  const args = { ...target, unfurl_links: false, unfurl_media: false, ...content };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- Slack's method, not a window's
  const { ts } = await web.chat.postMessage(args);
  return ts;
}
