import { FAULTS } from "./faults.ts";
import type { RunResult } from "./run.ts";
import { LIMITS } from "./windows.ts";

/** Without each of these, a set has proved nothing about it. */
const REFUSALS = [
  "wash-trade",
  "insufficient-qty",
  "sub-penny",
  "fractional",
  "duplicate-client-order-id",
  "async-cancel",
  "rate-limited",
] as const;
/** A set this long draws every fault. */
const FULL_SET = 100;

/** What is wrong with a set as a whole: a refusal, or in a long one a fault, that never occurred. */
export function missing(results: readonly RunResult[]): readonly string[] {
  const seen = sum(results.map((result) => result.seen));
  const done = sum(results.map((result) => Object.fromEntries(result.faults)));
  const refusals = REFUSALS.filter((kind) => (seen[kind] ?? 0) === 0);
  const faults =
    results.length < FULL_SET ? [] : FAULTS.map(({ kind }) => kind).filter((kind) => (done[kind] ?? 0) === 0);
  return [...refusals, ...faults].map((kind) => `${kind} never occurred`);
}

/** One line a run. */
export function runLine({ plan, faults, violations, orders, fills, wallMs }: RunResult): string {
  const outcome = violations.length === 0 ? "held" : `${violations.length} VIOLATIONS`;
  const kinds = [...faults.keys()].join(", ");
  const where = `${plan.database}${plan.standby ? "+standby" : ""}${plan.discord ? "+discord" : ""}`;
  return `seed ${plan.seed}: ${outcome} · ${where} · ${orders} orders, ${fills} fills · ${kinds || "no faults"} · ${(wallMs / 1000).toFixed(0)} s`;
}

/** How to see a failing run again. */
export function reproduction({ plan }: RunResult, mutation: string | undefined): string {
  const planted = mutation === undefined ? "" : ` --mutation ${mutation}`;
  return `npm run chaos -- --seed ${plan.seed} --runs 1 ${plan.asked}${planted}`.trimEnd();
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** The figures of a whole set. */
export function summary(results: readonly RunResult[]): string {
  const seen = sum(results.map((result) => result.seen));
  const toBot = sum(results.map((result) => result.refusedToBot));
  const done = sum(results.map((result) => Object.fromEntries(result.faults)));
  const broken = results.filter((result) => result.violations.length > 0);
  const faults = results.reduce((count, { plan }) => count + plan.faults.length, 0);
  const longest = (kind: keyof RunResult["longest"]): number =>
    Math.max(0, ...results.map((result) => result.longest[kind] ?? 0));
  return [
    "",
    `runs ${results.length}, faults ${faults}, violations ${broken.reduce((count, { violations }) => count + violations.length, 0)} in ${broken.length} runs`,
    `longest: engine watches instead of the broker ${seconds(longest("engine watches"))} (limit ${LIMITS["engine watches"] / 1000} s), lease to reconciled ${seconds(longest("lease to reconciled"))} (${LIMITS["lease to reconciled"] / 1000} s), lost answer found ${seconds(longest("lost answer"))} (${LIMITS["lost answer"] / 1000} s), missed fill found ${seconds(longest("missed fill"))} (${LIMITS["missed fill"] / 1000} s), kill to zero ${seconds(longest("kill to zero"))} (15 s)`,
    "",
    ...table(
      "refusals and faults at the broker (to the bot itself)",
      Object.entries(seen).map(([kind, count]) => [kind, `${count} (${toBot[kind] ?? 0})`]),
    ),
    "",
    ...table(
      "done to the bot",
      Object.entries(done).map(([kind, count]) => [kind, String(count)]),
    ),
  ].join("\n");
}

function table(title: string, lines: readonly (readonly [string, string])[]): readonly string[] {
  const width = Math.max(0, ...lines.map(([name]) => name.length));
  return [
    title,
    ...lines
      .toSorted(([a], [b]) => a.localeCompare(b))
      .map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
  ];
}

function sum(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const each of counts)
    for (const [kind, count] of Object.entries(each)) total[kind] = (total[kind] ?? 0) + count;
  return total;
}
