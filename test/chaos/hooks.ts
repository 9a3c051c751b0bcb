import type { RequestLog } from "../support/alpaca/http.ts";
import type { TradeUpdateData } from "../support/alpaca/types.ts";

/** Bots have keys of their own, one each. */
export function isBot(keyId: string): boolean {
  return keyId.startsWith("PKBOT");
}

/** A new order, or one that takes another's place. */
export function placesOrder({ route }: RequestLog): boolean {
  return route === "POST /v2/orders" || route === "PATCH /v2/orders/:id";
}

/** The named moments at which something can be done to a bot: each fires once and is then forgotten. */
export interface Hooks {
  requested(request: RequestLog): Promise<void>;
  updateSent(update: TradeUpdateData): void;
  committed(instance: number, tables: ReadonlySet<string>): boolean;
  /** Asked before every request that places an order of the bot's, a change of one too, as long as the run lasts. */
  beforePost(check: (request: RequestLog) => Promise<void>): void;
  /** At the next POST of an order. */
  onPost(act: (request: RequestLog) => void): void;
  /** As soon as the next fill went out on the stream. */
  onFillSent(act: () => void): void;
  /** When a transaction that wrote to `table` is committed and its author does not know yet. */
  onCommit(table: "orders" | "fills", act: (instance: number) => void): void;
  clear(): void;
}

export function createHooks(): Hooks {
  let check: ((request: RequestLog) => Promise<void>) | undefined;
  let post: ((request: RequestLog) => void) | undefined;
  let fill: (() => void) | undefined;
  let commit: { readonly table: string; readonly act: (instance: number) => void } | undefined;
  return {
    async requested(request) {
      const { route } = request;
      // What the suite asks for itself, to be refused, is no moment of the bot's.
      if (!isBot(request.keyId)) return;
      if (route === "POST /v2/orders") {
        const act = post;
        post = undefined;
        act?.(request);
      }
      if (placesOrder(request)) await check?.(request);
    },
    updateSent(update) {
      if (fill === undefined || !["fill", "partial_fill"].includes(update.event)) return;
      const act = fill;
      fill = undefined;
      act();
    },
    committed(instance, tables) {
      if (commit === undefined || !tables.has(commit.table)) return true;
      const { act } = commit;
      commit = undefined;
      act(instance);
      return false;
    },
    beforePost(next) {
      check = next;
    },
    onPost(act) {
      post = act;
    },
    onFillSent(act) {
      fill = act;
    },
    onCommit(table, act) {
      commit = { table, act };
    },
    clear() {
      post = undefined;
      fill = undefined;
      commit = undefined;
    },
  };
}
