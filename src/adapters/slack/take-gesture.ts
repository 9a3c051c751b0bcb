import type { webApi } from "@slack/bolt";
import { ALREADY_HANDLED } from "../../commands/answers.ts";
import { answer, dispatch, type AnswerParts } from "./answer.ts";
import type { Delivery } from "./delivery.ts";
import { explain } from "./explain.ts";
import type { Gestured } from "./gestures.ts";

/** Shown under a reply that is in the journal now. */
const NOTED = "memo";

/**
 * Runs what a reply, a reaction or a shortcut stands for. Replies and reactions are answered only where something is wrong,
 * and to the person alone: a thread is for people. Never throws.
 */
export async function takeGesture(
  parts: AnswerParts & { readonly web: webApi.WebClient },
  { gesture, delivery }: Gestured,
): Promise<void> {
  const { bus, people, outlet, web, log } = parts;
  try {
    const { userId } = delivery;
    const [groupIds, name] = await Promise.all([
      people.groupsOf(userId),
      delivery.userName ?? people.nameOf(userId),
    ]);
    const text = await bus.meaning({ ...gesture, actor: { platform: "slack", userId, name, groupIds } });
    const { kind } = gesture.act;
    if (kind === "why" || kind === "journal") {
      if (text !== undefined) return await answer(parts, { ...delivery, text });
      const none = { text: "That message is about no position that you may look at.", private: true };
      return await outlet.say(delivery, none, undefined);
    }
    if (text === undefined) return;
    const meant: Delivery = { ...delivery, text };
    const result = await dispatch(parts, meant);
    if (result === ALREADY_HANDLED) return;
    if (result.refused === true || result.tone === "bad")
      await outlet.say(meant, { ...result, private: true }, undefined);
    else if (kind === "reply" && gesture.replyId !== undefined && delivery.channel !== null)
      await web.reactions.add({ channel: delivery.channel, timestamp: gesture.replyId, name: NOTED });
  } catch (error) {
    log.warn({ platform: "slack", deliveryId: delivery.id }, `what was done to a message: ${explain(error)}`);
  }
}
