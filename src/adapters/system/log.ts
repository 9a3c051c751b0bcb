import { pino } from "pino";
import pretty from "pino-pretty";
import type { Log } from "../../ports.ts";

const STDERR = 2;

/**
 * JSON lines on stderr, readable ones on a terminal. Whatever a library puts into an error, the given secrets are
 * struck out of every line before it is written.
 */
export function createLog(options: {
  readonly level: string;
  readonly terminal: boolean;
  readonly secrets: readonly string[];
}): Log {
  const sink = options.terminal
    ? pretty({ destination: STDERR, sync: true, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss" })
    : pino.destination({ fd: STDERR, sync: true });
  const redacting = {
    write(line: string): void {
      sink.write(options.secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line));
    },
  };
  const log = pino({ level: options.level, base: null, serializers: { error: errorText } }, redacting);
  return {
    debug: (fields, text) => log.debug(fields, text),
    info: (fields, text) => log.info(fields, text),
    warn: (fields, text) => log.warn(fields, text),
    error: (fields, text) => log.error(fields, text),
  };
}

/** An error as the messages of its causes: requests and headers that hang on some libraries' errors stay out of the log. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : ` ← ${errorText(error.cause)}`;
  return `${error.name}: ${error.message}${cause}`;
}
