import { schedule, type ScheduledTask } from "node-cron";
import type { Log } from "../../ports.ts";

/**
 * Runs `tick` at every fire of a cron expression (seconds first), UTC, never two at a time. A fire that the process was
 * too busy for is made up at once: the tick itself finds every bar that was missed. Returns what stops it.
 */
export function startTicking(
  expression: string,
  tick: () => Promise<void>,
  leads: () => boolean,
  log: Log,
): () => Promise<void> {
  let running: Promise<void> | null = null;

  function fire(): Promise<void> {
    running ??= run().finally(() => {
      running = null;
    });
    return running;
  }

  async function run(): Promise<void> {
    try {
      await tick();
    } catch (error) {
      log.error({ error }, "tick failed; the next one decides the same bars");
    }
  }

  const task: ScheduledTask = schedule(expression, fire, {
    name: "tick",
    timezone: "Etc/UTC",
    noOverlap: true,
    // Of several instances only the holder of the account's lease ticks.
    distributed: true,
    runCoordinator: { shouldRun: leads },
    suppressMissedWarning: true,
  });
  task.on("execution:missed", () => {
    log.warn({}, "a tick was missed (busy or asleep): catching up now");
    void fire();
  });
  return async () => {
    await task.destroy();
    await running;
  };
}
