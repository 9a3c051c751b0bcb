import { InteractionResponseType, SnowflakeUtil } from "discord.js";
import { ALREADY_HANDLED } from "../../commands/answers.ts";
import type { Answer, CommandBus, Progress } from "../../commands/contract.ts";
import { createProgressScreen } from "../../commands/progress.ts";
import { specOf } from "./command-table.ts";
import { commandText } from "./command-text.ts";
import type { Act, Delivery, PressedMessage } from "./delivery.ts";
import { cut, literal } from "./escape.ts";
import { explain } from "./explain.ts";
import {
  answerFirst,
  editAnswer,
  flagsOf,
  followUp,
  loggedRender,
  patchAnswer,
  showProgress,
  postToChannel,
  type FirstAnswer,
  type Outlet,
} from "./outlet.ts";
import type { MessagePlace } from "../../ports.ts";
import { openForm, readForm } from "./forms.ts";
import { suggest } from "./suggest.ts";

/** A first sign must be on the screen within 500 ms; Discord's own way there takes some of them. */
const DEFER_AFTER_MS = 400;
/** After three seconds the person has been told that the command failed. */
const LATE_AFTER_MS = 2500;
/** So long another instance that handles the same delivery has to answer it. */
const OTHERS_FIRST_MS = 2000;
/** Four edits in five seconds leave one of the five that Discord takes to the answer. */
const PROGRESS_EVERY_MS = 1500;
const CONTENT_MAX = 2000;
const NAME_MAX = 80;

export interface AnswerParts extends Outlet {
  readonly bus: CommandBus;
}

/** Runs one delivery and puts its answer on the screen. Never throws. */
export async function answer(parts: AnswerParts, delivery: Delivery): Promise<void> {
  const { act } = delivery;
  const receivedAtMs = parts.clock.nowMs();
  try {
    switch (act.kind) {
      case "command": {
        const text = commandText(parts.bus.commands, act.words, act.options);
        return await answerCommand(parts, delivery, { text, words: act.words }, receivedAtMs);
      }
      case "press":
        return await answerPress(parts, delivery, act, receivedAtMs);
      case "form":
        return await answerForm(parts, delivery, act, receivedAtMs);
      case "typing":
        return await suggest(parts, delivery, act, receivedAtMs);
    }
  } catch (error) {
    parts.log.error(
      { platform: "discord", deliveryId: delivery.id },
      `an interaction was not answered: ${explain(error)}`,
    );
  }
}

async function answerCommand(
  parts: AnswerParts,
  delivery: Delivery,
  { text, words }: { readonly text: string; readonly words: readonly string[] },
  receivedAtMs: number,
): Promise<void> {
  if (await openForm(parts, delivery, text, receivedAtMs)) return;
  const defer = (): Promise<FirstAnswer> =>
    answerFirst(parts, delivery, receivedAtMs, {
      type: InteractionResponseType.DeferredChannelMessageWithSource,
    });
  let first: FirstAnswer | undefined;
  if (isLate(delivery, receivedAtMs)) {
    first = await defer();
    if (first === "gone" && !isUrgent(parts, words)) return tellTooLate(parts, delivery, text);
  }
  const screen = createProgressScreen(parts.clock, PROGRESS_EVERY_MS);
  const work = dispatch(parts, delivery, text, screen.report);
  if (first === undefined) {
    const quick = await within(parts, work, DEFER_AFTER_MS);
    // A picture is an upload: Discord hears first that the answer comes. Where it stands is told for an edit only.
    if (quick !== undefined && quick.picture === undefined && quick.placed === undefined)
      return answerAtOnce(parts, delivery, { text, answer: quick }, receivedAtMs);
    first = await defer();
  }
  if (first !== "gone") screen.showIn((message) => showProgress(parts, delivery, message));
  const slow = await work;
  await screen.end();
  if (slow !== ALREADY_HANDLED) await answerLater(parts, delivery, { text, answer: slow }, first);
}

async function answerForm(
  parts: AnswerParts,
  delivery: Delivery,
  act: Extract<Act, { kind: "form" }>,
  receivedAtMs: number,
): Promise<void> {
  const { path: words } = act;
  const submitted = readForm(parts, act);
  if (submitted.kind === "command")
    return answerCommand(parts, delivery, { text: submitted.text, words }, receivedAtMs);
  const ran = { text: `/${words.join(" ")}`, answer: submitted.answer };
  await answerAtOnce(parts, delivery, ran, receivedAtMs);
}

/** A command that ran, and what came of it. */
interface Ran {
  readonly text: string;
  readonly answer: Answer;
}

async function answerAtOnce(
  parts: AnswerParts,
  delivery: Delivery,
  ran: Ran,
  receivedAtMs: number,
): Promise<void> {
  const repeated = ran.answer === ALREADY_HANDLED;
  // Whoever handles this delivery answers it; if they died over it, somebody should say so.
  if (repeated) await parts.clock.sleep(OTHERS_FIRST_MS);
  const { body, files } = await loggedRender(parts, ran.answer);
  const first = await answerFirst(parts, delivery, receivedAtMs, {
    type: InteractionResponseType.ChannelMessageWithSource,
    data: { ...body, ...flagsOf(ran.answer) },
    files,
  });
  if (first !== "accepted" && !repeated) await answerLater(parts, delivery, ran, first);
}

