import type { Problems } from "./problems.ts";

/** An answer of the REST side; thrown by routes as well as returned. */
export class Reply extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`HTTP ${String(status)}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

export function refusal(status: number, code: number, message: string): Reply {
  return new Reply(status, { message, code });
}

export function invalidForm(problems: Problems): Reply {
  return new Reply(400, { message: "Invalid Form Body", code: 50035, errors: problems.toErrors() });
}

export const unauthorized = (): Reply => refusal(401, 0, "401: Unauthorized");
export const unknown = {
  application: (): Reply => refusal(404, 10002, "Unknown Application"),
  channel: (): Reply => refusal(404, 10003, "Unknown Channel"),
  guild: (): Reply => refusal(404, 10004, "Unknown Guild"),
  message: (): Reply => refusal(404, 10008, "Unknown Message"),
  webhook: (): Reply => refusal(404, 10015, "Unknown Webhook"),
  interaction: (): Reply => refusal(404, 10062, "Unknown interaction"),
};
export const missingPermissions = (): Reply => refusal(403, 50013, "Missing Permissions");
export const missingAccess = (): Reply => refusal(403, 50001, "Missing Access");
export const deadToken = (): Reply => refusal(401, 50027, "Invalid Webhook Token");
export const acknowledged = (): Reply => refusal(400, 40060, "Interaction has already been acknowledged.");
export const emptyMessage = (): Reply => refusal(400, 50006, "Cannot send an empty message");

/** `retry_after` in seconds in the body, rounded up in the header, as documented. */
export function rateLimited(
  retryAfterSeconds: number,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const body = { message: "You are being rate limited.", retry_after: retryAfterSeconds, global: false };
  return new Reply(429, body, {
    "Retry-After": String(Math.ceil(retryAfterSeconds)),
    "X-RateLimit-Scope": "user",
    ...headers,
  });
}
