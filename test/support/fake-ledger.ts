import type { AuditRow, Confirmation, Ledger } from "../../src/ports.ts";

/** The part of the ledger that command intake uses, in memory; anything else throws by name. */
export interface FakeLedger {
  readonly ledger: Ledger;
  readonly audits: AuditRow[];
  readonly confirmations: Map<string, Confirmation>;
  readonly finished: Set<string>;
  /** Calls of these methods fail as if the database were away. */
  readonly broken: Set<keyof Ledger>;
  /** Calls of these methods never come back, as on a dead connection. */
  readonly hanging: Set<keyof Ledger>;
}

export function fakeLedger(): FakeLedger {
  const audits: AuditRow[] = [];
  const confirmations = new Map<string, Confirmation>();
  const used = new Set<string>();
  const claimed = new Set<string>();
  const finished = new Set<string>();
  const broken = new Set<keyof Ledger>();
  const hanging = new Set<keyof Ledger>();
  const methods: Partial<Ledger> = {
    claimDelivery: async (platform, deliveryId) => {
      const key = `${platform} ${deliveryId}`;
      if (claimed.has(key)) return "seen";
      claimed.add(key);
      return "new";
    },
    finishDelivery: async (platform, deliveryId) => void finished.add(`${platform} ${deliveryId}`),
    insertAudit: async (row) => void audits.push(row),
    audits: async (limit) => audits.toReversed().slice(0, limit),
    insertConfirmation: async (confirmation) => void confirmations.set(confirmation.code, confirmation),
    confirmation: async (code) => confirmations.get(code),
    useConfirmation: async (code) => {
      if (used.has(code)) return false;
      used.add(code);
      return true;
    },
  };
  const ledger = new Proxy(methods, {
    get: (target, name: keyof Ledger): unknown => {
      if (broken.has(name))
        return () => Promise.reject(new Error("connect ECONNREFUSED postgres://af:hunter2@db/af"));
      if (hanging.has(name)) return () => new Promise(() => undefined);
      const method = target[name];
      if (method === undefined) throw new Error(`the fake ledger has no ${name}`);
      return method;
    },
  });
  if (!isWhole(ledger)) throw new Error("the fake ledger has no claimDelivery");
  return { ledger, audits, confirmations, finished, broken, hanging };
}

/** The proxy answers for every method: what the fake lacks throws by name. */
function isWhole(ledger: Partial<Ledger>): ledger is Ledger {
  return ledger.claimDelivery !== undefined;
}
