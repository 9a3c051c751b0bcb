import {
  MessageFlags,
  RESTJSONErrorCodes,
  Routes,
  ThreadAutoArchiveDuration,
  type RawFile,
} from "discord.js";
import { z } from "zod";
import { linesThatFit } from "../../core/digest.ts";
import { createPacer, paced, type Pacer, type PaceRule } from "../../core/pace.ts";
import type { Message } from "../../message.ts";
import type { Board, MessagePlace, Placed } from "../../ports.ts";
import { cut, literal, showable } from "./escape.ts";
import { discordCode, explain, httpStatus, isMalformed, retryAfterMs } from "./explain.ts";
import { loggedRender, loggedWords, nonceOf, type Outlet } from "./outlet.ts";
import { plainly, type Body, type Rendered } from "./render.ts";
import { REQUEST_TIMEOUT_MS } from "./rest.ts";

const CONTENT_MAX = 2000;
const THREAD_NAME_MAX = 100;
const LOOKED_BACK = 100;
/** Of the channel's five messages in five seconds cards take two: the alerts have the rest, and the first say. */
const POSTS: PaceRule = { windowMs: 5_000, free: 1, most: 2, spacingMs: 1_500 };
/** Edits have a bucket of their own, as big. */
const EDITS: PaceRule = { windowMs: 5_000, free: 2, most: 4, spacingMs: 1_000 };
/** Threads are other channels, each with its own bucket; making them is not. */
const TELLS: PaceRule = { windowMs: 5_000, free: 2, most: 5, spacingMs: 1_000 };

const GONE: ReadonlySet<number> = new Set([RESTJSONErrorCodes.UnknownMessage]);
const NO_CHANNEL: ReadonlySet<number> = new Set([
  RESTJSONErrorCodes.UnknownChannel,
  RESTJSONErrorCodes.MissingAccess,
]);

const shownMessages = z.array(
  z.object({
    id: z.string(),
    embeds: z.array(z.object({ footer: z.object({ text: z.string() }).nullish() })).nullish(),
  }),
);
const posted = z.object({ id: z.string() });

function within(): { readonly signal: AbortSignal } {
  return { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) };
}

/** Cards in Discord: quiet messages that are edited, each with a thread, and a pin for the status. */
export function discordBoard(outlet: Outlet, pacer: Pacer): Board {
  const { config, clock, log } = outlet;
  const edits = createPacer();
  const tells = createPacer();
  const pins = createPacer();
  // A 401 makes discord.js forget the token; it may be a passing one.
  const rest = (): Outlet["rest"] => outlet.rest.setToken(config.token);

  /** One act, when its pace allows; whatever comes of it, as a value. */
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
    const code = discordCode(error);
    const status = httpStatus(error);
    if (code === undefined || status === 401 || (status ?? 0) >= 500)
      return { kind: "failed", reason: explain(error) };
    if (GONE.has(code)) return { kind: "gone" };
    // DISCORD_CHANNEL is another one now, and the old one cannot be reached: the card goes on in the new one.
    if (place !== undefined && place.channel !== config.channel && NO_CHANNEL.has(code))
      return { kind: "gone" };
    return place === undefined
      ? { kind: "failed", reason: explain(error) }
      : { kind: "refused", reason: explain(error) };
  }

  /** The message on which the key stands; the nonce knows it only for some minutes. */
  async function find(key: string, channel: string): Promise<string | undefined> {
    try {
      const query = new URLSearchParams({ limit: String(LOOKED_BACK) });
      const messages = shownMessages.parse(
        await rest().get(Routes.channelMessages(channel), { query, ...within() }),
      );
      const bears = (footer: string): boolean => footer.split("\n").includes(showable(key));
      return messages.find(({ embeds }) => (embeds ?? []).some(({ footer }) => bears(footer?.text ?? "")))
        ?.id;
    } catch (error) {
      log.debug(
        { platform: "discord", key },
        `the channel cannot be searched for the card: ${explain(error)}`,
      );
      return undefined;
    }
  }

  /** Sends a message's body, plainly where Discord refuses its form. */
  async function send<T>(
    message: Message,
    { body, files }: Rendered,
    way: (body: Body, files: readonly RawFile[]) => Promise<T>,
  ): Promise<T> {
    try {
      return await way(body, files);
    } catch (error) {
      if (!isMalformed(error, files.length > 0)) throw error;
      log.error({ platform: "discord" }, `a card is shown plainly: ${explain(error)}`);
      return way(plainly(message), []);
    }
  }

  /** Nobody is called by it: the fill itself is a message of its own. */
  const postQuietly: typeof postOnce = (channel, body, nonce, files) =>
    postOnce(channel, { ...body, flags: MessageFlags.SuppressNotifications }, nonce, files);

  async function postOnce(
    channel: string,
    body: object,
    nonce: string,
    files: readonly RawFile[],
  ): Promise<string> {
    const answer = await rest().post(Routes.channelMessages(channel), {
      body: {
        ...body,
        nonce: nonceOf(nonce),
        enforce_nonce: true,
      },
      files: [...files],
      ...within(),
    });
    return posted.parse(answer).id;
  }

  /** A thread made from a message has the message's id, so one that is there already is the one that was asked for. */
  async function openThread({ channel, messageId }: MessagePlace, title: string): Promise<string> {
    const name = cut(showable(title), THREAD_NAME_MAX);
    const body = { name, auto_archive_duration: ThreadAutoArchiveDuration.OneDay };
    try {
      await rest().post(Routes.threads(channel, messageId), { body, ...within() });
    } catch (error) {
      if (discordCode(error) !== RESTJSONErrorCodes.ThreadAlreadyCreatedForMessage) throw error;
    }
    return messageId;
  }

  return {
    async post({ key, message, again, channel = config.channel, loud = false }) {
      const found = again ? await find(key, channel) : undefined;
      if (found !== undefined) return { kind: "done", value: { channel, messageId: found } };
      return call(pacer, POSTS, undefined, async () => {
        const rendered = await loggedRender(outlet, message);
        const way = loud ? postOnce : postQuietly;
        const messageId = await send(message, rendered, (body, files) =>
          way(channel, body, `card ${key}`, files),
        );
        return { channel, messageId };
      });
    },
    edit: (place, message) =>
      call(edits, EDITS, place, async () => {
        const route = Routes.channelMessage(place.channel, place.messageId);
        await send(message, loggedWords(outlet, message), (body, files) =>
          rest().patch(route, { body, files: [...files], ...within() }),
        );
      }),
    tell(place, { id, title, told }, lines) {
      const shown = lines.map(literal);
      const count = linesThatFit(shown, CONTENT_MAX);
      const content = cut(shown.slice(0, count).join("\n"), CONTENT_MAX);
      return call(tells, TELLS, place, async () => {
        const threadId = id ?? (await openThread(place, title));
        const body = { content, allowed_mentions: { parse: [] } };
        await postQuietly(threadId, body, `tell ${place.messageId} ${told} ${content}`, []);
        return { threadId, count };
      });
    },
    pin: (place) =>
      call(pins, TELLS, place, async () => {
        await rest().put(Routes.channelMessagesPin(place.channel, place.messageId), within());
      }),
  };
}
