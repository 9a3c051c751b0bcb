/** Runs the work given under one key strictly one after another; different keys run side by side. */
export interface Serial {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Resolves once everything given so far has ended. */
  idle(): Promise<void>;
}

export function createSerial(): Serial {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(key, work) {
      const before = tails.get(key) ?? Promise.resolve();
      // A failure belongs to the caller who gave the work; those behind it in the queue run all the same.
      const mine = before.then(work, work);
      tails.set(key, mine);
      const forget = (): void => {
        if (tails.get(key) === mine) tails.delete(key);
      };
      mine.then(forget, forget);
      return mine;
    },
    async idle() {
      while (tails.size > 0) await Promise.allSettled(tails.values());
    },
  };
}
