import type { webApi } from "@slack/bolt";
import type { Answer } from "../../commands/contract.ts";
import type { Message } from "../../message.ts";
import type { Log } from "../../ports.ts";
import type { Delivery } from "./delivery.ts";
import type { Pacer, PaceRule } from "../../core/pace.ts";
import { explain, retryAfterMs, slackCode } from "./explain.ts";
import { attachPicture, withAltText, type PictureParts, type Posted } from "./picture.ts";
import { postMessage } from "./post-message.ts";
import { render, renderFile, type SlackContent } from "./render.ts";
import { respond } from "./respond.ts";

const ROUNDS = 4;
const LONGEST_WAIT_MS = 15_000;
/** chat.update is Tier 3, 50 and more a minute and workspace: progress leaves room to the cards and to the answers. */
const PROGRESS: PaceRule = { windowMs: 60_000, free: 8, most: 25, spacingMs: 2_000 };

/** "Working on it" in the channel, to be edited into the answer; undefined where it could only be whispered. */
interface Placeholder {
  readonly channel: string;
  readonly ts: string;
}

/** Where answers go: whichever way Slack takes it, no answer is lost while Slack takes any. */
export interface Outlet {
  holdOn(delivery: Delivery, text: string): Promise<Placeholder | undefined>;
  /** Shows in the placeholder how far the command is, where the pace of edits allows. Never throws. */
  goesOn(placeholder: Placeholder, delivery: Delivery, message: Message): Promise<"shown" | "gone">;
  say(delivery: Delivery, answer: Answer, placeholder: Placeholder | undefined): Promise<void>;
}

interface OutletParts extends PictureParts {
  /** Of chat.update, shared with the cards. */
  readonly edits: Pacer;
  readonly requestTimeoutMs: number;
}

/** Resolves with the message where it can be edited afterwards, else that it was said. */
type Way = () => Promise<Posted | "said">;

