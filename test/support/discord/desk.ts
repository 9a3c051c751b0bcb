import { createDiscord } from "../../../src/adapters/discord/create-discord.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import { ALREADY_HANDLED } from "../../../src/commands/answers.ts";
import type {
  Answer,
  ArgSpec,
  CommandBus,
  CommandRequest,
  CommandSpec,
  Gesture,
  Progress,
} from "../../../src/commands/contract.ts";
import { order } from "../../../src/commands/order.ts";
import type { Chat, Log, PendingAlert } from "../../../src/ports.ts";
import { fakePictures, type FakePictures } from "../pictures.ts";
import {
  startDiscord,
  type DiscordServer,
  type DiscordServerOptions,
  type DiscordUser,
} from "../discord-server.ts";

export const ann: DiscordUser = { id: "1200000000000000001", name: "Ann", roles: ["1300000000000000001"] };
export const bob: DiscordUser = { id: "1200000000000000002", name: "Bob" };

/** Keeps what was logged, to look for secrets and for the errors people are shown. */
interface KeptLog extends Log {
  readonly lines: readonly { readonly level: string; readonly text: string; readonly fields: string }[];
}

function keepLog(): KeptLog {
  const lines: { level: string; text: string; fields: string }[] = [];
  const at =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, text: string): void => {
      lines.push({ level, text, fields: JSON.stringify(fields) });
    };
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function spec(
  path: CommandSpec["path"],
  args: readonly ArgSpec[],
  more: Partial<CommandSpec> = {},
): CommandSpec {
  const name = path.join(" ");
  return {
    path,
    summary: `Does ${name}`,
    examples: [`/${name}`],
    args,
    role: () => "viewer",
    run: () => Promise.resolve({ text: name }),
    ...more,
  };
}

const symbol: ArgSpec = { name: "symbol", kind: "symbol", required: false, description: "Only this symbol" };
const strategy: ArgSpec = {
  name: "strategy",
  kind: "strategy",
  required: false,
  description: "Only this strategy",
};

/** Declarations of every kind that the real ones use. */
export const specs: readonly CommandSpec[] = [
  spec(
    ["strategy", "start"],
    [
      { name: "id", kind: "strategy", required: true, description: "Which strategy" },
      { name: "symbols", kind: "symbols", required: true, description: "Symbols to trade" },
      { name: "settings", kind: "settings", required: false, description: "name=value, separated by spaces" },
    ],
  ),
  spec(
    ["strategy", "stop"],
    [
      { name: "run", kind: "run", required: true, description: "Run, strategy or all", words: ["all"] },
      {
        name: "close",
        kind: "choice",
        required: false,
        description: "Sell too",
        choices: ["yes", "no"],
        named: true,
      },
    ],
  ),
  spec(["positions"], [strategy, symbol]),
  spec(
    ["trades"],
    [
      { name: "n", kind: "integer", required: false, description: "How many", min: 1, max: 100 },
      strategy,
      symbol,
    ],
  ),
  spec(["risk"], [], { bareName: "show" }),
  spec(["risk", "set"], [{ name: "settings", kind: "settings", required: true, description: "name=value" }]),
  spec(["halt"], [{ name: "reason", kind: "text", required: false, description: "Why" }]),
  spec(
    ["kill"],
    [{ name: "drill", kind: "choice", required: false, description: "Only tell", choices: ["drill"] }],
    {
      effect: "urgent",
    },
  ),
];

/** A command bus that answers what the test says and, as the real one, handles a delivery once. */
interface FakeBus extends CommandBus {
  readonly requests: CommandRequest[];
  /** Answers, by the beginning of the command; a function may take its time. */
  reply: (request: CommandRequest, progress: (progress: Progress) => void) => Answer | Promise<Answer>;
  /** The command that a gesture stands for. */
  means: (gesture: Gesture) => string | undefined;
  suggestions: (typed: string) => readonly string[] | Promise<readonly string[]>;
}

function fakeBus(): FakeBus {
  const seen = new Set<string>();
  const bus: FakeBus = {
    commands: [...specs, order],
    requests: [],
    reply: ({ text }) => ({ text: `did ${text}` }),
    means: () => undefined,
    suggestions: () => [],
    async dispatch(request, progress = () => {}) {
      if (seen.has(request.deliveryId)) return ALREADY_HANDLED;
      seen.add(request.deliveryId);
      bus.requests.push(request);
      return bus.reply(request, progress);
    },
    roleOf: ({ userId }) => (userId === ann.id ? "trader" : undefined),
    meaning: (gesture) => Promise.resolve(bus.means(gesture)),
    home: () => Promise.resolve([]),
    suggest: async ({ typed }) => bus.suggestions(typed),
  };
  return bus;
}

export interface Desk {
  readonly discord: DiscordServer;
  readonly bus: FakeBus;
  readonly log: KeptLog;
  readonly pictures: FakePictures;
  readonly chat: Chat;
  /** Another instance of the bot against the same Discord. */
  another(overrides?: Partial<Parameters<typeof createDiscord>[0]>): Chat;
  close(): Promise<void>;
}

/** The stand-in and a bot that knows its address; the bot is not started. */
export async function openDesk(options: DiscordServerOptions = {}): Promise<Desk> {
  const discord = await startDiscord(options);
  const bus = fakeBus();
  const log = keepLog();
  const pictures = fakePictures();
  const chats: Chat[] = [];
  const another: Desk["another"] = (overrides = {}) => {
    const chat = createDiscord({
      token: discord.token,
      applicationId: discord.applicationId,
      guildId: discord.guildId,
      channel: discord.channelId,
      apiUrl: discord.apiUrl,
      bus,
      pictures,
      log,
      clock: systemClock,
      ...overrides,
    });
    chats.push(chat);
    return chat;
  };
  return {
    discord,
    bus,
    log,
    pictures,
    chat: another(),
    another,
    close: async () => {
      await Promise.all(chats.map((chat) => chat.stop()));
      await discord.stop();
    },
  };
}

export function alert(key: string, message: PendingAlert["message"]): PendingAlert {
  return { id: 1, attempts: 0, key, kind: "fill", message, atMs: Date.now() };
}
