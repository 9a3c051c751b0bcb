import type { Answer, CommandBus, Progress } from "../../commands/contract.ts";
import { createProgressScreen } from "../../commands/progress.ts";
import type { Clock, Log } from "../../ports.ts";
import type { Delivery } from "./delivery.ts";
import { explain } from "./explain.ts";
import type { Outlet } from "./outlet.ts";
import type { People } from "./people.ts";
import type { PressStage } from "./pressed.ts";

// A first sign must be on the screen within 500 ms; Slack's own way there takes up to 200.
const PLACEHOLDER_AFTER_MS = 300;
// Slack takes about one message a second and channel.
const PROGRESS_EVERY_MS = 1_200;

export interface AnswerParts {
  readonly bus: CommandBus;
  readonly people: People;
  readonly outlet: Outlet;
  /** True when a form asks for what the command was not given. */
  readonly openForm: (delivery: Delivery) => Promise<boolean>;
  /** A command of this person is done. */
  readonly acted: (userId: string) => Promise<void>;
  readonly showPressed: (delivery: Delivery, stage: PressStage) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Runs one delivery and puts its answer on the screen, with a sign of life first where it takes longer. Never throws. */
export async function answer(parts: AnswerParts, given: Delivery): Promise<void> {
  const { outlet, clock, log, showPressed } = parts;
  try {
    if (await parts.openForm(given)) return;
    // A press in the App Home comes from no channel: its answer goes to the person.
    const channel = given.channel ?? (await parts.people.directChannel(given.userId));
    const delivery = { ...given, channel };
    const screen = createProgressScreen(clock, PROGRESS_EVERY_MS);
    const dispatched = dispatch(parts, delivery, screen.report);
    const slow = await takesLonger(dispatched, clock);
    const placeholder = slow ? await signOfLife(parts, delivery) : undefined;
    if (placeholder !== undefined) screen.showIn((message) => outlet.goesOn(placeholder, delivery, message));
    const result = await dispatched;
    await screen.end();
    if (delivery.pressed !== undefined) {
      // A press that was refused (by the wrong person, say) leaves the buttons to the right one.
      if (result.refused !== true) await showPressed(delivery, "done");
      else if (slow) await showPressed(delivery, "as_before");
    }
    await outlet.say(delivery, result, placeholder);
    await parts.acted(delivery.userId);
  } catch (error) {
    log.error({ platform: "slack", deliveryId: given.id }, `a command was not answered: ${explain(error)}`);
  }
}

async function signOfLife(
  { outlet, showPressed }: AnswerParts,
  delivery: Delivery,
): ReturnType<Outlet["holdOn"]> {
  if (delivery.pressed === undefined) return outlet.holdOn(delivery, `⏳ Working on it… ${delivery.text}`);
  await showPressed(delivery, "working");
  return undefined;
}

async function takesLonger(work: Promise<unknown>, clock: Clock): Promise<boolean> {
  const done = new AbortController();
  const late = clock.sleep(PLACEHOLDER_AFTER_MS, done.signal).then(
    () => true,
    () => false,
  );
  const slow = await Promise.race([work.then(() => false), late]);
  done.abort();
  return slow;
}

/** Hands the delivery to the command bus as the person it came from. */
export async function dispatch(
  { bus, people, log }: Pick<AnswerParts, "bus" | "people" | "log">,
  delivery: Delivery,
  progress?: (progress: Progress) => void,
): Promise<Answer> {
  const { id, text, userId, userName, channel } = delivery;
  try {
    const [groupIds, name] = await Promise.all([people.groupsOf(userId), userName ?? people.nameOf(userId)]);
    const actor = { platform: "slack", userId, name, groupIds };
    return await bus.dispatch({ text, actor, channel, deliveryId: id }, progress);
  } catch (error) {
    log.error({ platform: "slack", deliveryId: id }, `a command failed: ${explain(error)}`);
    return { text: `That failed inside AlphaFlow; the log has it under ${id}.`, tone: "bad", private: true };
  }
}
