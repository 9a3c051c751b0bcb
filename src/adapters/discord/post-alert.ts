import { Routes } from "discord.js";
import type { PendingAlert } from "../../ports.ts";
import { explain, isMalformed, retryAfterMs } from "./explain.ts";
import { loggedRender, nonceOf, type Outlet } from "./outlet.ts";
import { plainly, type Body } from "./render.ts";
import { REQUEST_TIMEOUT_MS } from "./rest.ts";

/** Discord has not taken an alert: keep it and try again, not before `retryAfterMs` where Discord named a time. */
export class AlertNotAccepted extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(cause: unknown) {
    super(`Discord did not accept the alert: ${explain(cause)}`, { cause });
    this.name = "AlertNotAccepted";
    this.retryAfterMs = retryAfterMs(cause);
  }
}

/**
 * Posts one alert to the channel. The nonce makes it one message though it may be sent twice (its answer was lost).
 * Throws AlertNotAccepted unless Discord has confirmed it.
 */
export async function postAlert(outlet: Outlet, { key, message }: PendingAlert): Promise<void> {
  const { body, files } = loggedRender(outlet, message);
  const post = (sent: Body): Promise<unknown> =>
    // A 401 makes discord.js forget the token; it may be a passing one.
    outlet.rest.setToken(outlet.config.token).post(Routes.channelMessages(outlet.config.channel), {
      body: { ...sent, nonce: nonceOf(`alert ${key}`), enforce_nonce: true },
      files: sent === body ? [...files] : [],
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  try {
    await post(body).catch((error: unknown) => {
      if (!isMalformed(error)) throw error;
      // Better the bare text than an alert that holds up all that come after it.
      outlet.log.error({ platform: "discord", key }, `an alert is sent plainly: ${explain(error)}`);
      return post(plainly(message));
    });
  } catch (error) {
    throw new AlertNotAccepted(error);
  }
}
