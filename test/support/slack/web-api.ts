import { isJson, problemsOf } from "./problems.ts";
import type { Json, SlackMessage } from "./types.ts";
import { isImage, type Upload } from "./uploads.ts";
import type { Views } from "./views.ts";
import type { World } from "./world.ts";

interface Tokens {
  readonly bot: string;
  readonly app: string;
}

/** A call's answer: the JSON, or a 429. */
export type ApiAnswer = Json & { readonly ok: boolean };
export interface RateLimited {
  readonly retryAfterSec: number;
}

export interface WebApiParts {
  readonly world: World;
  readonly tokens: Tokens;
  readonly botUserId: string;
  readonly botId: string;
  /** Messages a channel takes at once before it is one a second. */
  readonly burst: number;
  readonly openSocket: () => string;
  readonly uploadUrl: (fileId: string) => string;
  readonly views: Views;
  readonly uploads: Map<string, Upload>;
  /** How long Slack looks at an upload before a block may show it. */
  readonly processingMs: number;
}

/** Edits that may come at once. */
const EDIT_BURST = 15;

type Method = (args: Json) => ApiAnswer | RateLimited;

const no = (error: string, more: Json = {}): ApiAnswer => ({ ok: false, error, ...more });
const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Slack's Web API over the world: answers `method` as the documentation says, errors by their codes. */
export function webApi(
  parts: WebApiParts,
): (method: string, args: Json, token: string | undefined) => ApiAnswer | RateLimited {
  const { world, tokens } = parts;
  const buckets = new Map<string, { tokens: number; atMs: number }>();

  function rateLimited(name: string, burst = parts.burst, aSecond = 1): RateLimited | undefined {
    const nowMs = Date.now();
    const bucket = buckets.get(name) ?? { tokens: burst, atMs: nowMs };
    const filled = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * aSecond);
    buckets.set(name, { tokens: filled < 1 ? filled : filled - 1, atMs: nowMs });
    return filled < 1 ? { retryAfterSec: Math.ceil((1 - filled) / aSecond) } : undefined;
  }

  function contentOf(args: Json): { text: string; blocks: readonly Json[] } | ApiAnswer {
    const blocks = typeof args["blocks"] === "string" ? parsed(args["blocks"]) : (args["blocks"] ?? []);
    const words = text(args["text"]) ?? "";
    const problems = problemsOf({ text: words, blocks }, showable);
    if (problems.length > 0)
      return no("invalid_blocks", {
        response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) },
      });
    const list = Array.isArray(blocks) ? blocks : [];
    if (words.trim() === "" && list.length === 0) return no("no_text");
    return { text: words.slice(0, 40_000), blocks: list };
  }

  /** Whether an image block may show the file: complete, looked at, and an image. */
  function showable(fileId: string): boolean {
    const file = parts.uploads.get(fileId);
    return file !== undefined && file.readyAtMs <= Date.now() && isImage(file);
  }

  function channelProblem(channel: string | undefined): ApiAnswer | undefined {
    const known = channel === undefined ? undefined : world.channels.get(channel);
    if (known === undefined) return no("channel_not_found");
    if (!known.member) return known.private ? no("channel_not_found") : undefined;
    return undefined;
  }

  function own(args: Json): SlackMessage | undefined {
    const found = world.find(String(args["channel"]), String(args["ts"]));
    return found === undefined || found.onlyFor !== undefined ? undefined : found;
  }

  const methods: Readonly<Record<string, Method>> = {
    "auth.test": () => ({
      ok: true,
      url: "https://desk.slack.com/",
      team: "Desk",
      user: "alphaflow",
      team_id: "T0DESK",
      user_id: parts.botUserId,
      bot_id: parts.botId,
    }),
    "apps.connections.open": () => ({ ok: true, url: parts.openSocket() }),
    "chat.postMessage": (args) => {
      const channel = text(args["channel"]);
      const refused = channelProblem(channel);
      if (refused !== undefined || channel === undefined) return refused ?? no("channel_not_found");
      const content = contentOf(args);
      if ("ok" in content) return content;
      const limited = rateLimited(channel);
      if (limited !== undefined) return limited;
      if (
        text(args["thread_ts"]) !== undefined &&
        world.find(channel, String(args["thread_ts"])) === undefined &&
        !world.spoken.has(`${channel} ${String(args["thread_ts"])}`)
      )
        return no("thread_not_found");
      const metadata = typeof args["metadata"] === "string" ? parsed(args["metadata"]) : undefined;
      const message = world.add({
        channel,
        ...content,
        via: "chat.postMessage",
        threadTs: text(args["thread_ts"]),
        metadata: isJson(metadata) ? metadata : undefined,
      });
      return {
        ok: true,
        channel,
        ts: message.ts,
        message: { type: "message", ts: message.ts, text: message.text, bot_id: parts.botId },
      };
    },
    "chat.postEphemeral": (args) => {
      const channel = text(args["channel"]);
      const refused = channelProblem(channel);
      if (refused !== undefined || channel === undefined) return refused ?? no("channel_not_found");
      const user = text(args["user"]);
      if (user === undefined || !world.users.has(user)) return no("user_not_in_channel");
      const content = contentOf(args);
      if ("ok" in content) return content;
      const message = world.add({
        channel,
        ...content,
        via: "chat.postEphemeral",
        onlyFor: user,
        threadTs: text(args["thread_ts"]),
      });
      return { ok: true, message_ts: message.ts };
    },
    "chat.update": (args) => {
      const message = own(args);
      if (message === undefined) return no("message_not_found");
      // What a slash command's response_url posted does not belong to the bot's token.
      if (message.via === "response_url") return no("cant_update_message");
      if (Buffer.byteLength(text(args["text"]) ?? "", "utf8") > 4000) return no("msg_too_long");
      const content = contentOf(args);
      if ("ok" in content) return content;
      // Tier 3: fifty a minute and workspace.
      const limited = rateLimited("chat.update", EDIT_BURST, 50 / 60);
      if (limited !== undefined) return limited;
      world.edit(message, content.text, content.blocks);
      return { ok: true, channel: message.channel, ts: message.ts, text: message.text };
    },
    "chat.delete": (args) => {
      const message = own(args);
      if (message === undefined) return no("message_not_found");
      world.remove(message);
      return { ok: true, channel: message.channel, ts: message.ts };
    },
    "reactions.add": (args) => {
      const at = `${String(args["channel"])} ${String(args["timestamp"])}`;
      if (!world.spoken.has(at) && own({ channel: args["channel"], ts: args["timestamp"] }) === undefined)
        return no("message_not_found");
      const put = `${at} ${String(args["name"])}`;
      if (world.reactions.has(put)) return no("already_reacted");
      world.reactions.add(put);
      return { ok: true };
    },
    "conversations.open": (args) => {
      const user = text(args["users"]);
      if (user === undefined || !world.users.has(user)) return no("user_not_found");
      const id = `D0${user.slice(2)}`;
      world.channels.set(id, { id, name: "directmessage", member: true, private: true });
      return { ok: true, channel: { id } };
    },
    "views.open": (args) => reply(parts.views.open(text(args["trigger_id"]), viewOf(args))),
    "views.publish": (args) => reply(parts.views.publish(text(args["user_id"]), viewOf(args))),
    "usergroups.users.list": (args) => {
      const users = world.groups.get(String(args["usergroup"]));
      return users === undefined ? no("no_such_subteam") : { ok: true, users };
    },
    "users.info": (args) => {
      const user = world.users.get(String(args["user"]));
      if (user === undefined) return no("user_not_found");
      return {
        ok: true,
        user: { id: user.id, name: user.name, real_name: user.name, profile: { display_name: user.name } },
      };
    },
    "conversations.info": (args) => {
      const channel = world.channels.get(String(args["channel"]));
      if (channel === undefined || (channel.private && !channel.member)) return no("channel_not_found");
      const { id, name, member } = channel;
      return {
        ok: true,
        channel: {
          id,
          name,
          is_channel: true,
          is_member: member,
          is_private: channel.private,
          is_archived: false,
        },
      };
    },
    "conversations.history": (args) => {
      const refused = channelProblem(text(args["channel"]));
      if (refused !== undefined) return refused;
      const limit = Math.min(999, Number(args["limit"] ?? 100));
      const all = String(args["include_all_metadata"]) === "true";
      const messages = world.messages
        .filter(
          (message) =>
            message.channel === args["channel"] &&
            message.onlyFor === undefined &&
            !message.deleted &&
            message.threadTs === undefined,
        )
        .toReversed()
        .slice(0, limit)
        .map(({ ts, text: words, metadata }) => ({
          type: "message",
          ts,
          text: words,
          ...(all && metadata !== undefined ? { metadata } : {}),
        }));
      return { ok: true, messages, has_more: false };
    },
    "files.getUploadURLExternal": (args) => {
      const name = text(args["filename"]);
      if (name === undefined || !(Number(args["length"]) > 0)) return no("invalid_arguments");
      const altText = text(args["alt_txt"]);
      if ((altText?.length ?? 0) > 1000) return no("alt_txt_too_large");
      const fileId = world.id("F");
      parts.uploads.set(fileId, {
        name,
        length: Number(args["length"]),
        altText,
        bytes: undefined,
        readyAtMs: Number.POSITIVE_INFINITY,
      });
      return { ok: true, upload_url: parts.uploadUrl(fileId), file_id: fileId };
    },
    "files.completeUploadExternal": (args) => {
      const files = parsed(String(args["files"]));
      const channel = text(args["channel_id"]);
      // Without a channel the file stays with the app.
      const refused = channel === undefined ? undefined : channelProblem(channel);
      if (refused !== undefined) return refused;
      if (channel !== undefined && world.channels.get(channel)?.member === false) return no("not_in_channel");
      if (!Array.isArray(files) || files.length === 0) return no("invalid_arguments");
      for (const entry of files) {
        const id = isJson(entry) ? String(entry["id"]) : "";
        const file = parts.uploads.get(id);
        if (file?.bytes === undefined) return no("file_not_found");
        file.readyAtMs = Date.now() + parts.processingMs;
        // With an alt text Slack says ok and shares nothing (python-slack-sdk #1818).
        if (channel === undefined || file.altText !== undefined) continue;
        world.add({
          channel,
          text: text(args["initial_comment"]) ?? file.name,
          blocks: [],
          via: "file",
          threadTs: text(args["thread_ts"]),
          file: { name: file.name, content: file.bytes.toString("utf8"), bytes: file.bytes },
        });
      }
      return { ok: true, files: files.filter(isJson).map((entry) => ({ id: entry["id"] })) };
    },
  };

  return (method, args, token) => {
    const wanted = method === "apps.connections.open" ? tokens.app : tokens.bot;
    if (token === undefined || token === "") return no("not_authed");
    if (token !== wanted)
      return no(token === tokens.app || token === tokens.bot ? "not_allowed_token_type" : "invalid_auth");
    return methods[method]?.(args) ?? no("unknown_method");
  };
}

function viewOf({ view }: Json): unknown {
  return typeof view === "string" ? parsed(view) : view;
}

function reply(answer: Json): ApiAnswer {
  return { ...answer, ok: answer["ok"] === true };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return json;
  }
}
