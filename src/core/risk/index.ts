import { buyingPower } from "./buying-power.ts";
import type { Gate } from "./contract.ts";
import { dayLoss } from "./day-loss.ts";
import { liveCapital } from "./live-capital.ts";

/** Every gate an entry passes, in the order in which they are told. To add one: a file here and a line in this list. */
export const gates: readonly Gate[] = [dayLoss, buyingPower, liveCapital];
