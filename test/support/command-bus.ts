import { createCommandBus } from "../../src/commands/dispatch.ts";
import type { Roles } from "../../src/commands/authorize.ts";
import type { Actor, CommandBus } from "../../src/commands/contract.ts";
import { commands } from "../../src/commands/index.ts";
import type { Message } from "../../src/message.ts";
import type { Clock, Ids } from "../../src/ports.ts";
import { fakeDesk, T0, type FakeDesk } from "./fake-desk.ts";
import { fakeLedger, type FakeLedger } from "./fake-ledger.ts";

export const ANN: Actor = { platform: "slack", userId: "UADMIN", name: "ann", groupIds: [] };
export const BOB: Actor = { platform: "discord", userId: "42", name: "bob", groupIds: [] };
export const TOM: Actor = { platform: "slack", userId: "UTRADER", name: "tom", groupIds: [] };
export const VIV: Actor = { platform: "slack", userId: "UNKNOWN1", name: "viv", groupIds: ["SVIEWERS"] };
export const EVE: Actor = { platform: "slack", userId: "UEVE", name: "eve", groupIds: ["SOTHERS"] };
export const CONSOLE: Actor = { platform: "console", userId: "console", name: "root", groupIds: [] };

/** Ann and Bob are admins, Tom trades, Viv looks on through her group, Eve is nobody. */
export const ROLES: Roles = { admin: ["UADMIN", "42"], trader: ["UTRADER"], viewer: ["SVIEWERS"] };

interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export interface BusBench {
  readonly bus: CommandBus;
  readonly desk: FakeDesk;
  readonly ledger: FakeLedger;
  readonly log: LogLine[];
  /** Epoch ms; `sleep` of the clock comes back at once when `impatient`, else with the next `wake`. */
  readonly clock: { nowMs: number; impatient: boolean; leads: boolean; wake: () => void };
  /** Sends a command under a delivery id of its own. */
  say(text: string, actor?: Actor): Promise<Message>;
  /** The code of the confirm hint in an answer. */
  codeOf(message: Message): string;
}

export function busBench(roles: Roles = ROLES, ledger: FakeLedger = fakeLedger()): BusBench {
  const desk = fakeDesk();
  const log: LogLine[] = [];
  const sleepers = new Set<() => void>();
  const clock = {
    nowMs: T0,
    impatient: false,
    leads: true,
    wake: () => {
      for (const end of sleepers) end();
      sleepers.clear();
    },
  };
  const busClock: Clock = {
    nowMs: () => clock.nowMs,
    sleep: (_ms, signal) =>
      clock.impatient
        ? Promise.resolve()
        : new Promise((resolve) => {
            sleepers.add(resolve);
            signal?.addEventListener("abort", () => resolve());
          }),
  };
  let count = 0;
  const ids: Ids = {
    short: (length) => {
      count += 1;
      return `C${String(count).padStart(length - 1, "7")}`;
    },
    uuid: () => "uuid",
  };
  const line = (level: string) => (fields: Readonly<Record<string, unknown>>, text: string) =>
    void log.push({ level, fields, text });
  const bus = createCommandBus({
    commands,
    roles,
    desk: desk.desk,
    ledger: ledger.ledger,
    clock: busClock,
    ids,
    owner: "test",
    leads: () => clock.leads,
    log: { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") },
    liveAccountNumber: "LIVE123456",
  });
  let deliveries = 0;
  return {
    bus,
    desk,
    ledger,
    log,
    clock,
    say: (text, actor = ANN) => {
      deliveries += 1;
      return bus.dispatch({ text, actor, channel: "C1", deliveryId: `d${deliveries}` });
    },
    codeOf: (message) => {
      const code = /\/confirm (\w+)/.exec((message.footer ?? []).join("\n"))?.[1];
      if (code === undefined) throw new Error(`no code in ${JSON.stringify(message)}`);
      return code;
    },
  };
}

/** Everything a message says, for searching. */
export function wordsOf(message: Message): string {
  return JSON.stringify(message);
}
