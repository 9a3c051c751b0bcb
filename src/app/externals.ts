import type { By, Outcome } from "../ports.ts";
import { ADOPTED, adoptExternal } from "./adopt-external.ts";
import { answered } from "./alerts/revise.ts";
import { closeExternal } from "./close-external.ts";
import { mayTrade, type Engine, type ExternalHolding } from "./context.ts";
import { changeExternals, externalOf, NOT_LEADING } from "./external-holdings.ts";
import { refused } from "./runs.ts";
import { askedBy, externalKey, externalNote, positionPhrase } from "./wording.ts";

export type ExternalAction = "adopt" | "close" | "ignore";

/** What the desk decides about a holding that no run opened. */
export async function decideExternal(
  engine: Engine,
  action: ExternalAction,
  symbol: string,
  stop: number | null,
  by: By,
): Promise<Outcome> {
  if (!mayTrade(engine)) return refused(NOT_LEADING);
  if (engine.state.externalsAt === 0)
    return refused("the account is still being read; press again in a moment");
  const external = externalOf(engine, symbol);
  if (external === undefined) return refused(await notHeld(engine, symbol));
  switch (action) {
    case "adopt":
      return engine.serial.run(symbol, () => adoptExternal(engine, symbol, stop, by));
    case "close":
      return closeByHand(engine, external, by);
    case "ignore":
      return ignore(engine, external, by);
  }
}

async function notHeld(engine: Engine, symbol: string): Promise<string> {
  // A press that is delivered twice finds what the first one made.
  const adopted = (await engine.ledger.openPositions(engine.accountId)).find(
    (each) => each.symbol === symbol && each.entryOrderId.startsWith(ADOPTED),
  );
  if (adopted !== undefined)
    return `${positionPhrase(adopted)} has been adopted, and nothing more of ${symbol} is held outside AlphaFlow`;
  const { externals } = engine.state;
  const others =
    externals.length === 0 ? "nothing is" : `these are: ${externals.map((each) => each.symbol).join(", ")}`;
  return `${symbol} is not held outside AlphaFlow; ${others}`;
}

/** The card's buttons stay until an order went: whoever is refused may press again. */
async function closeByHand(engine: Engine, external: ExternalHolding, by: By): Promise<Outcome> {
  const { symbol, quantity } = external;
  const closing = await engine.serial.run(symbol, () => closeExternal(engine, symbol, quantity, "manual"));
  engine.reconcileSoon();
  if (closing.kind === "not_sent") return refused(closing.text);
  await engine.ledger.transaction((tx) =>
    answered(tx, externalKey(engine, external), `close asked by ${askedBy(by)}`, "neutral"),
  );
  engine.wakeAlerts();
  return { kind: "done", value: undefined, text: closing.text };
}

/** Left as it is: entries in the symbol are allowed again, its value still counts in the risk figures. */
async function ignore(engine: Engine, { symbol }: ExternalHolding, by: By): Promise<Outcome> {
  const ignored = await changeExternals(engine, async (tx, known) => {
    const holding = known.find((each) => each.symbol === symbol);
    if (holding !== undefined && !holding.ignored) {
      const text = `EXTERNAL ${holding.quantity.toString()} ${symbol} is left alone, as ${by.name} wished`;
      await tx.insertAlert(externalNote(engine, symbol, text, engine.clock.nowMs()));
      await answered(tx, externalKey(engine, holding), `left alone by ${askedBy(by)}`, "neutral");
    }
    return {
      externals: known.map((each) => (each === holding ? { ...each, ignored: true } : each)),
      result: holding !== undefined,
    };
  });
  if (ignored === undefined) return refused(NOT_LEADING);
  if (!ignored) return refused(await notHeld(engine, symbol));
  engine.wakeAlerts();
  return {
    kind: "done",
    value: undefined,
    text: `${symbol} is left alone until more of it is bought outside AlphaFlow; entries in it are allowed again, and it still counts in the risk figures`,
  };
}
