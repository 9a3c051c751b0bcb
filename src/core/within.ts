/** What is needed to wait; ends early, and as normally, when the signal aborts. */
interface Waiting {
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What `work` comes to, if it does in time; otherwise throws `tooLate`, and the work goes on unheard. */
export async function within<T>(
  clock: Waiting,
  ms: number,
  tooLate: string,
  work: () => Promise<T>,
): Promise<T> {
  const timer = new AbortController();
  const working = work();
  // When the time is up first, a later failure of the work has nobody left to hear it.
  working.catch(() => undefined);
  const timeUp = clock.sleep(ms, timer.signal).then(() => {
    throw new Error(tooLate);
  });
  timeUp.catch(() => undefined);
  try {
    return await Promise.race([working, timeUp]);
  } finally {
    timer.abort();
  }
}
