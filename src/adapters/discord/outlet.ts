import { createHash } from "node:crypto";
import { z } from "zod";
import { InteractionResponseType, MessageFlags, Routes, type RawFile, type REST } from "discord.js";
import type { Message } from "../../message.ts";
import type { Clock, Log, MessagePlace, Pictures } from "../../ports.ts";
import type { DiscordConfig } from "./config.ts";
import type { Delivery } from "./delivery.ts";
import { discordCode, explain, isAcknowledged, isMalformed, isPassing, retryAfterMs } from "./explain.ts";
import { plainly, render, type Body, type Rendered } from "./render.ts";
import { REQUEST_TIMEOUT_MS } from "./rest.ts";

/** Discord takes a first answer for three seconds; the way there needs some of them. */
const FIRST_ANSWER_WITHIN_MS = 2600;
const FIRST_ANSWER_TIMEOUT_MS = 1500;
const RETRY_PAUSE_MS = 150;
const TRIES = 5;
const LONGEST_WAIT_MS = 30_000;

/** What became of a first answer. `acknowledged`: another attempt or instance was first. `gone`: the person saw a failure. */
export type FirstAnswer = "accepted" | "acknowledged" | "gone";

export interface Outlet {
  readonly rest: REST;
  readonly config: DiscordConfig;
  readonly pictures: Pictures;
  readonly clock: Clock;
  readonly log: Log;
}

/** The first answer to an interaction, sent again while there is time when nothing came back. Never throws. */
export async function answerFirst(
  outlet: Outlet,
  delivery: Delivery,
  receivedAtMs: number,
  answer: {
    readonly type: InteractionResponseType;
    readonly data?: object;
    readonly files?: readonly RawFile[];
  },
): Promise<FirstAnswer> {
  const { rest, clock, log } = outlet;
  const { type, data, files } = answer;
  for (;;) {
    try {
      await rest.post(Routes.interactionCallback(delivery.id, delivery.token), {
        body: { type, ...(data === undefined ? {} : { data }) },
        ...(files === undefined || files.length === 0 ? {} : { files: [...files] }),
        auth: false,
        signal: AbortSignal.timeout(FIRST_ANSWER_TIMEOUT_MS),
      });
      return "accepted";
    } catch (error) {
      if (isAcknowledged(error)) return "acknowledged";
      log.warn(
        { platform: "discord", deliveryId: delivery.id },
        `a first answer was not taken: ${explain(error)}`,
      );
      const waitMs = retryAfterMs(error) ?? RETRY_PAUSE_MS;
      if (!isPassing(error) || clock.nowMs() + waitMs - receivedAtMs > FIRST_ANSWER_WITHIN_MS) return "gone";
      await clock.sleep(waitMs);
    }
  }
}

/** The message as Discord takes it, its picture drawn; what had to be left out is in the log. */
export async function loggedRender(outlet: Outlet, message: Message): Promise<Rendered> {
  const { picture } = message;
  const png = picture === undefined ? undefined : await outlet.pictures.draw(picture.drawing);
  return logged(outlet, render(message, png));
}

/** The same with the alt text of its picture. */
export function loggedWords(outlet: Outlet, message: Message): Rendered {
  return logged(outlet, render(message));
}

function logged(outlet: Outlet, rendered: Rendered): Rendered {
  for (const { label, command } of rendered.droppedButtons)
    outlet.log.warn(
      { platform: "discord", label, command },
      "a button that Discord cannot carry was left out",
    );
  return rendered;
}

/** A message that was taken, and where it stands as Discord told. */
interface Shown {
  readonly place: MessagePlace | undefined;
}

const messageShape = z.object({ id: z.string(), channel_id: z.string() });

/** Puts the message in the place of the first answer. Undefined when only the channel is left. */
export async function editAnswer(
  outlet: Outlet,
  delivery: Delivery,
  message: Message,
): Promise<Shown | undefined> {
  const { body, files } = await loggedRender(outlet, message);
  const route = Routes.webhookMessage(applicationOf(outlet, delivery), delivery.token, "@original");
  return persist(outlet, delivery, message, body, (sent, options) =>
    outlet.rest.patch(route, { ...options, body: sent, files: sent === body ? [...files] : [], auth: false }),
  );
}