export function createOutlet(parts: OutletParts): Outlet {
  const { web, edits, requestTimeoutMs, clock, log } = parts;

  /** As a new message over the payload's response_url, which works wherever the command was given, member or not. */
  function byResponseUrl(delivery: Delivery, content: SlackContent, kind: "ephemeral" | "in_channel"): Way[] {
    const url = delivery.responseUrl;
    if (url === undefined) return [];
    const body = { response_type: kind, replace_original: false, ...inThread(delivery), ...content };
    return [() => respond(url, body, requestTimeoutMs).then(() => "said" as const)];
  }

  function byPost(delivery: Delivery, content: SlackContent): Way[] {
    const { channel } = delivery;
    if (channel === null) return [];
    return [
      async () => {
        const ts = await postMessage(web, { channel, ...inThread(delivery) }, content);
        return ts === undefined ? "said" : { channel, ts, threadTs: delivery.threadTs };
      },
    ];
  }

  function byWhisper(delivery: Delivery, content: SlackContent): Way[] {
    const { channel, userId } = delivery;
    if (channel === null) return [];
    const args = { channel, user: userId, ...whisperThread(delivery), ...content };
    return [() => web.chat.postEphemeral(args).then(() => "said" as const)];
  }

  function byEdit(placeholder: Placeholder | undefined, content: SlackContent): Way[] {
    if (placeholder === undefined) return [];
    return [() => web.chat.update({ ...placeholder, ...content }).then(() => placeholder)];
  }

  /** Tries the ways in turn, and all of them again after a pause; undefined when none worked. */
  async function firstThatWorks(
    ways: readonly Way[],
    delivery: Delivery,
  ): Promise<Posted | "said" | undefined> {
    for (let round = 0; round < ROUNDS; round += 1) {
      let waitMs = 1000 * 2 ** round;
      for (const way of ways) {
        try {
          return await way();
        } catch (error) {
          waitMs = Math.min(LONGEST_WAIT_MS, Math.max(waitMs, retryAfterMs(error) ?? 0));
          log.warn(
            { platform: "slack", deliveryId: delivery.id },
            `one way to answer failed: ${explain(error)}`,
          );
        }
      }
      if (round < ROUNDS - 1) await clock.sleep(waitMs);
    }
    log.error({ platform: "slack", deliveryId: delivery.id }, "an answer could not be delivered to Slack");
    return undefined;
  }

  async function say(
    delivery: Delivery,
    answer: Answer,
    placeholder: Placeholder | undefined,
  ): Promise<void> {
    const secret = answer.private === true;
    const shown = secret ? answer : signed(answer, delivery);
    const { picture, placed } = answer;
    const edited = picture !== undefined || placed !== undefined;
    // What is whispered or said over a response_url cannot be edited: no picture can come into it.
    const content = render(withAltText(shown));
    const editable = render(shown);
    const ways = secret
      ? [
          ...byResponseUrl(delivery, content, "ephemeral"),
          ...byWhisper(delivery, content),
          ...byPost(delivery, content),
        ]
      : [
          ...byEdit(placeholder, editable),
          ...(edited ? byPost(delivery, editable) : []),
          ...byResponseUrl(delivery, content, "in_channel"),
          ...(edited ? [] : byPost(delivery, editable)),
        ];
    const posted = await firstThatWorks(ways, delivery);
    if (picture !== undefined && posted !== undefined && posted !== "said" && !secret)
      await attachPicture(parts, posted, shown, picture);
    if (placed !== undefined && posted !== undefined && posted !== "said" && !secret)
      await placed({ channel: posted.channel, messageId: posted.ts }).catch((error: unknown) =>
        log.warn({ platform: "slack", deliveryId: delivery.id, error }, "an answer will not be edited"),
      );
    // What was said elsewhere must not stand beside a sign that work goes on.
    if (placeholder !== undefined && posted !== undefined && posted !== placeholder)
      await remove(placeholder);
    if (answer.file !== undefined) await sayFile(delivery, answer.file, secret);
  }

  async function sayFile(
    delivery: Delivery,
    file: NonNullable<Message["file"]>,
    secret: boolean,
  ): Promise<void> {
    const asText = renderFile(file);
    if (secret) {
      // An upload is seen by everybody in the channel.
      await firstThatWorks(
        [...byResponseUrl(delivery, asText, "ephemeral"), ...byWhisper(delivery, asText)],
        delivery,
      );
      return;
    }
    const ways = [...byResponseUrl(delivery, asText, "in_channel"), ...byPost(delivery, asText)];
    const uploaded =
      delivery.channel !== null && (await upload(web, delivery.channel, delivery.threadTs, file, log));
    if (!uploaded) await firstThatWorks(ways, delivery);
  }

  async function remove(placeholder: Placeholder): Promise<void> {
    await web.chat
      .delete({ ...placeholder })
      .catch((error: unknown) => log.warn({ platform: "slack" }, `a placeholder stays: ${explain(error)}`));
  }

  return {
    async holdOn(delivery, text) {
      const content = render({ text });
      const { channel } = delivery;
      try {
        if (channel === null) return undefined;
        // Posted, not over the response_url: what a slash command's response_url posted can never be edited (bolt-js #2287).
        const ts = await postMessage(web, { channel, ...inThread(delivery) }, content);
        return ts === undefined ? undefined : { channel, ts };
      } catch (error) {
        log.debug({ platform: "slack" }, `the placeholder is whispered: ${explain(error)}`);
        const [whisper] = byResponseUrl(delivery, content, "ephemeral");
        await whisper?.().catch((again: unknown) =>
          log.debug({ platform: "slack" }, `no sign of life: ${explain(again)}`),
        );
        return undefined;
      }
    },
    async goesOn(placeholder, delivery, message) {
      if (edits.waitMs(PROGRESS, clock.nowMs()) > 0) return "shown";
      edits.send(clock.nowMs());
      try {
        await web.chat.update({ ...placeholder, ...render(signed(message, delivery)) });
        return "shown";
      } catch (error) {
        edits.close(retryAfterMs(error) ?? 0, clock.nowMs());
        log.debug({ platform: "slack", deliveryId: delivery.id }, `progress is not shown: ${explain(error)}`);
        return slackCode(error) === "message_not_found" ? "gone" : "shown";
      }
    },
    say,
  };
}

/** Uploads a text file into a channel or thread; false, and a line in the log, when Slack did not take it. */
export async function upload(
  web: webApi.WebClient,
  channel: string,
  threadTs: string | undefined,
  file: NonNullable<Message["file"]>,
  log: Log,
): Promise<boolean> {
  const whole = { channel_id: channel, filename: file.name, title: file.name, content: file.content };
  try {
    await web.filesUploadV2(threadTs === undefined ? whole : { ...whole, thread_ts: threadTs });
    return true;
  } catch (error) {
    log.warn(
      { platform: "slack", file: file.name },
      `the upload failed, the file goes as text: ${explain(error)}`,
    );
    return false;
  }
}

function inThread({ threadTs }: Delivery): { readonly thread_ts?: string } {
  return threadTs === undefined ? {} : { thread_ts: threadTs };
}

// An ephemeral message shows only in a thread that is open already; a mention starts one only with its public answer.
function whisperThread(delivery: Delivery): { readonly thread_ts?: string } {
  return delivery.startsThread ? {} : inThread(delivery);
}

// Everybody sees the answer, but Slack shows nobody the command that was given.
function signed(answer: Message, delivery: Delivery): Message {
  const by = `${delivery.userName ?? delivery.userId} · ${delivery.text}`;
  return { ...answer, footer: [...(answer.footer ?? []).slice(0, 9), by] };
}
