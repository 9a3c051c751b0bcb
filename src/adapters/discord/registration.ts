import { UsageError } from "../../core/errors.ts";
import type { REST } from "discord.js";
import type { CommandSpec } from "../../commands/contract.ts";
import type { Clock, Log } from "../../ports.ts";
import type { DiscordConfig } from "./config.ts";
import { explain, retryAfterMs } from "./explain.ts";
import { refusedByError } from "./refusal.ts";
import { registerCommands } from "./register.ts";

const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 300_000;

export interface RegistrationParts {
  readonly config: DiscordConfig;
  readonly commands: readonly CommandSpec[];
  readonly rest: REST;
  readonly clock: Clock;
  readonly log: Log;
}

/** Registers the commands once. True when done, a pause in ms when it should be tried again; throws when Discord's refusal is final. */
export async function tryToRegister(
  { config, commands, rest, log }: RegistrationParts,
  failures: number,
): Promise<true | number> {
  try {
    const { changed, count } = await registerCommands(config, commands, rest.setToken(config.token));
    log.info(
      { platform: "discord", count, changed },
      changed ? "commands registered" : "commands are registered",
    );
    return true;
  } catch (error) {
    const refusal = refusedByError(error);
    if (refusal !== undefined) throw new UsageError(refusal, { cause: error });
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures, 10));
    log.warn({ platform: "discord" }, `commands could not be registered yet: ${explain(error)}`);
    return Math.max(pauseMs, retryAfterMs(error) ?? 0);
  }
}

/** Goes on trying until it is done, refused for good, or told to stop. Never throws. */
export async function keepRegistering(
  parts: RegistrationParts,
  firstPauseMs: number,
  signal: AbortSignal,
): Promise<void> {
  let outcome: true | number = firstPauseMs;
  try {
    for (let failures = 1; outcome !== true && !signal.aborted; failures += 1) {
      await parts.clock.sleep(outcome, signal);
      if (!signal.aborted) outcome = await tryToRegister(parts, failures);
    }
  } catch (error) {
    parts.log.error({ platform: "discord" }, explain(error));
  }
}
