import type { ResponseUrls } from "./response-urls.ts";
import type { Json, SlackMessage } from "./types.ts";
import { isJson } from "./problems.ts";
import type { Views } from "./views.ts";
import { buttonsOf, type World } from "./world.ts";

export interface PayloadParts {
  readonly world: World;
  readonly responseUrls: ResponseUrls;
  readonly views: Views;
  readonly botUserId: string;
  readonly defaultChannel: string;
}

/** Payloads as Slack makes them of what a person does. */
export function payloads({ world, responseUrls, views, botUserId, defaultChannel }: PayloadParts) {
  function slash(userId: string, typed: string, channel = defaultChannel): Json {
    const [command = "", ...rest] = typed.split(" ");
    return {
      token: "verification",
      team_id: "T0DESK",
      team_domain: "desk",
      channel_id: channel,
      channel_name: world.channels.get(channel)?.name ?? "directmessage",
      user_id: userId,
      user_name: world.users.get(userId)?.name ?? userId,
      command,
      text: rest.join(" "),
      api_app_id: "A0FLOW",
      is_enterprise_install: "false",
      response_url: responseUrls.issue(channel, userId, undefined),
      trigger_id: views.trigger(userId),
    };
  }

  /** Presses the button of `message` whose value, action id or label is `which`; throws when there is none any more. */
  function press(userId: string, message: SlackMessage, which: string): Json {
    const button = buttonsOf(message).find(({ value, actionId, label }) =>
      [value, actionId, label].includes(which),
    );
    if (message.deleted || button === undefined)
      throw new Error(`no button "${which}" to press under "${message.text}"`);
    if (message.onlyFor !== undefined && message.onlyFor !== userId)
      throw new Error(`${userId} does not see that message`);
    const name = world.users.get(userId)?.name ?? userId;
    const ephemeral = message.onlyFor !== undefined;
    return {
      type: "block_actions",
      user: { id: userId, username: name, name, team_id: "T0DESK" },
      api_app_id: "A0FLOW",
      token: "verification",
      container: {
        type: "message",
        message_ts: message.ts,
        channel_id: message.channel,
        is_ephemeral: ephemeral,
        ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
      },
      trigger_id: views.trigger(userId),
      team: { id: "T0DESK", domain: "desk" },
      enterprise: null,
      is_enterprise_install: false,
      channel: { id: message.channel, name: world.channels.get(message.channel)?.name ?? "" },
      ...(ephemeral
        ? {}
        : {
            message: {
              type: "message",
              bot_id: "B0FLOW",
              user: botUserId,
              ts: message.ts,
              text: message.text,
              blocks: message.blocks.map((block, index) => ({ block_id: `b${index}`, ...block })),
            },
          }),
      state: { values: {} },
      response_url: responseUrls.issue(message.channel, userId, message),
      actions: [
        {
          type: "button",
          action_id: button.actionId,
          block_id: button.blockId,
          text: { type: "plain_text", text: button.label, emoji: false },
          value: button.value,
          action_ts: world.nextTs(),
        },
      ],
    };
  }

  /** What the Events API wraps around each event. */
  function event(happened: Json): Json {
    return {
      token: "verification",
      team_id: "T0DESK",
      api_app_id: "A0FLOW",
      type: "event_callback",
      event_id: world.id("Ev"),
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [
        {
          enterprise_id: null,
          team_id: "T0DESK",
          user_id: botUserId,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: false,
      event: happened,
    };
  }

  function mention(
    userId: string,
    words: string,
    options: { channel?: string; threadTs?: string } = {},
  ): Json {
    const channel = options.channel ?? defaultChannel;
    const ts = world.nextTs();
    world.spoken.add(`${channel} ${options.threadTs ?? ts}`);
    return event({
      type: "app_mention",
      user: userId,
      text: `<@${botUserId}> ${words}`,
      ts,
      channel,
      event_ts: ts,
      ...(options.threadTs === undefined ? {} : { thread_ts: options.threadTs }),
    });
  }

  function homeOpened(userId: string, tab: "home" | "messages"): Json {
    return event({
      type: "app_home_opened",
      user: userId,
      channel: `D0${userId.slice(2)}`,
      tab,
      event_ts: world.nextTs(),
    });
  }

  function pressHome(userId: string, which: string): Json {
    const view = views.homeOf(userId);
    const shown = Array.isArray(view?.["blocks"]) ? view["blocks"].filter(isJson) : [];
    const button = buttonsOf({ blocks: shown }).find(({ value, label }) => [value, label].includes(which));
    if (view === undefined || button === undefined) throw new Error(`no button "${which}" in the App Home`);
    const name = world.users.get(userId)?.name ?? userId;
    return {
      type: "block_actions",
      user: { id: userId, username: name, name, team_id: "T0DESK" },
      api_app_id: "A0FLOW",
      token: "verification",
      container: { type: "view", view_id: `VHOME${userId}` },
      trigger_id: views.trigger(userId),
      team: { id: "T0DESK", domain: "desk" },
      view: { id: `VHOME${userId}`, team_id: "T0DESK", ...view },
      actions: [
        {
          type: "button",
          action_id: button.actionId,
          block_id: button.blockId,
          text: { type: "plain_text", text: button.label, emoji: false },
          value: button.value,
          action_ts: world.nextTs(),
        },
      ],
    };
  }

  /** A reply of a person in the thread of a message. */
  function reply(userId: string, thread: SlackMessage, text: string, more: Json = {}): Json {
    const ts = world.nextTs();
    world.spoken.add(`${thread.channel} ${ts}`);
    return event({
      type: "message",
      user: userId,
      text,
      ts,
      thread_ts: thread.threadTs ?? thread.ts,
      parent_user_id: botUserId,
      channel: thread.channel,
      channel_type: "channel",
      event_ts: ts,
      ...more,
    });
  }

  function react(userId: string, message: SlackMessage, reaction: string, taken = false): Json {
    return event({
      type: taken ? "reaction_removed" : "reaction_added",
      user: userId,
      reaction,
      item: { type: "message", channel: message.channel, ts: message.ts },
      item_user: botUserId,
      event_ts: world.nextTs(),
    });
  }

  /** "Why" or "Journal" from the menu of a message. */
  function shortcut(userId: string, message: SlackMessage, callbackId: string): Json {
    const name = world.users.get(userId)?.name ?? userId;
    return {
      type: "message_action",
      token: "verification",
      action_ts: world.nextTs(),
      team: { id: "T0DESK", domain: "desk" },
      user: { id: userId, username: name, name, team_id: "T0DESK" },
      channel: { id: message.channel, name: world.channels.get(message.channel)?.name ?? "" },
      is_enterprise_install: false,
      callback_id: callbackId,
      trigger_id: views.trigger(userId),
      response_url: responseUrls.issue(message.channel, userId, undefined),
      message_ts: message.ts,
      message: {
        type: "message",
        bot_id: "B0FLOW",
        user: botUserId,
        ts: message.ts,
        text: message.text,
        ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
      },
    };
  }

  return { slash, reply, react, shortcut, press, mention, homeOpened, pressHome };
}
