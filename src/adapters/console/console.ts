import { randomUUID } from "node:crypto";
import { createInterface, type Interface } from "node:readline";
import { setTimeout } from "node:timers/promises";
import type { CommandBus, Progress } from "../../commands/contract.ts";
import { createProgressScreen } from "../../commands/progress.ts";
import type { Message } from "../../message.ts";
import type { Chat, Clock, ConnectionState, Log, PendingAlert, Pictures } from "../../ports.ts";
import { plain, renderMessage, type Screen } from "./render.ts";
import { savePicture } from "./save-picture.ts";

/** Standard output, or anything that stands for it; a terminal also knows its width and colours (and NO_COLOR). */
type ConsoleOutput = NodeJS.WritableStream & {
  readonly columns?: number;
  hasColors?(): boolean;
};

export interface ConsoleParts {
  readonly input: NodeJS.ReadableStream;
  readonly output: ConsoleOutput;
  readonly bus: CommandBus;
  readonly pictures: Pictures;
  /** Where pictures are written: a terminal can show none. */
  readonly pictureFolder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether a person types: with line editing, a prompt and colours. */
  readonly isTty: boolean;
  /** The name that others see: "ann at the console". */
  readonly userName: string;
  /** Ctrl-C at the terminal, which line editing takes from the system; by default it is given back to the process. */
  readonly onInterrupt?: () => void;
}

const PROMPT = "> ";
/** An urgent command, and the end of the program, wait so long for the commands before. */
const PATIENCE_MS = 2_000;
/** A line of progress cannot be edited: one now and then says that the command goes on. */
const PROGRESS_EVERY_MS = 5_000;

/**
 * The terminal as a chat: each line is a command, answered in order. The end of the input changes nothing but that no
 * more commands come; alerts are printed until `stop`.
 */
export function createConsole(parts: ConsoleParts): Chat {
  const { input, output, bus, log, isTty } = parts;
  // Unique per process and line: the inbox takes each delivery once.
  const session = randomUUID();
  let lines = 0;
  let state: ConnectionState = "connecting";
  let reader: Interface | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  const print = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      // On a terminal the alert takes the place of the prompt, which comes back below with what was typed so far.
      const typing = isTty && reader !== undefined;
      // Whatever takes several lines is set apart from what comes next.
      const gap = text.includes("\n") ? "\n" : "";
      output.write(`${typing ? "\r\u001b[K" : ""}${text}\n${gap}`, (error) => {
        if (error) reject(error);
        else resolve();
      });
      if (typing) reader?.prompt(true);
    });

  const answer = async (text: string, deliveryId: string): Promise<void> => {
    const screen = createProgressScreen(parts.clock, PROGRESS_EVERY_MS);
    screen.showIn((message) =>
      print(renderMessage(message, screenOf(parts))).then(
        () => "shown",
        () => "gone",
      ),
    );
    const message = await answerTo(parts, text, deliveryId, screen.report);
    await screen.end();
    await print(await shown(parts, message));
  };

  const takeLine = (line: string): void => {
    const text = line.trim();
    if (text === "") return reader?.prompt();
    lines += 1;
    const deliveryId = `${session}-${lines}`;
    const turn = isUrgent(bus, text) ? atMost(queue, PATIENCE_MS) : queue;
    queue = turn
      .then(() => answer(text, deliveryId))
      .catch((error: unknown) => log.error({ deliveryId, error }, "console answer could not be written"));
  };

  const outputFailed = (error: Error): void => {
    if (state !== "down") log.error({ error }, "the console cannot be written to");
    state = "down";
  };

  return {
    platform: "console",
    start: () => {
      output.on("error", outputFailed);
      reader = createInterface({
        input,
        ...(isTty ? { output } : {}),
        terminal: isTty,
        prompt: isTty ? PROMPT : "",
        crlfDelay: Number.POSITIVE_INFINITY,
      });
      reader.on("line", takeLine);
      reader.on("SIGINT", parts.onInterrupt ?? interruptProcess);
      reader.on("close", () => {
        reader = undefined;
        if (state === "connected") log.info({}, "the console's input has ended; AlphaFlow goes on");
      });
      state = "connected";
      if (isTty) reader.prompt();
      return Promise.resolve();
    },
    stop: async () => {
      state = "down";
      reader?.close();
      await atMost(queue, PATIENCE_MS);
      output.off("error", outputFailed);
    },
    post: async ([alert]) => {
      if (alert === undefined) return { kind: "posted", count: 0 };
      try {
        await print(await alertText(parts, alert));
        return { kind: "posted", count: 1 };
      } catch (error) {
        return {
          kind: "failed",
          count: 1,
          reason: error instanceof Error ? error.message : "the output is closed",
        };
      }
    },
    state: () => state,
  };
}

function screenOf({ output, isTty }: ConsoleParts): Screen {
  return {
    ...(isTty ? { width: Math.max(40, output.columns ?? 100) } : {}),
    colour: isTty && output.hasColors?.() === true,
  };
}

async function answerTo(
  { bus, log, userName }: ConsoleParts,
  text: string,
  deliveryId: string,
  progress: (progress: Progress) => void,
): Promise<Message> {
  const actor = { platform: "console", userId: "console", name: plain(userName), groupIds: [] };
  try {
    return await bus.dispatch({ text, actor, channel: null, deliveryId }, progress);
  } catch (error) {
    log.error({ deliveryId, error }, "console command failed");
    return { text: `The command failed. (Reference ${deliveryId})`, tone: "bad" };
  }
}

/** Whether the line begins with a command that must not wait behind a slow one. */
function isUrgent(bus: CommandBus, text: string): boolean {
  const [word = ""] = text.replace(/^\//, "").toLowerCase().split(/\s/);
  return bus.commands.some((spec) => spec.effect === "urgent" && spec.path[0] === word);
}

function interruptProcess(): void {
  process.kill(process.pid, "SIGINT");
}

/** Comes back when the work has ended, or after `ms`. */
async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  const timer = new AbortController();
  try {
    await Promise.race([work, setTimeout(ms, undefined, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}

/** The message as text; its picture is a file, and the text says which. */
async function shown(parts: ConsoleParts, message: Message): Promise<string> {
  const { picture } = message;
  const { pictures, pictureFolder: folder, clock, log } = parts;
  const file =
    picture === undefined ? undefined : await savePicture({ pictures, folder, log }, picture, clock.nowMs());
  return renderMessage(message, screenOf(parts), file);
}

/** `15:03:20  BUY 5 AAPL @ $185.50 · …`: the time is UTC. */
async function alertText(parts: ConsoleParts, { message, atMs }: PendingAlert): Promise<string> {
  const time = new Date(atMs).toISOString().slice(11, 19);
  return `${time}  ${await shown(parts, message)}`;
}
