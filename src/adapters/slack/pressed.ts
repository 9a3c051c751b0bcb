import type { webApi } from "@slack/bolt";
import type { Log } from "../../ports.ts";
import type { Delivery, PressedMessage } from "./delivery.ts";
import { escapeEntities, mrkdwn } from "./escape.ts";
import { explain } from "./explain.ts";
import { contextBlock } from "./render.ts";
import { respond } from "./respond.ts";

/** What a pressed confirmation shows: the command runs, it has run, or the press did not count and the buttons are back. */
export type PressStage = "working" | "done" | "as_before";

/** Rewrites the confirmation whose button was pressed. A failure is logged: the press itself is bound by its code, not by the button. */
export async function showPressed(
  {
    web,
    requestTimeoutMs,
    log,
  }: { readonly web: webApi.WebClient; readonly requestTimeoutMs: number; readonly log: Log },
  delivery: Delivery,
  pressed: PressedMessage,
  stage: PressStage,
): Promise<void> {
  const content = contentOf(delivery, pressed, stage);
  const { responseUrl, channel } = delivery;
  try {
    if (responseUrl === undefined) throw new Error("the press came without a response_url");
    // The only way that also reaches ephemeral messages and channels the bot is not in.
    await respond(responseUrl, { replace_original: true, ...content }, requestTimeoutMs);
  } catch (error) {
    log.warn(
      { platform: "slack", deliveryId: delivery.id },
      `the pressed message is edited: ${explain(error)}`,
    );
    if (channel === null || pressed.ts === undefined) return;
    await web.chat
      .update({
        channel,
        ts: pressed.ts,
        text: content.text,
        blocks: content.blocks.map((block) => ({ ...block })),
      })
      .catch((again: unknown) => log.warn({ platform: "slack" }, `its buttons stay: ${explain(again)}`));
  }
}

function contentOf(
  delivery: Delivery,
  pressed: PressedMessage,
  stage: PressStage,
): { readonly text: string; readonly blocks: readonly { readonly type: string }[] } {
  const shown = pressed.blocks ?? [];
  if (stage === "as_before" && shown.length > 0) return { text: pressed.text, blocks: shown };
  const name = delivery.userName ?? delivery.userId;
  const sign = stage === "working" ? "⏳" : "✓";
  const after = stage === "working" ? ": working on it…" : "";
  const line = `${sign} *${mrkdwn(pressed.label)}* pressed by <@${delivery.userId}> (${mrkdwn(name)})${after}`;
  // The text came from Slack and is escaped already.
  const text =
    `${pressed.text} ${sign} ${escapeEntities(`${pressed.label} pressed by ${name}${after}`)}`.trim();
  return { text, blocks: [...shown.filter((block) => block.type !== "actions"), contextBlock(line)] };
}
