import type { By, Ledger, Log, Mode, Outcome } from "../ports.ts";
import type { RunningEngine } from "./engine.ts";
import { openBusiness, UNCONFIRMED } from "./mode.ts";
import { refused } from "./runs.ts";
import { createSerial } from "./serial.ts";
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
  /** A new engine on that mode's account, which calls `onOtherMode` as long as it stands by because the database names the other mode. */
  readonly engineFor: (mode: Mode, onOtherMode: () => void) => RunningEngine;
  /** The account of paper mode, by the keys that there are. */
  readonly paperAccount: string;
  readonly shutLocks: () => Promise<readonly string[]>;
  readonly wakeAlerts: () => void;
}

/** The live account's id, as its venue and its lease have it. */
const LIVE_ACCOUNT = "live";
/** Shut locks are looked at again this often while another instance trades live: the look asks the broker. */
const LOCKS_AGAIN_MS = 30_000;

/**
 * The mode lives in the database, and every instance follows it there. At start a live mode whose locks are no longer all
 * open falls back to paper and says so: no path trades live because it did so yesterday.
 */
export async function createAccounts(parts: AccountsParts): Promise<Accounts> {
  const { ledger, log } = parts;
  const serial = createSerial();
  let engine = parts.engineFor(await modeAtStart(parts), follow);
  let changing = false;
  let stopped = false;
  let locksShutUntil = 0;
  let toldShut = "";

  /** The engine of that mode takes the place of the one that runs; it takes its lease when it is free. */
  async function useMode(mode: Mode): Promise<void> {
    const before = engine;
    if (stopped || before.engine.mode === mode) return;
    const next = parts.engineFor(mode, follow);
    try {
      await before.stop();
    } catch (error) {
      log.warn({ error }, "the engine of the mode before did not end cleanly; its lease runs out by itself");
    }
    engine = next;
    toldShut = "";
    engine.start();
    parts.wakeAlerts();
  }

  /** Somebody changed the mode, elsewhere or in a commit whose answer was lost: this instance goes along, or stands by. */
  function follow(): void {
    if (performance.now() < locksShutUntil) return;
    serial.run("mode", goAlong).catch((error: unknown) => {
      log.warn({ error }, "the change of mode could not be followed; trying again");
    });
  }

  async function goAlong(): Promise<void> {
    const { mode } = await ledger.control();
    if (mode === engine.engine.mode) return;
    const shut = mode === "live" ? await locksThatStay(parts) : [];
    if (shut.length > 0) {
      locksShutUntil = performance.now() + LOCKS_AGAIN_MS;
      if (shut.join() !== toldShut)
        log.warn({ shut }, "the mode is live, but a lock is shut here: this instance stands by");
      toldShut = shut.join();
      return;
    }
    log.info({ mode }, "the mode was changed: this instance follows");
    await useMode(mode);
  }

  async function change(mode: Mode, by: Pick<By, "name">): Promise<Outcome> {
    const shut = mode === "live" ? await parts.shutLocks() : [];
    const no = await ledger.transaction(async (tx) => {
      const control = await tx.control();
      if (control.mode === mode) return `the mode is ${mode} already`;
      if (shut.length > 0) return `live stays locked:\n${shut.map((lock) => `• ${lock}`).join("\n")}`;
      // Written first: an entry decided before is in its row now, and one decided later sees the new mode.
      await tx.setControl({ ...control, mode });
      const open = await openBusiness(tx, mode === "live" ? parts.paperAccount : LIVE_ACCOUNT);
      if (open.length > 0) {
        await tx.setControl(control);
        return `first end what is open in ${control.mode}: ${open.join(", ")}`;
      }
      const nowMs = parts.nowMs();
      await tx.insertAlert(
        plainAlert(`mode:${nowMs}`, "mode", nowMs, {
          title: mode === "live" ? "LIVE TRADING" : "Paper trading",
          text: `Mode changed from ${control.mode} to ${mode} by ${by.name}; runs have to be started anew · ${modeLabel(mode)}`,
          tone: mode === "live" ? "bad" : "neutral",
        }),
      );
      return null;
    });
    if (no !== null) return refused(no);
    await serial.run("mode", () => useMode(mode));
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
    async stop() {
      stopped = true;
      await serial.idle();
      await engine.stop();
    },
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

/** The locks that only a person opens. A live account that cannot be read now is no such: its engine sends nothing before it has read it. */
async function locksThatStay(parts: AccountsParts): Promise<readonly string[]> {
  return (await parts.shutLocks()).filter((lock) => lock !== UNCONFIRMED);
}

async function modeAtStart(parts: AccountsParts): Promise<Mode> {
  const { ledger, log } = parts;
  if ((await ledger.control()).mode === "paper") return "paper";
  const shut = await locksThatStay(parts);
  if (shut.length === 0) return "live";
  const free = await ledger.takeLease(LIVE_ACCOUNT, `start:${parts.nowMs()}`, 1_000);
  if (free === null) {
    log.warn({ shut }, "another instance trades live; this one has a lock shut and stands by");
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
