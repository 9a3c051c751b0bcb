import { pino } from "pino";
import { prettyFactory } from "pino-pretty";
import type { Log } from "../../ports.ts";

const STDERR = 2;
/** Lines that stderr does not take (its disk is full) wait for it up to here; what comes then is lost. */
const MOST_WAITING_BYTES = 1024 ** 2;

/**
 * JSON lines on stderr, readable ones on a terminal. Whatever a library puts into an error, the given secrets are
 * struck out of every line before it is written. A line that cannot be written is nobody's failure: the calls never throw.
 */
export function createLog(options: {
  readonly level: string;
  readonly terminal: boolean;
  readonly secrets: readonly string[];
  /** Stderr unless given. */
  readonly fd?: number;
}): Log {
  const destination = pino.destination({
    fd: options.fd ?? STDERR,
    sync: true,
    maxLength: MOST_WAITING_BYTES,
  });
  // There is nowhere left to say it; without a listener the caller's line would throw.
  destination.on("error", () => undefined);
  const shape = options.terminal
    ? prettyFactory({ ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss" })
    : (line: string): string => line;
  const redacting = {
    write(line: string): void {
      destination.write(
        shape(options.secrets.reduce((text, secret) => text.replaceAll(secret, "[secret]"), line)),
      );
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
