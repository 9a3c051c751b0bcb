import { linesThatFit } from "../../core/digest.ts";
import { paced, type Pacer, type PaceRule } from "../../core/pace.ts";
import type { Message } from "../../message.ts";
import type { Board, MessagePlace, Placed } from "../../ports.ts";
import { mrkdwn } from "./escape.ts";
import { explain, retryAfterMs, slackCode } from "./explain.ts";
import { attachPicture, withAltText, type PictureParts } from "./picture.ts";
import { postMessage } from "./post-message.ts";
import { render, section } from "./render.ts";

const EVENT_TYPE = "alphaflow_card";
const LOOKED_BACK = 200;
const SECTION_TEXT = 3000;
/** Of the channel's one message a second cards take two in five: the alerts have the rest, and the first say. */
const POSTS: PaceRule = { windowMs: 5_000, free: 1, most: 2, spacingMs: 1_500 };
/** chat.update is Tier 3: 50 and more a minute and workspace. */
const EDITS: PaceRule = { windowMs: 60_000, free: 10, most: 45, spacingMs: 1_200 };

/** Somebody deleted the message, or the channel that it is in. */
const GONE: ReadonlySet<string> = new Set(["message_not_found", "thread_not_found"]);
const NO_CHANNEL: ReadonlySet<string> = new Set(["channel_not_found", "not_in_channel", "is_archived"]);
/** Slack's own trouble: asking again helps. */
const PASSING: ReadonlySet<string> = new Set([
  "ratelimited",
  "internal_error",
  "fatal_error",
  "service_unavailable",
  "request_timeout",
]);

/** Cards in Slack: messages that are edited, with their replies as threads. */
export function slackBoard(
  parts: PictureParts & {
    readonly channel: string;
    readonly pacer: Pacer;
    /** Of chat.update, shared with everything else that is edited. */
    readonly edits: Pacer;
    /** Takes what goes on after a message is posted: nobody waits for it, and the end of the program lets it end. */
    readonly afterwards: (work: Promise<void>) => void;
  },
): Board {
  const { web, channel, pacer, edits, clock, log } = parts;

  /** One call, when its pace allows; whatever comes of it, as a value. */
  function call<T>(
    pace: Pacer,
    rule: PaceRule,
    place: MessagePlace | undefined,
    work: () => Promise<T>,
  ): Promise<Placed<T>> {
    return paced(pace, rule, clock, work, (error) => refusalOf(error, place, pace));
  }

  function refusalOf(error: unknown, place: MessagePlace | undefined, pace: Pacer): Placed<never> {
    const retryAfter = retryAfterMs(error);
    if (retryAfter !== undefined) {
      pace.close(retryAfter, clock.nowMs());
      return { kind: "failed", reason: explain(error), retryAfterMs: retryAfter };
    }
    const code = slackCode(error);
    if (code === undefined || PASSING.has(code)) return { kind: "failed", reason: explain(error) };
    if (GONE.has(code)) return { kind: "gone" };
    // SLACK_CHANNEL is another one now, and the old one cannot be reached: the card goes on in the new one.
    if (place !== undefined && place.channel !== channel && NO_CHANNEL.has(code)) return { kind: "gone" };
    return place === undefined || NO_CHANNEL.has(code)
      ? { kind: "failed", reason: explain(error) }
      : { kind: "refused", reason: explain(error) };
  }

  async function find(key: string, where: string): Promise<string | undefined> {
    try {
      const history = await web.conversations.history({
        channel: where,
        limit: LOOKED_BACK,
        include_all_metadata: true,
      });
      return history.messages?.find(
        ({ metadata }) => metadata?.event_type === EVENT_TYPE && cardOf(metadata.event_payload) === key,
      )?.ts;
    } catch (error) {
      log.debug({ platform: "slack", key }, `the channel cannot be searched for the card: ${explain(error)}`);
      return undefined;
    }
  }

  async function post(key: string, message: Message, where: string): Promise<MessagePlace> {
    const metadata = { event_type: EVENT_TYPE, event_payload: { card: key } };
    const ts = await postMessage(web, { channel: where, metadata }, render(message));
    if (ts === undefined) throw new Error("Slack took the card and did not say where it stands");
    const { picture } = message;
    if (picture !== undefined)
      parts.afterwards(attachPicture(parts, { channel: where, ts }, message, picture));
    return { channel: where, messageId: ts };
  }

  return {
    async post({ key, message, again, channel: where = channel }) {
      const ts = again ? await find(key, where) : undefined;
      if (ts !== undefined) return { kind: "done", value: { channel: where, messageId: ts } };
      return call(pacer, POSTS, undefined, () => post(key, message, where));
    },
    edit: (place, message) =>
      call(edits, EDITS, place, async () => {
        await web.chat.update({
          channel: place.channel,
          ts: place.messageId,
          ...render(withAltText(message)),
        });
      }),
    tell(place, _thread, lines) {
      const shown = lines.map(mrkdwn);
      const count = linesThatFit(shown, SECTION_TEXT);
      const text = shown.slice(0, count).join("\n").slice(0, SECTION_TEXT);
      return call(pacer, POSTS, place, async () => {
        const target = { channel: place.channel, thread_ts: place.messageId };
        await postMessage(web, target, { text, blocks: [section(text)] });
        return { threadId: place.messageId, count };
      });
    },
  };
}

function cardOf(payload: unknown): unknown {
  return typeof payload === "object" && payload !== null && "card" in payload ? payload.card : undefined;
}