/** Puts the answer where the first one stands, or into the channel when that is gone. */
async function answerLater(
  parts: AnswerParts,
  delivery: Delivery,
  ran: Ran,
  first: FirstAnswer,
): Promise<void> {
  if (first !== "gone") {
    const shown =
      ran.answer.private === true
        ? // The deferred answer is public and stays so; only a further message can be for one person.
          (await editAnswer(parts, delivery, { text: "Answered to you alone." })) &&
          (await followUp(parts, delivery, ran.answer))
        : await editAnswer(parts, delivery, ran.answer);
    if (shown !== undefined) return tellPlace(parts, delivery, ran.answer, shown.place);
  }
  await answerInChannel(parts, delivery, ran);
}

async function answerInChannel(
  parts: AnswerParts,
  delivery: Delivery,
  { text, answer: said }: Ran,
): Promise<void> {
  const asked = `Answer to ${text}, asked by ${delivery.actor.name}`;
  const message = { ...said, footer: [...(said.footer ?? []), cut(asked, 300)] };
  const shown = await postToChannel(parts, delivery, message);
  if (shown !== undefined) return tellPlace(parts, delivery, said, shown.place);
  parts.log.error(
    { platform: "discord", deliveryId: delivery.id, command: text },
    "an answer could not be shown",
  );
}

/** Whoever goes on with the answer learns where it stands. */
async function tellPlace(
  { log }: AnswerParts,
  delivery: Delivery,
  { placed, private: secret }: Answer,
  place: MessagePlace | undefined,
): Promise<void> {
  if (placed === undefined || place === undefined || secret === true) return;
  await placed(place).catch((error: unknown) =>
    log.warn({ platform: "discord", deliveryId: delivery.id, error }, "an answer will not be edited"),
  );
}

async function answerPress(
  parts: AnswerParts,
  delivery: Delivery,
  { command, message }: Extract<Act, { kind: "press" }>,
  receivedAtMs: number,
): Promise<void> {
  const words = command.replace(/^\//, "").split(/\s+/);
  // A card is there for everybody and for many presses: only what asks for a yes is used up by one.
  if (!message.asksOnce) return answerCommand(parts, delivery, { text: command, words }, receivedAtMs);
  const first = await answerFirst(parts, delivery, receivedAtMs, {
    type: InteractionResponseType.UpdateMessage,
    data: {
      ...pressedContent(message, delivery.actor.name),
      components: [],
      allowed_mentions: { parse: [] },
    },
  });
  if (first === "gone" && !isUrgent(parts, words)) return tellTooLate(parts, delivery, command);
  const result = await dispatch(parts, delivery, command);
  if (result === ALREADY_HANDLED) return;
  // A press that was refused (by the wrong person, say) leaves the buttons to the right one.
  if (result.refused === true && first !== "gone")
    await patchAnswer(parts, delivery, {
      ...(message.content === undefined ? {} : { content: message.content }),
      components: message.components,
      allowed_mentions: { parse: [] },
    });
  const shown = first === "gone" ? undefined : await followUp(parts, delivery, result);
  if (shown === undefined) await answerInChannel(parts, delivery, { text: command, answer: result });
}

/** The message's text, which came from us and is escaped, and below it who pressed what. */
function pressedContent({ content, label }: PressedMessage, name: string): { readonly content?: string } {
  if (content === undefined) return {};
  const line = `-# ${literal(label)} pressed by ${literal(cut(name, NAME_MAX))}`;
  const longer = `${content}\n${line}`.trim();
  return longer.length > CONTENT_MAX ? {} : { content: longer };
}

/** Discord has shown this as failed, so it must not act now: it may have been repeated since. */
async function tellTooLate(parts: AnswerParts, delivery: Delivery, text: string): Promise<void> {
  parts.log.warn({ platform: "discord", deliveryId: delivery.id, command: text }, "came too late, not done");
  const said: Answer = {
    text: `${text} reached AlphaFlow too late and was not done. Repeat it if it is still wanted.`,
    tone: "warn",
  };
  await answerInChannel(parts, delivery, { text, answer: said });
}

async function dispatch(
  { bus, log }: AnswerParts,
  delivery: Delivery,
  text: string,
  progress?: (progress: Progress) => void,
): Promise<Answer> {
  const { id, actor, channel } = delivery;
  try {
    return await bus.dispatch({ text, actor, channel, deliveryId: id }, progress);
  } catch (error) {
    log.error({ platform: "discord", deliveryId: id }, `a command failed: ${explain(error)}`);
    return { text: `That failed inside AlphaFlow; the log has it under ${id}.`, tone: "bad", private: true };
  }
}

/** By the time in the interaction's id. An id that holds none counts as fresh. */
function isLate({ id }: Delivery, nowMs: number): boolean {
  return /^\d{15,20}$/.test(id) && nowMs - SnowflakeUtil.timestampFrom(id) > LATE_AFTER_MS;
}

/** Protects money, so it acts even when nobody can be told. */
function isUrgent({ bus }: AnswerParts, words: readonly string[]): boolean {
  const spec = specOf(bus.commands, words.slice(0, 2)) ?? specOf(bus.commands, words.slice(0, 1));
  return spec?.effect === "urgent";
}

async function within<T>({ clock }: AnswerParts, work: Promise<T>, ms: number): Promise<T | undefined> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(
    () => undefined,
    () => undefined,
  );
  const quick = await Promise.race([work, late]);
  done.abort();
  return quick;
}
