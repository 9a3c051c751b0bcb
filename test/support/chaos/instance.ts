import { once } from "node:events";
import { z } from "zod";
import { startBot, type Bot } from "../bot.ts";

const healthSchema = z.object({
  ready: z.boolean(),
  leader: z.boolean(),
  reconciled: z.boolean(),
  pending_alerts: z.number(),
  broker: z.object({ stream: z.string() }),
});

export type Health = z.infer<typeof healthSchema>;

/** A program that ends by itself is started again after this, as a container's supervisor does. */
const SUPERVISED_MS = 1_000;

/** One place in which a bot process runs, dies, sleeps and is started again. */
export interface Instance {
  readonly name: string;
  readonly keyId: string;
  readonly index: number;
  readonly asleep: boolean;
  readonly pid: number | undefined;
  /** Wall clock of each start. */
  readonly startedAt: readonly number[];
  /** Leaves a process alone that is meant to run, asleep or not; one that was just killed goes down first. */
  start(): Promise<void>;
  /** kill -9, now: no await stands between the decision and the signal. */
  crash(): void;
  /** kill -9, and waits for the end. */
  stop(): Promise<void>;
  /** SIGTERM, and waits for the end. */
  leave(): Promise<void>;
  sleep(): void;
  wake(): void;
  /** Undefined while it does not answer. */
  health(): Promise<Health | undefined>;
  /** Logs of all lives, oldest first. */
  log(): string;
}

/** Processes that must not outlive the suite. */
const running = new Set<Bot>();
process.once("exit", () => {
  for (const bot of running) bot.process.kill("SIGKILL");
});

export function createInstance(options: {
  readonly index: number;
  readonly keyId: string;
  readonly directory: string;
  readonly program: string;
  readonly environment: () => Readonly<Record<string, string>>;
}): Instance {
  const lives: Bot[] = [];
  const startedAt: number[] = [];
  let asleep = false;
  let wanted = false;
  let starting: Promise<void> | undefined;
  const current = (): Bot | undefined => lives.at(-1);
  const isAlive = (): boolean => {
    const bot = current();
    return bot !== undefined && bot.process.exitCode === null && bot.process.signalCode === null;
  };
  const signal = (name: NodeJS.Signals): void => {
    if (isAlive()) current()?.process.kill(name);
  };

  function start(): Promise<void> {
    starting ??= startOnce().finally(() => {
      starting = undefined;
    });
    return starting;
  }

  async function startOnce(): Promise<void> {
    const last = current();
    if (last !== undefined && isAlive()) {
      if (wanted) return;
      await once(last.process, "exit");
    }
    asleep = false;
    wanted = true;
    startedAt.push(Date.now());
    const bot = await startBot(options.directory, options.environment(), options.program);
    running.add(bot);
    lives.push(bot);
    bot.process.once("exit", () => {
      running.delete(bot);
      setTimeout(() => {
        if (wanted && bot === current()) void start();
      }, SUPERVISED_MS);
    });
  }

  return {
    name: `bot ${options.index}`,
    keyId: options.keyId,
    index: options.index,
    startedAt,
    get asleep() {
      return asleep;
    },
    get pid() {
      return isAlive() ? current()?.process.pid : undefined;
    },
    start,
    crash() {
      wanted = false;
      signal("SIGKILL");
    },
    async stop() {
      wanted = false;
      if (!isAlive()) return;
      signal("SIGCONT");
      await current()?.crash();
    },
    async leave() {
      wanted = false;
      if (!isAlive()) return;
      signal("SIGCONT");
      asleep = false;
      await current()?.stop();
    },
    sleep() {
      asleep = isAlive();
      signal("SIGSTOP");
    },
    wake() {
      asleep = false;
      signal("SIGCONT");
    },
    async health() {
      const url = current()?.url;
      if (url === undefined || !isAlive() || asleep) return undefined;
      try {
        const response = await fetch(`${url}/api/health`, { signal: AbortSignal.timeout(2_000) });
        return healthSchema.safeParse(await response.json()).data;
      } catch {
        return undefined;
      }
    },
    log: () => lives.map((bot, life) => `--- ${options.keyId}, life ${life + 1}\n${bot.log()}`).join("\n"),
  };
}
