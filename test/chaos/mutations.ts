import type { Patch } from "../support/chaos/program-copy.ts";
import type { FaultKind } from "./faults.ts";

/** One planted bug: what is changed in a copy of the program, and the disturbances under which it shows. */
export interface Mutation {
  readonly patches: readonly Patch[];
  readonly faults: readonly FaultKind[];
  /** How the violation begins by which it must be caught: another one proves nothing about that promise. */
  readonly by: string;
  readonly standby: boolean;
  /** Seeds tried until it is caught. */
  readonly tries: number;
}

const BUGS = {
  "row-after-post": {
    patches: [
      {
        file: "src/app/execute.ts",
        find: "    if (!(await tx.insertOrder(order))) return false;",
        put: "    await engine.broker.place(requestOf(order), LANES[order.purpose], POST_DEADLINE_MS);\n    if (!(await tx.insertOrder(order))) return false;",
      },
      {
        file: "src/app/enter.ts",
        find: "  if (!(await insertEntry(tx, entry, order))) {",
        put: '  await engine.broker.place(order, "entry", 5_000);\n  if (!(await insertEntry(tx, entry, order))) {',
      },
    ],
    faults: ["kill-accepted-unanswered"],
    by: "seen on the way: intent before POST",
    standby: false,
    tries: 2,
  },
  "random-ids": {
    patches: [
      {
        file: "src/core/client-order-id.ts",
        find: "const text = `${stem}-${LETTER[purpose]}${attempt}`;",
        put: 'const text = `af-${Math.random().toString(36).slice(2, 10)}-${stem.split("-")[2] ?? "X"}-0-${LETTER[purpose]}${attempt}`;',
      },
    ],
    faults: ["kill-accepted-unanswered"],
    by: "ids are intents",
    standby: false,
    tries: 2,
  },
  "no-execution-dedupe": {
    patches: [
      {
        file: "src/core/advance.ts",
        find: "const rise = report.filledQuantity.minus(order.filledQuantity);",
        put: "const rise = execution?.quantity ?? report.filledQuantity.minus(order.filledQuantity);",
      },
    ],
    faults: ["updates-duplicated", "updates-duplicated", "updates-reordered"],
    by: "fills booked once",
    standby: false,
    tries: 3,
  },
  "entries-before-reconcile": {
    patches: [
      {
        file: "src/app/tick.ts",
        find: "if (engine.state.reconciled) await enterOnSignals",
        put: "await enterOnSignals",
      },
      {
        file: "src/app/check-control.ts",
        find: 'if (!engine.state.reconciled) return { code: "NOT_RECONCILED"',
        put: 'if (engine.state.stopping) return { code: "NOT_RECONCILED"',
      },
    ],
    faults: ["kill-while-orders-unreadable", "kill-while-orders-unreadable"],
    by: "no entry before reconciling",
    standby: false,
    tries: 3,
  },
  "stop-forgotten-on-partial-fill": {
    patches: [
      {
        file: "src/app/protect.ts",
        find: "  if (entryWorks) return;\n  if (position.partQuantity",
        put: '  if (entry?.state !== "FILLED") return;\n  if (position.partQuantity',
      },
    ],
    faults: ["partial-then-expired", "partial-then-expired", "partial-then-expired"],
    by: "every position has its stop",
    standby: false,
    tries: 4,
  },
  "kill-not-latched": {
    patches: [
      {
        file: "src/app/latch.ts",
        find: "      halted: true,\n      killed: true,",
        put: "      halted: false,\n      killed: false,",
      },
    ],
    faults: [],
    by: "kill: the latch is gone",
    standby: false,
    tries: 1,
  },
  "lease-unchecked": {
    patches: [
      {
        file: "src/app/context.ts",
        find: "return engine.state.lease !== null && performance.now() < engine.state.leaseValidUntilMs;",
        put: "return engine.state.lastLeaseCheckMs !== null;",
      },
      {
        file: "src/app/check-control.ts",
        find: "if (lease === null || !mayTrade(engine) || !(await tx.holdLease(lease)))",
        put: "if (lease === undefined)",
      },
    ],
    faults: ["sleep-short"],
    by: "no order without the lease",
    standby: true,
    tries: 3,
  },
  "alert-outside-the-outbox": {
    patches: [
      {
        file: "src/app/record.ts",
        find: "  const outcome = await engine.ledger.transaction(async (tx) => {\n    const before",
        put: '  const later: Parameters<LedgerOps["insertAlert"]>[0][] = [];\n  const outcome = await engine.ledger.transaction(async (inner) => {\n    const tx = { ...inner, insertAlert: async (alert: (typeof later)[number]) => { later.push(alert); return true; } };\n    const before',
      },
      {
        file: "src/app/record.ts",
        find: "  if (outcome === undefined) return undefined;\n",
        put: "  for (const alert of later) await engine.ledger.insertAlert(alert);\n  if (outcome === undefined) return undefined;\n",
      },
    ],
    faults: ["kill-fill-committed", "kill-fill-committed"],
    by: "every fill is told",
    standby: false,
    tries: 3,
  },
} as const satisfies Readonly<Record<string, Mutation>>;

/** The eight bugs that the suite must be able to see; they exist in copies only. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = BUGS;

export function isMutation(name: string): boolean {
  return Object.hasOwn(MUTATIONS, name);
}

export function patchesOf(name: string): readonly Patch[] {
  return MUTATIONS[name]?.patches ?? [];
}
