import { loopOf, type Loop } from "../core/repeat.ts";
import type { Message } from "../message.ts";
import type { Chat, Clock, Log, StudyRow, StudyStore } from "../ports.ts";
import { endedMessage, pictureOf, runningMessage } from "./optimize-message.ts";

/** Messages of studies are edited at most so often, however many there are: cards need the rate more. */
const ROUND_MS = 3_000;
/** An end that could not be said in a week is history. */
const LOOK_BACK_MS = 7 * 86_400_000;
const FIRST_RETRY_MS = 3_000;
const LAST_RETRY_MS = 300_000;
/** The channel that asked may be one that the bot cannot write to: then the channel of the alerts hears it. */
const TRIES_THERE = 3;

export interface TellerParts {
  readonly store: StudyStore;
  readonly chats: readonly Chat[];
  readonly clock: Clock;
  readonly log: Log;
  /** One process at a time tells. */
  readonly leads: () => boolean;
}

/**
 * Shows in each running study's message how far it is, and says its end where it was asked for. It reads the rows, so that it
 * goes on after a restart; a chat that is busy or down is asked again.
 */
export function createStudyTeller(parts: TellerParts): Loop {
  const { store, chats, clock, log } = parts;
  /** What a message shows, by study: an edit that changes nothing is not made. */
  const shown = new Map<number, string>();
  const failures = new Map<number, { readonly times: number; readonly untilMs: number }>();

  const chatOf = ({ asked }: StudyRow): Chat | undefined =>
    chats.find(({ platform }) => platform === asked.platform);

  /** Edits the study's message where it has one; false when the chat is to be asked again. */
  async function show(row: StudyRow, message: Message): Promise<boolean> {
    const board = chatOf(row)?.board;
    if (row.place === null || board === undefined || shown.get(row.number) === message.text) return true;
    const edited = await board.edit(row.place, message);
    switch (edited.kind) {
      case "done":
      case "gone":
      case "refused":
        shown.set(row.number, message.text);
        return true;
      case "busy":
      case "failed":
        return false;
    }
  }

  /** A message of its own, since edits notify nobody; false when it was not taken. */
  async function say(row: StudyRow, chat: Chat, again: number): Promise<boolean> {
    const { asked, number } = row;
    const key = `study ${number} ended`;
    // The message that is edited stands above it: one picture is enough.
    const ended = { ...endedMessage(row), ...pictureOf(row) };
    const message = { ...ended, mentions: [asked.actor], footer: [...(ended.footer ?? []), key] };
    if (chat.board === undefined) {
      const alert = {
        id: 0,
        key,
        kind: "report" as const,
        message: ended,
        atMs: clock.nowMs(),
        attempts: again,
      };
      return (await chat.post([alert])).kind === "posted";
    }
    const there = asked.channel !== null && again < TRIES_THERE ? { channel: asked.channel } : {};
    const said = await chat.board.post({ key, message, again: again > 0, loud: true, ...there });
    return said.kind === "done";
  }

  async function tellEnd(row: StudyRow): Promise<void> {
    const failed = failures.get(row.number);
    const chat = chatOf(row);
    if (chat === undefined || clock.nowMs() < (failed?.untilMs ?? 0)) return;
    const times = failed?.times ?? 0;
    if ((await show(row, endedMessage(row))) && (await say(row, chat, times))) {
      await store.setTold(row.number, clock.nowMs());
      failures.delete(row.number);
      shown.delete(row.number);
      return;
    }
    const pauseMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** times);
    failures.set(row.number, { times: times + 1, untilMs: clock.nowMs() + pauseMs });
    if (times === 0) log.warn({ study: row.number }, "the end of a study was not taken; saying it again");
  }

  async function round(): Promise<void> {
    if (!parts.leads()) return;
    for (const row of await store.running()) await show(row, runningMessage(row, clock.nowMs()));
    for (const row of await store.untold(clock.nowMs() - LOOK_BACK_MS)) await tellEnd(row);
  }

  return loopOf(parts, "telling of studies", ROUND_MS, round);
}
