import type { Position } from "../../src/core/position.ts";
import type {
  AlertRow,
  AuditRow,
  CommandAbout,
  Confirmation,
  FilterModelRow,
  Ledger,
  Unrecorded,
} from "../../src/ports.ts";
import { fakeStudies } from "./fake-studies.ts";

interface FakeClaim {
  readonly owner: string;
  readonly about: CommandAbout;
  readonly stops?: Unrecorded;
}

/** The part of the ledger that command intake uses, in memory; anything else throws by name. */
export interface FakeLedger {
  readonly ledger: Ledger;
  readonly audits: AuditRow[];
  readonly alerts: AlertRow[];
  readonly confirmations: Map<string, Confirmation>;
  /** What was claimed, by whom and what was said of it, by "platform deliveryId". */
  readonly claims: Map<string, FakeClaim>;
  readonly finished: Set<string>;
  readonly settings: Map<string, unknown>;
  /** Positions by the id of the message that is their card, or heads its thread: "slack 1.2". */
  readonly cards: Map<string, Position>;
  /** Tags by the id of their position. */
  readonly tags: Map<string, readonly string[]>;
  /** Calls of these methods fail as if the database were away. */
  readonly broken: Set<keyof Ledger>;
  /** Calls of these methods are done, and then fail because their answer was lost; known for transactions. */
  readonly unanswered: Set<"transaction">;
  /** Calls of these methods never come back, as on a dead connection. */
  readonly hanging: Set<keyof Ledger>;
}

export function fakeLedger(): FakeLedger {
  const audits: AuditRow[] = [];
  const confirmations = new Map<string, Confirmation>();
  const alerts: AlertRow[] = [];
  const claims = new Map<string, FakeClaim>();
  const finished = new Set<string>();
  const settings = new Map<string, unknown>();
  const cards = new Map<string, Position>();
  const tags = new Map<string, readonly string[]>();
  const broken = new Set<keyof Ledger>();
  const unanswered = new Set<"transaction">();
  const hanging = new Set<keyof Ledger>();
  const filters: FilterModelRow[] = [];
  const methods: Partial<Ledger> = {
    insertFilterModel: async (row) => {
      filters.push({ ...row, id: filters.length + 1 });
      return filters.length;
    },
    filterModel: async (id) => filters.find((row) => row.id === id),
    filterModels: async ({ strategyId, timeframe, limit }) =>
      filters
        .filter(
          (row) =>
            (strategyId ?? row.strategyId) === row.strategyId &&
            (timeframe ?? row.timeframe) === row.timeframe,
        )
        .map(({ model, ...info }) => ({
          ...info,
          kind: model.classifier.kind,
          featuresVersion: model.featuresVersion,
        }))
        .toReversed()
        .slice(0, limit),
    studies: fakeStudies(),
    claimDelivery: async (platform, deliveryId, owner, about, stops) => {
      const key = `${platform} ${deliveryId}`;
      if (claims.has(key) || finished.has(key)) return "seen";
      claims.set(key, { owner, about, ...(stops === undefined ? {} : { stops }) });
      return "new";
    },
    finishDelivery: async (platform, deliveryId, owner) => {
      const key = `${platform} ${deliveryId}`;
      if (finished.has(key) || (claims.get(key)?.owner ?? owner) !== owner) return false;
      finished.add(key);
      return true;
    },
    transaction: async (work) => {
      const before = { audits: audits.length, finished: [...finished] };
      try {
        const result = await work(ledger);
        if (!unanswered.has("transaction")) return result;
      } catch (error) {
        audits.length = before.audits;
        finished.clear();
        for (const key of before.finished) finished.add(key);
        throw error;
      }
      throw new Error("no answer to COMMIT");
    },
    setting: async (name) => settings.get(name),
    setSetting: async (name, value) => void settings.set(name, value),
    settings: async (prefix) => new Map([...settings].filter(([name]) => name.startsWith(prefix))),
    tagsOf: async (ids) => new Map([...tags].filter(([id]) => ids.includes(id))),
    positionAt: async (platform, messageId) => cards.get(`${platform} ${messageId}`),
    alertMessage: async (key) => alerts.find((alert) => alert.key === key)?.message,
    reviseAlert: async (key, message) => {
      const index = alerts.findIndex((alert) => alert.key === key);
      const alert = alerts[index];
      if (alert !== undefined) alerts[index] = { ...alert, message };
    },
    insertAudit: async (row) => void audits.push(row),
    audits: async (limit) => audits.toReversed().slice(0, limit),
    insertConfirmation: async (confirmation) => void confirmations.set(confirmation.code, confirmation),
    confirmation: async (code) => confirmations.get(code),
    useConfirmation: async (code, use) => {
      const asked = confirmations.get(code);
      if (asked === undefined || (asked.used !== null && asked.used.delivery !== use.delivery)) return false;
      confirmations.set(code, { ...asked, used: use });
      return true;
    },
    insertAlert: async (alert) => {
      if (alerts.some(({ key }) => key === alert.key)) return false;
      alerts.push(alert);
      return true;
    },
  };
  const proxy = new Proxy(methods, {
    get: (target, name: keyof Ledger): unknown => {
      if (broken.has(name))
        return () => Promise.reject(new Error("connect ECONNREFUSED postgres://af:hunter2@db/af"));
      if (hanging.has(name)) return () => new Promise(() => undefined);
      const method = target[name];
      if (method === undefined) throw new Error(`the fake ledger has no ${name}`);
      return method;
    },
  });
  if (!isWhole(proxy)) throw new Error("the fake ledger has no claimDelivery");
  const ledger = proxy;
  return {
    ledger,
    audits,
    alerts,
    confirmations,
    claims,
    finished,
    settings,
    cards,
    tags,
    broken,
    unanswered,
    hanging,
  };
}

/** The proxy answers for every method: what the fake lacks throws by name. */
function isWhole(ledger: Partial<Ledger>): ledger is Ledger {
  return ledger.claimDelivery !== undefined;
}
