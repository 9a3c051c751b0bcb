import { App, webApi } from "@slack/bolt";
import type { CommandBus } from "../../commands/contract.ts";
import { createPacer } from "../../core/pace.ts";
import type { Chat, Clock, Log, Pictures } from "../../ports.ts";
import { answer, type AnswerParts } from "./answer.ts";
import { slackBoard } from "./board.ts";
import { boltLog } from "./bolt-log.ts";
import { readMention, readPress, readSlash, type Delivery } from "./delivery.ts";
import { blame, explain } from "./explain.ts";
import { FORM_CALLBACK } from "./form-view.ts";
import { openForm, readSubmission } from "./forms.ts";
import { readReaction, readReply, readShortcut, type Gestured } from "./gestures.ts";
import { createHome } from "./home.ts";
import { createLink } from "./link.ts";
import { createOutlet } from "./outlet.ts";
import { createPeople } from "./people.ts";
import { postAlerts } from "./post-alert.ts";
import { showPressed } from "./pressed.ts";
import { takeGesture } from "./take-gesture.ts";
import { transport } from "./transport.ts";

const REQUEST_TIMEOUT_MS = 5000;
// Commands wait for these; who cannot be looked up in time has no group.
const LOOKUP_TIMEOUT_MS = 2000;
const FAREWELL_MS = 3000;

export interface SlackOptions {
  readonly botToken: string;
  /** Socket Mode; without it `signingSecret` and `httpPort` are needed. */
  readonly appToken?: string | undefined;
  readonly signingSecret?: string | undefined;
  readonly httpPort?: number | undefined;
  /** 127.0.0.1 unless given; a container needs 0.0.0.0. */
  readonly httpHost?: string | undefined;
  /** Channel id of the alerts. */
  readonly channel: string;
  /** With or without a slash at its end; https://slack.com/api/ unless given. */
  readonly apiUrl?: string | undefined;
  /** User groups (S…) that give a role. */
  readonly groupIds: readonly string[];
  readonly bus: CommandBus;
  readonly pictures: Pictures;
  readonly log: Log;
  readonly clock: Clock;
}

/** Who the bot is, so that it knows its own mention and does not answer itself. */
interface Identity {
  readonly botUserId?: string;
  readonly botId?: string;
}

/**
 * Slack as a chat. `start` throws a UsageError, one line that names the variable when Slack refuses a token or the port is taken; a
 * network that is down is no reason: it goes on trying.
 */
