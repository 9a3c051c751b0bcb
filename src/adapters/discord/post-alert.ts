import { Routes, type RawFile } from "discord.js";
import { z } from "zod";
import { lineable } from "../../core/digest.ts";
import type { Pacer, PaceRule } from "../../core/pace.ts";
import type { PendingAlert, Posted } from "../../ports.ts";
import { explain, isMalformed, retryAfterMs } from "./explain.ts";
import { loggedRender, nonceOf, type Outlet } from "./outlet.ts";
import { renderDigest } from "./render-digest.ts";
import { plainly, type Body } from "./render.ts";
import { REQUEST_TIMEOUT_MS } from "./rest.ts";

/** Discord's five messages in five seconds and channel; the last two of them are not spent in one go. */
const RULE: PaceRule = { windowMs: 5_000, free: 3, most: 5, spacingMs: 1_000 };

const posted = z.object({ id: z.string() });

interface Sending {
  readonly key: string;
  readonly body: Body;
  readonly files: readonly RawFile[];
  /** What is sent when Discord refuses the form. */
  readonly plain: () => Body;
  readonly count: number;
}

/**
 * Says the first of the alerts, or several in one message where more wait than the channel takes. The nonce makes it one
 * message though it may be sent twice (its answer was lost). Never throws.
 */
export async function postAlerts(
  outlet: Outlet,
  pacer: Pacer,
  alerts: readonly PendingAlert[],
): Promise<Posted> {
  const { clock } = outlet;
  const wait = pacer.waitMs(RULE, clock.nowMs());
  if (wait > 0) return { kind: "busy", waitMs: wait };
  const [first] = alerts;
  if (first === undefined) return { kind: "posted", count: 0 };
  // What was tried before goes as it went then, or its nonce would be another.
  const crowded = alerts.length > (first.attempts > 0 ? 1 : pacer.freeNow(RULE, clock.nowMs()));
  const lines = crowded ? lineable(alerts) : [first];
  const sending = digest(lines) ?? (await single(outlet, first));
  pacer.send(clock.nowMs());
  try {
    const { data } = posted.safeParse(await post(outlet, sending));
    const place =
      sending.count === 1 && data !== undefined
        ? { place: { channel: outlet.config.channel, messageId: data.id } }
        : {};
    return { kind: "posted", count: sending.count, ...place };
  } catch (error) {
    const retryAfter = retryAfterMs(error);
    if (retryAfter !== undefined) pacer.close(retryAfter, clock.nowMs());
    return {
      kind: "failed",
      count: sending.count,
      reason: `Discord did not accept the alert: ${explain(error)}`,
      ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    };
  }
}

async function single(outlet: Outlet, { key, message }: PendingAlert): Promise<Sending> {
  const { body, files } = await loggedRender(outlet, message);
  return { key: `alert ${key}`, body, files, plain: () => plainly(message), count: 1 };
}

/** Undefined where only one is to be said, or fits: it is better said in full. */
function digest(alerts: readonly PendingAlert[]): Sending | undefined {
  const { body, count } = renderDigest(alerts);
  if (count === 1) return undefined;
  const said = alerts.slice(0, count);
  const key = `digest ${said.map((alert) => alert.key).join(" ")}`;
  return { key, body, files: [], plain: () => body, count };
}

async function post({ rest, config, log }: Outlet, { key, body, files, plain }: Sending): Promise<unknown> {
  const send = (sent: Body): Promise<unknown> =>
    // A 401 makes discord.js forget the token; it may be a passing one.
    rest.setToken(config.token).post(Routes.channelMessages(config.channel), {
      body: { ...sent, nonce: nonceOf(key), enforce_nonce: true },
      files: sent === body ? [...files] : [],
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  return send(body).catch((error: unknown) => {
    if (!isMalformed(error, files.length > 0)) throw error;
    // Better the bare text than an alert that holds up all that come after it.
    log.error({ platform: "discord", key }, `an alert is sent plainly: ${explain(error)}`);
    return send(plain());
  });
}
