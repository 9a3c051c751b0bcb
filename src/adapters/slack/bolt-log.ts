import { LogLevel, type Logger } from "@slack/bolt";
import type { Log } from "../../ports.ts";
import { withoutSecrets } from "./explain.ts";

/** Bolt's log as ours. Its debug lines hold whole payloads and headers and are dropped; its errors are passing troubles that the link mends. */
export function boltLog(log: Log): Logger {
  return {
    debug: () => {},
    info: (...parts: unknown[]) => log.debug({ source: "bolt" }, say(parts)),
    warn: (...parts: unknown[]) => log.warn({ source: "bolt" }, say(parts)),
    error: (...parts: unknown[]) => log.warn({ source: "bolt" }, say(parts)),
    setLevel: () => {},
    getLevel: () => LogLevel.INFO,
    setName: () => {},
  };
}

function say(parts: readonly unknown[]): string {
  return withoutSecrets(parts.map((part) => (part instanceof Error ? part.message : String(part))).join(" "));
}
