import { shortKey } from "../../core/digest.ts";
import type { Message } from "../../message.ts";

/** A message that stays, and by what it is known whether the chat shows it already. */
export interface Drawn {
  readonly message: Message;
  /** Short key of everything but the live figures: when it changes, somebody should see it soon. */
  readonly essence: string;
  /** Short key of all of it. */
  readonly figures: string;
}

/** `still` is the same message without the figures that move with the price. */
export function drawn(message: Message, still: Message): Drawn {
  return { message, essence: shortKey(JSON.stringify(still)), figures: shortKey(JSON.stringify(message)) };
}
