import type { By, ExternalView, LedgerOps, Outcome } from "../ports.ts";
import { ADOPTED, adoptExternal } from "./adopt-external.ts";
import { answered } from "./alerts/revise.ts";
import { closeExternal } from "./close-external.ts";
import type { Engine } from "./context.ts";
import { externalOf } from "./external-holdings.ts";
import { marketHours } from "./market-hours.ts";
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
async function closeByHand(engine: Engine, { symbol, quantity }: ExternalView, by: By): Promise<Outcome> {
  if (!(await marketHours(engine)).open)
    return refused("the market is closed: nothing is sold before it opens");
  const closing = await engine.serial.run(symbol, () => closeExternal(engine, symbol, quantity, "manual"));
  engine.reconcileSoon();
  if (closing.kind === "not_sent") return refused(closing.text);
  await engine.ledger.transaction((tx) =>
    answered(tx, externalKey(engine, symbol, quantity), `close asked by ${askedBy(by)}`, "neutral"),
  );
  engine.wakeAlerts();
  return { kind: "done", value: undefined, text: closing.text };
}

/** Left as it is: entries in the symbol are allowed again, its value still counts in the risk figures. */
async function ignore(engine: Engine, { symbol, quantity }: ExternalView, by: By): Promise<Outcome> {
  await engine.ledger.transaction(async (tx) => {
    // Locked: two who ignore two symbols at once must not undo each other.
    const ignored = symbolsIn(await tx.lockSetting(settingName(engine)));
    if (!ignored.includes(symbol)) await tx.setSetting(settingName(engine), [...ignored, symbol]);
    await tx.insertAlert(
      externalNote(
        engine,
        symbol,
        `EXTERNAL ${quantity.toString()} ${symbol} is left alone, as ${by.name} wished`,
        engine.clock.nowMs(),
      ),
    );
    await answered(tx, externalKey(engine, symbol, quantity), `left alone by ${askedBy(by)}`, "neutral");
  });
  engine.wakeAlerts();
  return {
    kind: "done",
    value: undefined,
    text: `${symbol} is left alone; entries in it are allowed again, and it still counts in the risk figures`,
  };
}

function settingName(engine: Engine): string {
  return `ignored_externals:${engine.accountId}`;
}

/** Symbols whose external holding no longer freezes entries. */
export async function ignoredSymbols(
  engine: Engine,
  ledger: Pick<LedgerOps, "setting">,
): Promise<readonly string[]> {
  return symbolsIn(await ledger.setting(settingName(engine)));
}

function symbolsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}
