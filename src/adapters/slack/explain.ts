import { webApi } from "@slack/bolt";
import { UsageError } from "../../core/errors.ts";

const { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } = webApi;

/** Slack's words for "this token will not do, however often it is shown". */
const FINAL: ReadonlySet<string> = new Set([
  "not_authed",
  "invalid_auth",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "user_removed_from_team",
  "team_disabled",
  "not_allowed_token_type",
  "missing_scope",
  "no_permission",
  "org_login_required",
  "ekm_access_denied",
]);

const FIX: Readonly<Record<string, string>> = {
  channel_not_found:
    "SLACK_CHANNEL must be the id of a channel (C…) that the app can see; invite the app to it",
  not_in_channel: "invite the app to the channel: /invite @AlphaFlow",
  is_archived: "the channel is archived; choose another one in SLACK_CHANNEL",
  missing_scope: "install the app again with the manifest that `alphaflow slack-manifest` prints",
  restricted_action: "the workspace lets this app not post there; choose another SLACK_CHANNEL",
};

/** Slack's error code of a failed call, or undefined where none came back (network, time-out, 5xx, rate limit). */
export function slackCode(error: unknown): string | undefined {
  if (!(error instanceof WebAPIPlatformError)) return undefined;
  // Where the body is no JSON the client hands on the whole body as the code.
  return /^[a-z_]{1,60}$/.test(error.data.error) ? error.data.error : undefined;
}

/** True when another try with the same token is bound to end the same way. */
export function isFinal(error: unknown): boolean {
  const code = slackCode(error);
  if (code !== undefined) return FINAL.has(code);
  return error instanceof Error && error.cause !== undefined && isFinal(error.cause);
}

/** The error of a call as one that names the variable to look at, when the refusal is final; any other error as it is. */
export function blame(error: unknown, variable: string): unknown {
  if (!isFinal(error)) return error;
  return new UsageError(
    `${variable}: Slack refuses it (${explain(error)}); \`alphaflow doctor\` says what to fix`,
    {
      cause: error,
    },
  );
}

/** How long Slack wants to be left alone, ms; undefined when it did not say so. */
export function retryAfterMs(error: unknown): number | undefined {
  if (error instanceof WebAPIRateLimitedError) return error.retryAfter * 1000;
  return undefined;
}

/** One line for people: what Slack said and, where it is known, what to do about it. Never holds a token. */
export function explain(error: unknown): string {
  const code = slackCode(error);
  if (code !== undefined) return FIX[code] === undefined ? code : `${code}: ${FIX[code]}`;
  if (error instanceof WebAPIRateLimitedError) return `rate limited for ${error.retryAfter} s`;
  if (error instanceof WebAPIHTTPError) return `HTTP ${error.statusCode}`;
  return error instanceof Error ? withoutSecrets(error.message) : "no answer";
}

/** Tokens, signatures and the tickets in socket addresses, wherever a library put them. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\bx(?:ox[a-z]|app)-[\w-]+/gi, "[token]")
    .replace(/(ticket|token|secret)=[^&\s"']+/gi, "$1=[hidden]")
    .replace(/https:\/\/hooks\.slack\.com\/\S+/gi, "[response_url]");
}
