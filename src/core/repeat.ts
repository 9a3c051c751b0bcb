interface Surroundings {
  /** Ends early, and as normally, when the signal aborts. */
  readonly clock: { readonly sleep: (ms: number, signal: AbortSignal) => Promise<void> };
  readonly log: {
    readonly info: (fields: Readonly<Record<string, unknown>>, text: string) => void;
    readonly error: (fields: Readonly<Record<string, unknown>>, text: string) => void;
  };
}

/** Repeats until it is aborted; a failure is told once and again when it changes, and never ends the loop. */
export async function repeat(
  { clock, log }: Surroundings,
  signal: AbortSignal,
  name: string,
  everyMs: number,
  work: () => Promise<boolean | void>,
): Promise<void> {
  let failing = "";
  while (!signal.aborted) {
    try {
      // Having had nothing to do proves nothing.
      if ((await work()) === false) continue;
      if (failing !== "") log.info({}, `${name} works again`);
      failing = "";
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (text !== failing) log.error({ error }, `${name} failed; trying again`);
      failing = text;
    } finally {
      await clock.sleep(everyMs, signal);
    }
  }
}

/** What is repeated from its start until it is stopped; `stop` waits for the round under way. */
export interface Loop {
  start(): void;
  stop(): Promise<void>;
}

export function loopOf(
  surroundings: Surroundings,
  name: string,
  everyMs: number,
  work: () => Promise<boolean | void>,
): Loop {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      running = repeat(surroundings, stopping.signal, name, everyMs, work);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
