import { systemClock } from "../../src/adapters/system/clock.ts";
import { createCards, type CardKeeper } from "../../src/app/cards/worker.ts";
import { commands } from "../../src/commands/index.ts";
import { parseCommand } from "../../src/commands/parse.ts";
import type { Chat } from "../../src/ports.ts";
import { startBothChats } from "./both-chats.ts";
import { startDiscord, type DiscordMessage, type DiscordServer } from "./discord-server.ts";
import { openEngineGround, type EngineGround } from "./engine-ground.ts";
import { silentLog } from "./silent-log.ts";
import { startSlackServer, type SlackServer } from "./slack-server.ts";
import type { SlackMessage } from "./slack/types.ts";
import { buttonsOf, shownText } from "./slack/world.ts";

/** The engine with its cards in Slack and Discord, through Bolt and discord.js, against the stand-ins. */
export interface CardGround {
  readonly engine: EngineGround;
  readonly slack: SlackServer;
  readonly discord: DiscordServer;
  /** Cards that stand in Slack, oldest first, as text; and in Discord. */
  slackCards(): readonly SlackMessage[];
  discordCards(): readonly DiscordMessage[];
  /** Everything that is read in the thread below a card in Slack. */
  slackThread(card: SlackMessage): readonly string[];
  status(): readonly DiscordMessage[];
  /** The cards' keeper and the chats end, and others start, as after a restart. */
  restartChats(): Promise<void>;
  wake(): void;
  /** The wall clock of the cards' keeper is set back. */
  setClockBack(ms: number): void;
  close(): Promise<void>;
}

export async function openCardGround(): Promise<CardGround> {
  const engine = await openEngineGround();
  const [slack, discord] = [await startSlackServer(), await startDiscord()];
  let chats: readonly Chat[] = [];
  let cards: CardKeeper | undefined;
  let setBackMs = 0;
  const clock = { ...systemClock, nowMs: () => systemClock.nowMs() - setBackMs };

  async function start(): Promise<void> {
    chats = await startBothChats(slack, discord);
    const keeper = createCards({
      ledger: engine.ledger,
      chats,
      clock,
      log: silentLog,
      engine: () => engine.running.engine,
      offers: (command) => parseCommand(command, commands).kind === "command",
    });
    cards = keeper;
    engine.wake = () => keeper.wake();
    keeper.start();
  }

  async function stop(): Promise<void> {
    await cards?.stop();
    await Promise.all(chats.map((chat) => chat.stop()));
  }

  const bears = (message: DiscordMessage, words: RegExp): boolean =>
    !message.deleted &&
    message.channelId === discord.channelId &&
    message.embeds.some((embed) => words.test(JSON.stringify(embed["footer"] ?? "")));

  await start();
  return {
    engine,
    slack,
    discord,
    slackCards: () =>
      slack.world.messages.filter(
        ({ metadata, deleted }) => !deleted && metadata?.["event_type"] === "alphaflow_card",
      ),
    discordCards: () => discord.messages.filter((message) => bears(message, /card (\d+ )?af-/)),
    slackThread: ({ ts }) =>
      slack.world.messages
        .filter(({ threadTs }) => threadTs === ts)
        .flatMap((message) => shownText(message).split("\n")),
    status: () => discord.messages.filter((message) => bears(message, /status \d/)),
    async restartChats() {
      await stop();
      await start();
    },
    wake: () => cards?.wake(),
    setClockBack(ms) {
      setBackMs += ms;
    },
    async close() {
      await stop();
      await engine.close();
      await Promise.all([slack.close(), discord.stop()]);
    },
  };
}

/** The labels of the buttons that a card in Slack has. */
export function slackButtons(card: SlackMessage | undefined): readonly string[] {
  return card === undefined ? [] : buttonsOf(card).map(({ label }) => label);
}
