import { REST, type RESTOptions } from "discord.js";
import type { DiscordConfig } from "./config.ts";

const DEFAULT_API_URL = "https://discord.com/api";
export const REQUEST_TIMEOUT_MS = 5000;

/**
 * discord.js adds `/v10` to the address. A slash or a version at its end is dropped, so that the three ways in which
 * people write a base address (`…/api`, `…/api/`, `…/api/v10`) all mean the same.
 */
export function apiBase(apiUrl: string | undefined): string {
  return (apiUrl ?? DEFAULT_API_URL).replace(/\/+$/, "").replace(/\/v\d+$/, "");
}

/**
 * Nothing is retried and nothing queued here: whoever asks knows whether asking twice is safe, and the outbox waits
 * with its alerts itself.
 */
export function restOptions(config: DiscordConfig): Partial<RESTOptions> {
  return {
    api: apiBase(config.apiUrl),
    retries: 0,
    timeout: REQUEST_TIMEOUT_MS,
    rejectOnRateLimit: () => true,
  };
}

export function createRest(config: DiscordConfig): REST {
  return new REST(restOptions(config)).setToken(config.token);
}
