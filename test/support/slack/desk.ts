import { createSlack, type SlackOptions } from "../../../src/adapters/slack/create-slack.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import type { Actor, CommandBus, CommandRequest, Gesture, Progress } from "../../../src/commands/contract.ts";
import { commands } from "../../../src/commands/index.ts";
import type { Message } from "../../../src/message.ts";
import type { Chat, Log, PendingAlert } from "../../../src/ports.ts";
import { fakePictures, type FakePictures } from "../pictures.ts";
import type { SlackServer } from "../slack-server.ts";

interface LogLine {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly text: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface RecordingLog extends Log {
  readonly lines: readonly LogLine[];
}

export function recordingLog(): RecordingLog {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine["level"]) =>
    (fields: Readonly<Record<string, unknown>>, text: string): void =>
      void lines.push({ level, text, fields });
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A command bus that notes what it is given and answers what the test says. */
interface FakeBus extends CommandBus {
  readonly requests: readonly CommandRequest[];
  readonly gestures: readonly Gesture[];
  /** The command that a gesture stands for; none unless the test says so. */
  means: (gesture: Gesture) => string | undefined;
}

/** What the test answers a command with; it may tell how far it is. */
type Answering = (
  request: CommandRequest,
  progress: (progress: Progress) => void,
) => Message | Promise<Message>;

function fakeBus(answer: Answering, page: (actor: Actor) => readonly Message[]): FakeBus {
  const requests: CommandRequest[] = [];
  const gestures: Gesture[] = [];
  const bus: FakeBus = {
    commands,
    requests,
    gestures,
    means: () => undefined,
    async dispatch(request, progress = () => {}) {
      requests.push(request);
      return answer(request, progress);
    },
    roleOf: ({ groupIds }) => (groupIds.includes("S0TRADERS") ? "trader" : undefined),
    meaning: async (gesture) => {
      gestures.push(gesture);
      return bus.means(gesture);
    },
    home: (actor) => Promise.resolve(page(actor)),
    suggest: () => Promise.resolve([]),
  };
  return bus;
}

export interface Desk {
  readonly chat: Chat;
  readonly bus: FakeBus;
  readonly log: RecordingLog;
  readonly pictures: FakePictures;
}

/** The adapter against the stand-in, not yet started. Socket Mode unless a port is given. */
export function slackDesk(
  slack: SlackServer,
  answer: Answering,
  changes: Partial<SlackOptions> = {},
  page: (actor: Actor) => readonly Message[] = () => [],
): Desk {
  const bus = fakeBus(answer, page);
  const log = recordingLog();
  const pictures = fakePictures();
  const chat = createSlack({
    botToken: slack.botToken,
    ...(changes.httpPort === undefined
      ? { appToken: slack.appToken }
      : { signingSecret: slack.signingSecret }),
    channel: slack.channel,
    apiUrl: slack.apiUrl,
    groupIds: ["S0TRADERS"],
    bus,
    pictures,
    log,
    clock: systemClock,
    ...changes,
  });
  return { chat, bus, log, pictures };
}

/** Ends both. Throws where Slack saw what an app must not do. */
export async function closeDesk(slack: SlackServer, { chat }: Desk): Promise<void> {
  await chat.stop();
  await slack.close();
  if (slack.sockets.violations.length > 0) throw new Error(slack.sockets.violations.join("; "));
}

export function alertOf(message: Message, changes: Partial<PendingAlert> = {}): PendingAlert {
  return { id: 1, key: "fill-1", kind: "fill", message, atMs: 0, attempts: 0, ...changes };
}

/** A port that nobody listens on right now. */
