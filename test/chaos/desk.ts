import type { SlackServer } from "../support/slack-server.ts";
import type { SocketDelivery } from "../support/slack/socket-hub.ts";

const ADMIN = "U0ANN";
const ACK_MS = 30_000;

/** A command somebody typed in Slack. */
interface Typed {
  readonly words: string;
  readonly delivery: SocketDelivery;
  readonly atMs: number;
}

/** Ann at her desk: types commands and remembers them. */
export interface SlackDesk {
  readonly typed: readonly Typed[];
  /** Types a command; with `again` Slack delivers the very same envelope that many more times. Waits for the bot's ack. */
  type(words: string, again?: number): Promise<void>;
}

export function createDesk(slack: SlackServer): SlackDesk {
  const typed: Typed[] = [];
  return {
    typed,
    async type(words, again = 0) {
      const delivery = await slack.slash(ADMIN, words);
      typed.push({ words, delivery, atMs: Date.now() });
      for (let copy = 0; copy < again; copy += 1) await delivery.redeliver();
      await delivery.acked(ACK_MS).catch(() => undefined);
    },
  };
}
