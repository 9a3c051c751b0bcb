import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout } from "node:timers/promises";

interface Work {
  over: boolean;
  readonly ended: Promise<void>;
}

export interface Nesting {
  /** Runs a transaction's work and knows everything that is called from it. */
  inside<T>(work: () => Promise<T>): Promise<T>;
  /** Returns at once when not called from inside; otherwise when that work is over. Throws when it does not end within `patienceMs`. */
  outside(operation: string): Promise<void>;
}

/**
 * Keeps a transaction's work from waiting for the ledger itself: on PGlite, whose only connection it holds, that would be for
 * ever, and on Postgres it would write outside of the transaction. What the work merely sets going waits until it is over.
 */
export function trackNesting(patienceMs: number): Nesting {
  const works = new AsyncLocalStorage<Work>();
  return {
    async inside(work) {
      const ends: (() => void)[] = [];
      const ended = new Promise<void>((resolve) => {
        ends.push(resolve);
      });
      const current: Work = { over: false, ended };
      try {
        return await works.run(current, work);
      } finally {
        current.over = true;
        for (const end of ends) end();
      }
    },

    async outside(operation) {
      const current = works.getStore();
      if (current === undefined || current.over) return;
      const hurry = new AbortController();
      const late = setTimeout(patienceMs, undefined, { signal: hurry.signal }).catch(() => undefined);
      await Promise.race([current.ended, late]);
      hurry.abort();
      if (current.over) return;
      throw new Error(`ledger, ${operation}: inside a transaction use the operations that it passes in`);
    },
  };
}