/** Changes parts of the message that an interaction came from or was answered with, and keeps the rest. */
export async function patchAnswer(outlet: Outlet, delivery: Delivery, part: object): Promise<void> {
  const route = Routes.webhookMessage(applicationOf(outlet, delivery), delivery.token, "@original");
  try {
    await outlet.rest.patch(route, {
      body: part,
      auth: false,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  } catch (error) {
    outlet.log.warn(
      { platform: "discord", deliveryId: delivery.id },
      `a message was not changed: ${explain(error)}`,
    );
  }
}

/** Shows in the place of the first answer how far the command is. "gone": somebody deleted it, or its 15 minutes are over. Never throws. */
export async function showProgress(
  outlet: Outlet,
  delivery: Delivery,
  message: Message,
): Promise<"shown" | "gone"> {
  const route = Routes.webhookMessage(applicationOf(outlet, delivery), delivery.token, "@original");
  try {
    await outlet.rest.patch(route, {
      body: render(message, undefined).body,
      auth: false,
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    return "shown";
  } catch (error) {
    outlet.log.debug(
      { platform: "discord", deliveryId: delivery.id },
      `progress is not shown: ${explain(error)}`,
    );
    return isPassing(error) || discordCode(error) === undefined ? "shown" : "gone";
  }
}

/** A further message under the interaction, to the asking person alone when it is private. Undefined when only the channel is left. */
export async function followUp(
  outlet: Outlet,
  delivery: Delivery,
  message: Message,
): Promise<Shown | undefined> {
  const { body, files } = await loggedRender(outlet, message);
  const route = Routes.webhook(applicationOf(outlet, delivery), delivery.token);
  return persist(outlet, delivery, message, body, (sent, options) =>
    outlet.rest.post(route, {
      ...options,
      body: { ...sent, ...flagsOf(message) },
      files: sent === body ? [...files] : [],
      auth: false,
    }),
  );
}

/** Writes to the channel that the interaction came from, once however often it is tried. Undefined when it was not taken. */
export async function postToChannel(
  outlet: Outlet,
  delivery: Delivery,
  message: Message,
): Promise<Shown | undefined> {
  const { body, files } = await loggedRender(outlet, message);
  const route = Routes.channelMessages(delivery.channel ?? outlet.config.channel);
  return persist(outlet, delivery, message, body, (sent, options) =>
    // A 401 makes discord.js forget the token; it may be a passing one.
    outlet.rest.setToken(outlet.config.token).post(route, {
      ...options,
      body: { ...sent, nonce: nonceOf(`answer ${delivery.id}`), enforce_nonce: true },
      files: sent === body ? [...files] : [],
    }),
  );
}

type Send = (body: Body, options: { readonly signal: AbortSignal }) => Promise<unknown>;

/** Sends until it is taken, plainly where Discord refuses the form. Undefined when it is gone or nothing helps; never throws. */
async function persist(
  { clock, log }: Outlet,
  delivery: Delivery,
  message: Message,
  rendered: Body,
  send: Send,
): Promise<Shown | undefined> {
  let body = rendered;
  for (let tried = 1; ; tried += 1) {
    try {
      const taken = await send(body, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
      const { id, channel_id: channel } = messageShape.safeParse(taken).data ?? {};
      return { place: id === undefined || channel === undefined ? undefined : { channel, messageId: id } };
    } catch (error) {
      log.warn(
        { platform: "discord", deliveryId: delivery.id, tried },
        `an answer was not taken: ${explain(error)}`,
      );
      if (tried === TRIES) return undefined;
      if (body === rendered && isMalformed(error, rendered.attachments !== undefined))
        body = plainly(message);
      else if (!isPassing(error)) return undefined;
      await clock.sleep(Math.min(retryAfterMs(error) ?? RETRY_PAUSE_MS * 2 ** tried, LONGEST_WAIT_MS));
    }
  }
}

export function flagsOf({ private: hidden }: Message): { readonly flags?: MessageFlags } {
  return hidden === true ? { flags: MessageFlags.Ephemeral } : {};
}

/** At most 25 characters, as a nonce may have. */
export function nonceOf(key: string): string {
  return createHash("sha256").update(key).digest("base64url").slice(0, 25);
}

function applicationOf({ config }: Outlet, { applicationId }: Delivery): string {
  return applicationId ?? config.applicationId;
}
