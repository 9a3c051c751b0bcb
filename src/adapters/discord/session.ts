import { setTimeout as wait } from "node:timers/promises";
import {
  Client,
  Events,
  GatewayDispatchEvents,
  GatewayIntentBits,
  SimpleShardingStrategy,
  type ClientOptions,
} from "discord.js";
import { z } from "zod";
import type { Log } from "../../ports.ts";
import type { DiscordConfig } from "./config.ts";
import { explain } from "./explain.ts";
import type { HeardReaction } from "./reactions.ts";
import type { HeardMessage } from "./replies.ts";
import { refusedByClose, refusedByError } from "./refusal.ts";
import { restOptions } from "./rest.ts";

type GatewayManager = Parameters<NonNullable<NonNullable<ClientOptions["ws"]>["buildStrategy"]>>[0];

/** An attempt that takes longer is left to end by itself. */
const CLOSE_PATIENCE_MS = 1000;
/** As `@discordjs/ws` calls them; discord.js exports its own enums of these names, with other members. */
const HELLO = "hello";
const CLOSED = "closed";
const IDLE: ReadonlySet<number> = new Set([0]);

const readySchema = z.object({ session_id: z.string(), user: z.object({ id: z.string() }) });

/** One client of discord.js, which resumes and reconnects by itself until it `ended`. */
export interface Session {
  /** Connected for the first time, or at least one attempt has failed. */
  readonly settled: Promise<void>;
  readonly ended: Promise<End>;
  /** Nothing is heard of this session any more, though its socket may need a moment longer. */
  close(): Promise<void>;
}

/** Why a client will not come back. `refusal`: one line for people, where trying again the same way is of no use. */
export interface End {
  readonly reason: string;
  readonly refusal: string | undefined;
}

export interface SessionListener {
  onConnected(): void;
  onReconnecting(): void;
  /** The payload of an INTERACTION_CREATE, as Discord sent it. Must not throw. */
  onInteraction(payload: unknown): void;
  /** Must not throw. */
  onReaction(reaction: HeardReaction): void;
  /** Must not throw. */
  onMessage(message: HeardMessage): void;
}

export function openSession(config: DiscordConfig, listener: SessionListener, log: Log): Session {
  let manager: GatewayManager | undefined;
  let gatewaySession = "";
  let botUserId = "";
  let open = false;
  let closed = false;
  const client = new Client({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.GuildMessageReactions,
      // Privileged: without it messages come empty, but for those that mention the bot.
      ...(config.messageContent === true ? [GatewayIntentBits.MessageContent] : []),
    ],
    rest: restOptions(config),
    ws: {
      buildStrategy: (built) => {
        manager = built;
        built.on(HELLO, () => {
          open = true;
        });
        built.on(CLOSED, () => {
          open = false;
        });
        return new SimpleShardingStrategy(built);
      },
    },
  });
  client.on(Events.ShardError, (error) => {
    log.warn({ platform: "discord" }, `gateway: ${explain(error)}`);
  });
  client.on(Events.Error, (error) => {
    log.warn({ platform: "discord" }, `discord.js: ${explain(error)}`);
  });
  const settled = new Promise<void>((resolve) => {
    client.on(Events.Raw, (packet: { readonly t: GatewayDispatchEvents; readonly s: number; d: unknown }) => {
      if (packet.t === GatewayDispatchEvents.Ready || packet.t === GatewayDispatchEvents.Resumed) {
        if (!closed) listener.onConnected();
        resolve();
      }
      if (packet.t === GatewayDispatchEvents.Ready) {
        const ready = readySchema.safeParse(packet.d).data;
        gatewaySession = ready?.session_id ?? "";
        botUserId = ready?.user.id ?? config.applicationId;
      }
      const taken = packet.t === GatewayDispatchEvents.MessageReactionRemove;
      if (taken || packet.t === GatewayDispatchEvents.MessageReactionAdd) {
        // A replay after a resume has the same number in the same session.
        const deliveryId = `reaction ${gatewaySession} ${packet.s}`;
        if (!closed) listener.onReaction({ deliveryId, taken, payload: packet.d });
      }
      if (packet.t === GatewayDispatchEvents.MessageCreate) {
        if (!closed) listener.onMessage({ botUserId, payload: packet.d });
        // Nor would anybody need the messages that discord.js keeps of every channel.
        packet.d = {};
      }
      if (packet.t === GatewayDispatchEvents.InteractionCreate) {
        if (!closed) listener.onInteraction(packet.d);
        // Read already. discord.js would hold it back until every guild has arrived, which may take longer than the
        // three seconds of an answer, and its classes throw, uncaught, on what they do not expect.
        packet.d = {};
      }
    });
    client.on(Events.ShardReconnecting, () => {
      if (!closed) listener.onReconnecting();
      resolve();
    });
  });
  const ended = new Promise<End>((resolve) => {
    client.on(Events.ShardDisconnect, ({ code }) => {
      resolve({ reason: `closed with ${String(code)}`, refusal: refusedByClose(code, config) });
    });
    client.login(config.token).catch((error: unknown) => {
      resolve({ reason: explain(error), refusal: refusedByError(error) });
    });
  });
  return {
    settled,
    ended,
    async close() {
      closed = true;
      // Destroyed between two attempts, discord.js goes on reconnecting; while it waits for its session it cannot.
      if (manager !== undefined) manager.options.retrieveSessionInfo = () => new Promise(() => {});
      const done = (manager === undefined || open ? Promise.resolve() : attempt(manager))
        .then(() => client.destroy())
        .catch((error: unknown) => {
          log.warn({ platform: "discord" }, `discord.js does not close: ${explain(error)}`);
        });
      await Promise.race([done, wait(CLOSE_PATIENCE_MS, undefined, { ref: false })]);
    },
  };
}

/**
 * The end of the attempt to connect that is under way, if there is one. Destroying a client in its middle takes the error
 * listener off a socket that may yet fail, and an error without a listener ends the whole process.
 */
async function attempt(manager: GatewayManager): Promise<void> {
  const shards = await manager.fetchStatus();
  if (shards.every((status) => IDLE.has(status))) return;
  await new Promise<void>((resolve) => {
    manager.once(HELLO, () => {
      resolve();
    });
    manager.once(CLOSED, () => {
      resolve();
    });
  });
}
