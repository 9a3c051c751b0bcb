import type { Log } from "./ports.ts";

const FAILED = 1;

/** Stops the process in order at a signal, the first one only; gives what a signal does. */
export function stopOnSignal(
  log: Log,
  how: { readonly text: string; readonly deadlineMs: number; readonly stop: () => Promise<void> },
): (signal: string) => void {
  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, how.text);
    const late = setTimeout(() => process.exit(FAILED), how.deadlineMs);
    late.unref();
    try {
      await how.stop();
      process.exit(0);
    } catch (error) {
      log.error({ error }, "the stop was not clean");
      process.exit(FAILED);
    }
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));
  // Nothing may end the process by accident; what nobody caught is a defect, and the log names it.
  process.on("unhandledRejection", (error) => log.error({ error }, "unhandled rejection"));
  return (signal) => void stop(signal);
}
