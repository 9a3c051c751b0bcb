import { everyFillIsTold } from "./alerts.ts";
import { cashAgrees, fillsBookedOnce, quantitiesAgree } from "./books.ts";
import { oneEffectACommand } from "./commands.ts";
import type { Facts, Invariant } from "./contract.ts";
import {
  noEntryBeforeReconciling,
  noEntryPastDayLoss,
  noEntryWhileHalted,
  noOrderWithoutLease,
  noStaleEntry,
} from "./entries.ts";
import {
  idsAreIntents,
  neverShort,
  noSecondEntry,
  nothingSoldTwice,
  oneEntryABar,
  oneRowAnOrder,
} from "./orders.ts";
import { everyPositionHasItsStop } from "./protection.ts";

const INVARIANTS: readonly Invariant[] = [
  { name: "quantities agree", broken: quantitiesAgree },
  { name: "cash agrees", broken: cashAgrees },
  { name: "fills booked once", broken: fillsBookedOnce },
  { name: "one row an order", broken: oneRowAnOrder },
  { name: "ids are intents", forGood: true, broken: idsAreIntents },
  { name: "one entry a bar", broken: oneEntryABar },
  { name: "no second entry", forGood: true, broken: noSecondEntry },
  { name: "nothing sold twice", forGood: true, broken: nothingSoldTwice },
  { name: "never short", forGood: true, broken: neverShort },
  { name: "every position has its stop", broken: everyPositionHasItsStop },
  { name: "every fill is told", broken: everyFillIsTold },
  { name: "one effect a command", broken: oneEffectACommand },
  { name: "no entry while halted", forGood: true, broken: noEntryWhileHalted },
  { name: "no entry past the daily loss limit", forGood: true, broken: noEntryPastDayLoss },
  { name: "no entry before reconciling", forGood: true, broken: noEntryBeforeReconciling },
  { name: "no stale entry", forGood: true, broken: noStaleEntry },
  { name: "no order without the lease", forGood: true, broken: noOrderWithoutLease },
  { name: "seen on the way", forGood: true, broken: ({ observer }) => observer.violations },
];

/** Every promise that is broken, one line each; `mendable` ones may still come right. */
export function brokenPromises(facts: Facts): {
  readonly broken: readonly string[];
  readonly mendable: boolean;
} {
  const found = INVARIANTS.flatMap(({ name, forGood, broken }) =>
    broken(facts).map((text) => ({ text: `${name}: ${text}`, mendable: forGood !== true })),
  );
  return { broken: found.map(({ text }) => text), mendable: found.some(({ mendable }) => mendable) };
}
