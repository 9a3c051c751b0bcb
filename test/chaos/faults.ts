import { BROKER_FAULTS } from "./faults/broker.ts";
import { CHAT_FAULTS } from "./faults/chat.ts";
import { DATABASE_FAULTS } from "./faults/database.ts";
import { KILL_POINTS } from "./faults/kill-points.ts";
import { ORDER_FAULTS } from "./faults/orders.ts";
import { PROCESS_FAULTS } from "./faults/processes.ts";
import { STREAM_FAULTS } from "./faults/stream.ts";

/** Everything that can go wrong, by name. */
export const FAULTS = [
  ...BROKER_FAULTS,
  ...ORDER_FAULTS,
  ...STREAM_FAULTS,
  ...CHAT_FAULTS,
  ...DATABASE_FAULTS,
  ...KILL_POINTS,
  ...PROCESS_FAULTS,
] as const;

export type FaultKind = (typeof FAULTS)[number]["kind"];

/** Whether a word from the command line names a fault. */
export function isFaultKind(word: string): word is FaultKind {
  return FAULTS.some(({ kind }) => kind === word);
}
