import { createHmac } from "node:crypto";
import type { Json } from "./types.ts";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly latencyMs: number;
}

export interface HttpOptions {
  readonly signingSecret?: string;
  /** Seconds before (negative) or after now at which the request claims to be sent. */
  readonly timestampOffsetSec?: number;
  readonly unsigned?: boolean;
  readonly contentType?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const formType = "application/x-www-form-urlencoded";

function form(fields: Readonly<Record<string, string>>): string {
  return new URLSearchParams(fields).toString();
}

/** Posts to the app the way Slack does: signed with v0 HMAC over `v0:timestamp:body`. */
export function httpDelivery(appUrl: string, signingSecret: string) {
  async function raw(body: string, contentType: string, options: HttpOptions = {}): Promise<HttpAnswer> {
    const timestamp = Math.floor(Date.now() / 1000) + (options.timestampOffsetSec ?? 0);
    const hmac = createHmac("sha256", options.signingSecret ?? signingSecret).update(
      `v0:${timestamp}:${body}`,
    );
    const signature = `v0=${hmac.digest("hex")}`;
    const signed = { "X-Slack-Request-Timestamp": String(timestamp), "X-Slack-Signature": signature };
    const startedMs = performance.now();
    const response = await fetch(`${appUrl}${options.path ?? "/slack/events"}`, {
      method: "POST",
      headers: {
        "Content-Type": options.contentType ?? contentType,
        ...(options.unsigned === true ? {} : signed),
        ...options.headers,
      },
      body,
    });
    const answer = await response.text();
    return { status: response.status, body: answer, latencyMs: performance.now() - startedMs };
  }

  return {
    raw,
    slash: (payload: Json, options?: HttpOptions) =>
      raw(
        form(Object.fromEntries(Object.entries(payload).map(([key, value]) => [key, String(value)]))),
        formType,
        options,
      ),
    press: (payload: Json, options?: HttpOptions) =>
      raw(form({ payload: JSON.stringify(payload) }), formType, options),
    event: (payload: Json, options?: HttpOptions) =>
      raw(JSON.stringify(payload), "application/json", options),
    urlVerification: (challenge: string, options?: HttpOptions) =>
      raw(
        JSON.stringify({ token: "verification", challenge, type: "url_verification" }),
        "application/json",
        options,
      ),
    sslCheck: () => raw(form({ ssl_check: "1", token: "verification" }), formType, { unsigned: true }),
  };
}
