import type { By, Ledger, Log, Mode, Outcome } from "../ports.ts";
import type { RunningEngine } from "./engine.ts";
import { openBusiness, UNCONFIRMED } from "./mode.ts";
import { refused } from "./runs.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** The engine of the account in use, and the change from one to the other. */
export interface Accounts {
  current(): RunningEngine;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Paper ↔ live. Nothing may be open in the account that is left; every lock of live is looked at again. */
  switchMode(mode: Mode, by: Pick<By, "name">): Promise<Outcome>;
}

export interface AccountsParts {
  readonly ledger: Ledger;
  readonly log: Log;
  readonly nowMs: () => number;
  /** A new engine on that mode's account. */
  readonly engineFor: (mode: Mode) => RunningEngine;
  readonly shutLocks: () => Promise<readonly string[]>;
  readonly wakeAlerts: () => void;
}

/** The live account's id, as its venue and its lease have it. */
const LIVE_ACCOUNT = "live";

/**
 * The mode lives in the database. At start a live mode whose locks are no longer all open falls back to paper and says so:
 * no path trades live because it did so yesterday.
 */
export async function createAccounts(parts: AccountsParts): Promise<Accounts> {
  const { ledger } = parts;
  let engine = parts.engineFor(await modeAtStart(parts));
  let changing = false;

  async function change(mode: Mode, by: Pick<By, "name">): Promise<Outcome> {
    const before = engine.engine.mode;
    if (before === mode) return refused(`the mode is ${mode} already`);
    if (mode === "live") {
      const shut = await parts.shutLocks();
      if (shut.length > 0)
        return refused(`live stays locked:\n${shut.map((lock) => `• ${lock}`).join("\n")}`);
    }
    const open = await openBusiness(ledger, engine.engine.accountId);
    if (open.length > 0) return refused(`first end what is open in ${before}: ${open.join(", ")}`);
    const nowMs = parts.nowMs();
    try {
      await engine.stop();
      await ledger.transaction(async (tx) => {
        await tx.setControl({ ...(await tx.control()), mode });
        await tx.insertAlert(
          plainAlert(`mode:${nowMs}`, "mode", nowMs, {
            title: mode === "live" ? "LIVE TRADING" : "Paper trading",
            text: `Mode changed from ${before} to ${mode} by ${by.name}; runs have to be started anew · ${modeLabel(mode)}`,
            tone: mode === "live" ? "bad" : "neutral",
          }),
        );
      });
      engine = parts.engineFor(mode);
    } catch (error) {
      engine = parts.engineFor(before);
      throw error;
    } finally {
      engine.start();
      parts.wakeAlerts();
    }
    return {
      kind: "done",
      value: undefined,
      text:
        mode === "live"
          ? "REAL MONEY: orders go to the live account from now on"
          : "orders go to the paper account from now on",
    };
  }

  return {
    current: () => engine,
    start() {
      engine.start();
      return Promise.resolve();
    },
    stop: () => engine.stop(),
    async switchMode(mode, by) {
      if (changing) return refused("the mode is being changed already");
      changing = true;
      try {
        return await change(mode, by);
      } finally {
        changing = false;
      }
    },
  };
}

async function modeAtStart(parts: AccountsParts): Promise<Mode> {
  const { ledger, log } = parts;
  if ((await ledger.control()).mode === "paper") return "paper";
  const shut = (await parts.shutLocks()).filter((lock) => lock !== UNCONFIRMED);
  // A live account that cannot be read now keeps its mode: its positions need their engine as soon as it can.
  if (shut.length === 0) return "live";
  const free = await ledger.takeLease(LIVE_ACCOUNT, `start:${parts.nowMs()}`, 1_000);
  if (free === null) {
    log.warn({ shut }, "another instance trades live; this one has a lock shut and sends no entries");
    return "paper";
  }
  await ledger.releaseLease(free);
  log.warn({ shut }, "live mode was on, but a lock is shut: trading paper");
  const nowMs = parts.nowMs();
  await ledger.transaction(async (tx) => {
    await tx.setControl({ ...(await tx.control()), mode: "paper" });
    await tx.insertAlert(
      plainAlert(`mode:${nowMs}`, "mode", nowMs, {
        title: "Live mode is locked",
        text: `Live mode was on before this start, but: ${shut.join("; ")}. Orders go to paper until /mode live is given again · PAPER`,
        tone: "bad",
      }),
    );
  });
  return "paper";
}
