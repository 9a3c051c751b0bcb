import { FAULTS } from "./faults.ts";
import { FEWEST } from "./plan.ts";
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
/** And these a long set must have met in earnest: the suite's own asking for them proves nothing about the bot. */
const REFUSED_TO_BOT = ["wash-trade", "rate-limited", "not-cancelable"] as const;
/** A set this long draws every fault. */
const FULL_SET = 100;

/** What is wrong with a set as a whole: a refusal, or in a long one a fault, that never occurred. */
export function missing(results: readonly RunResult[]): readonly string[] {
  const seen = sum(results.map((result) => result.seen));
  const done = sum(results.map((result) => Object.fromEntries(result.faults)));
  const refusals = REFUSALS.filter((kind) => (seen[kind] ?? 0) === 0);
  const toBot = sum(results.map((result) => result.refusedToBot));
  const inEarnest = REFUSED_TO_BOT.filter((kind) => (toBot[kind] ?? 0) === 0).map(
    (kind) => `${kind} to the bot`,
  );
  const faults = FAULTS.map(({ kind }) => kind).filter((kind) => (done[kind] ?? 0) === 0);
  const never = results.length < FULL_SET ? refusals : [...refusals, ...inEarnest, ...faults];
  const few = results.filter(({ plan, faults: hits }) => plan.spare.length > 0 && countAll(hits) < FEWEST);
  return [
    ...never.map((kind) => `${kind} never occurred`),
    ...few.map(({ plan, faults: hits }) => `seed ${plan.seed}: only ${countAll(hits)} faults took effect`),
  ];
}

function countAll(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}

/** One line a run. */
export function runLine({ plan, faults, missed, violations, orders, fills, wallMs }: RunResult): string {
  const outcome = violations.length === 0 ? "held" : `${violations.length} VIOLATIONS`;
  const kinds = [...faults.keys(), ...[...missed.keys()].map((kind) => `(${kind} missed)`)].join(", ");
  const where = `${plan.database}${plan.standby ? "+standby" : ""}${plan.discord ? "+discord" : ""}`;
  const kill =
    plan.killWithoutDatabase === null ? "" : `, /kill with the database ${plan.killWithoutDatabase}`;
  return `seed ${plan.seed}: ${outcome} · ${where} · ${orders} orders, ${fills} fills · ${kinds || "no faults"}${kill} · ${(wallMs / 1000).toFixed(0)} s`;
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
  const missed = sum(results.map((result) => Object.fromEntries(result.missed)));
  const hits = results.map((result) => countAll(result.faults));
  const watched = results.filter(({ plan }) => plan.database === "postgres").length;
  const kills = results.filter(({ killHadWork }) => killHadWork).length;
  const direct = results.filter(({ plan }) => plan.killWithoutDatabase !== null).length;
  const longest = (kind: keyof RunResult["longest"]): number =>
    Math.max(0, ...results.map((result) => result.longest[kind] ?? 0));
  return [
    "",
    `runs ${results.length}, faults that took effect ${hits.reduce((all, count) => all + count, 0)} (${Math.min(...hits)} at least a run), violations ${broken.reduce((count, { violations }) => count + violations.length, 0)} in ${broken.length} runs`,
    `rows watched while it ran: ${watched} runs (Postgres); /kill found orders or positions in ${kills} runs and the database away in ${direct}`,
    `longest: engine watches instead of the broker ${seconds(longest("engine watches"))} (limit ${LIMITS["engine watches"] / 1000} s), lease to reconciled ${seconds(longest("lease to reconciled"))} (${LIMITS["lease to reconciled"] / 1000} s), lost answer found ${seconds(longest("lost answer"))} (${LIMITS["lost answer"] / 1000} s), missed fill found ${seconds(longest("missed fill"))} (${LIMITS["missed fill"] / 1000} s), kill to zero ${seconds(longest("kill to zero"))} (15 s)`,
    "",
    ...table(
      "refusals and faults at the broker (to the bot itself)",
      Object.entries(seen).map(([kind, count]) => [kind, `${count} (${toBot[kind] ?? 0})`]),
    ),
    "",
    ...table(
      "done to the bot (tried in vain)",
      Object.entries(done).map(([kind, count]) => [kind, `${count} (${missed[kind] ?? 0})`]),
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
