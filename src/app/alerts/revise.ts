import type { Message, Tone } from "../../message.ts";
import type { LedgerOps } from "../../ports.ts";
import type { Step } from "../cards/keep-cards.ts";
import type { BoardParts } from "../cards/place.ts";

/** What nobody has edited by then stays as it is: nobody scrolls back so far. */
const LOOK_BACK_MS = 86_400_000;
const BATCH = 20;

/**
 * What an alert asked has been answered: its buttons go, and who answered stands on it, in every chat that shows it. In the
 * transaction of the answer; an alert that was never written stays away.
 */
export async function answered(tx: LedgerOps, key: string, how: string, tone: Tone): Promise<void> {
  const message = await tx.alertMessage(key);
  if (message !== undefined) await tx.reviseAlert(key, closed(message, how, tone));
}

/** An edit calls nobody, and it should not look as if it did. */
function closed(
  { buttons: _buttons, mentions: _mentions, ...rest }: Message,
  how: string,
  tone: Tone,
): Message {
  return { ...rest, text: `${rest.text}\n→ ${how}`, tone };
}

/** Messages of this chat that do not show yet what became of their alerts. */
export async function keepAlerts({ ledger, clock, board, sink }: BoardParts): Promise<readonly Step[]> {
  const stale = await ledger.staleAlerts(sink, clock.nowMs() - LOOK_BACK_MS, BATCH);
  return stale.map(({ id, revision, message, place }) => ({
    act: "edit",
    run: async () => {
      const outcome = await board.edit(place, message);
      // What somebody has deleted, or the platform will not change, needs no second try.
      if (outcome.kind === "done" || outcome.kind === "gone" || outcome.kind === "refused")
        await ledger.markShown(id, sink, revision);
      return outcome;
    },
  }));
}
