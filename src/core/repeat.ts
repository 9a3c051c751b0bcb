import type { Clock, Log } from "../ports.ts";

/** Repeats until it is aborted; a failure is told once and again when it changes, and never ends the loop. */
export async function repeat(
  { clock, log }: { readonly clock: Clock; readonly log: Log },
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
