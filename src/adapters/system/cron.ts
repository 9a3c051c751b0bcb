import { schedule, type ScheduledTask } from "node-cron";
import type { Log } from "../../ports.ts";

/** A timer is set for no longer than this. */
const LONGEST_TIMER_MS = 86_400_000;
/** Whatever comes of a fire: it came. */
const BEATS = ["execution:started", "execution:skipped", "execution:overlap", "execution:missed"] as const;

/**
 * Runs `tick` at every fire of a cron expression (seconds first), UTC, never two at a time. A fire that the process was
 * too busy for is made up at once: the tick itself finds every bar that was missed. A wall clock that is set back does not
 * hold it up for longer than two periods. Returns what stops it.
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
  const stopWatching = watchBeats(task, () => {
    log.warn({}, "no tick for two periods (the clock was set back): ticking now, and by the new clock");
    if (leads()) void fire();
  });
  return async () => {
    stopWatching();
    await task.destroy();
    await running;
  };
}

/**
 * node-cron waits for a time of the wall clock: where that is set back by an hour, it waits an hour longer. Two periods
 * without a beat, by a clock that nobody sets, end the wait: the task goes on by the wall clock as it is now, and `late`
 * is called. Returns what stops it.
 */
function watchBeats(task: ScheduledTask, late: () => void): () => void {
  let dueAt = 0;
  let timer: NodeJS.Timeout | undefined;

  function expectBeat(): void {
    const [, second] = task.getNextRuns(2);
    dueAt = performance.now() + (second === undefined ? LONGEST_TIMER_MS : second.getTime() - Date.now());
    wait();
  }

  function wait(): void {
    clearTimeout(timer);
    timer = setTimeout(look, Math.min(dueAt - performance.now(), LONGEST_TIMER_MS));
  }

  function look(): void {
    if (performance.now() < dueAt) {
      wait();
      return;
    }
    void task.stop();
    void task.start();
    expectBeat();
    late();
  }

  for (const beat of BEATS) task.on(beat, expectBeat);
  expectBeat();
  return () => clearTimeout(timer);
}