export function createSlack(options: SlackOptions): Chat {
  const { botToken, bus, pictures, clock, log } = options;
  const logger = boltLog(log);
  const clientOptions = {
    ...(options.apiUrl === undefined ? {} : { slackApiUrl: options.apiUrl }),
    // A retried call may post twice: retries belong to the outbox, which knows what was accepted.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger,
  };
  const web = new webApi.WebClient(botToken, { ...clientOptions, timeout: REQUEST_TIMEOUT_MS });
  const lookups = new webApi.WebClient(botToken, { ...clientOptions, timeout: LOOKUP_TIMEOUT_MS });
  const edits = createPacer();
  const outlet = createOutlet({ web, edits, pictures, requestTimeoutMs: REQUEST_TIMEOUT_MS, clock, log });
  const people = createPeople(lookups, options.groupIds, { clock, log });
  const home = createHome({ web, bus, people, clock, log });
  const pacer = createPacer();
  const answering = new Set<Promise<void>>();
  const letEnd = (work: Promise<void>): void => {
    const done = work.finally(() => answering.delete(done));
    answering.add(done);
  };
  let identity: Identity | undefined;

  async function learnIdentity(): Promise<void> {
    if (identity !== undefined) return;
    try {
      const { user_id: botUserId, bot_id: botId } = await web.auth.test();
      identity = {
        ...(botUserId === undefined ? {} : { botUserId }),
        ...(botId === undefined ? {} : { botId }),
      };
    } catch (error) {
      throw blame(error, "SLACK_BOT_TOKEN");
    }
  }

  const answerParts: AnswerParts = {
    bus,
    people,
    outlet,
    clock,
    log,
    acted: (userId) => home.acted(userId),
    openForm: (opened) => openForm({ web, bus, people, outlet, log }, opened),
    showPressed: async (pressed, stage) => {
      if (pressed.pressed !== undefined)
        await showPressed(
          { web, requestTimeoutMs: REQUEST_TIMEOUT_MS, log },
          pressed,
          pressed.pressed,
          stage,
        );
    },
  };

  function take(delivery: Delivery | undefined): void {
    if (delivery === undefined) {
      log.warn(
        { platform: "slack" },
        "something from Slack is no command and no button of ours, and was left alone",
      );
      return;
    }
    letEnd(answer(answerParts, delivery));
  }

  /** Slack gives three seconds: it hears that the command came before anything is done about it. */
  function acknowledge(ack: () => Promise<void>): void {
    ack().catch((error: unknown) =>
      log.warn(
        { platform: "slack" },
        `an acknowledgement was lost, Slack may deliver again: ${explain(error)}`,
      ),
    );
  }

  const way = transport({ ...options, requestTimeoutMs: REQUEST_TIMEOUT_MS }, logger, learnIdentity);
  const app = new App({
    receiver: way.receiver,
    // Known beforehand: Bolt's own way asks Slack for the identity before it acknowledges.
    authorize: () => Promise.resolve({ botToken, ...identity }),
    convoStore: false,
    clientOptions,
    logger,
  });
  app.command(/.*/, ({ ack, command }) => {
    acknowledge(ack);
    take(readSlash(command));
    return Promise.resolve();
  });
  app.action(/.*/, ({ ack, body, action }) => {
    acknowledge(ack);
    take(readPress(body, action));
    return Promise.resolve();
  });
  app.view(FORM_CALLBACK, ({ ack, body }) => {
    const submission = readSubmission(bus.commands, body);
    // Errors stand at their fields and keep the form open; they come back with the acknowledgement itself.
    if (submission?.kind === "errors")
      acknowledge(() => ack({ response_action: "errors", errors: submission.errors }));
    else {
      acknowledge(() => ack());
      take(submission?.delivery);
    }
    return Promise.resolve();
  });
  app.event("app_home_opened", ({ event }) => {
    if (event.tab === "home") letEnd(home.opened(event.user));
    return Promise.resolve();
  });
  /** What people do to the bot's messages without giving a command; most of it means nothing. */
  function takeDone(done: Gestured | undefined): Promise<void> {
    if (done !== undefined) letEnd(takeGesture({ ...answerParts, web }, done));
    return Promise.resolve();
  }
  app.shortcut({ type: "message_action", callback_id: /^alphaflow:/ }, ({ ack, body }) => {
    acknowledge(ack);
    return takeDone(readShortcut(body, identity?.botId));
  });
  app.event("message", ({ event }) => takeDone(readReply(event, identity?.botUserId)));
  app.event("reaction_added", ({ event }) => takeDone(readReaction(event, identity?.botUserId)));
  app.event("reaction_removed", ({ event }) => takeDone(readReaction(event, identity?.botUserId)));
  app.event("app_mention", ({ event }) => {
    take(readMention(event, identity?.botUserId));
    return Promise.resolve();
  });
  app.error((error) => {
    log.warn({ platform: "slack" }, `Bolt: ${error.message}`);
    return Promise.resolve();
  });

  const link = createLink((signal) => way.connect(signal), { clock, log });
  const said = { web, pictures, channel: options.channel, pacer, clock, log, afterwards: letEnd };
  return {
    platform: "slack",
    async start() {
      await way.open();
      try {
        await link.start();
      } catch (error) {
        await way.close();
        throw error;
      }
    },
    async stop() {
      await way.close();
      await link.stop();
      await home.stop();
      const done = new AbortController();
      const late = clock.sleep(FAREWELL_MS, done.signal);
      await Promise.race([Promise.allSettled(answering), late]);
      done.abort();
    },
    post: (alerts) => postAlerts(said, alerts),
    board: slackBoard({ ...said, edits }),
    state: () => link.state(),
  };
}
