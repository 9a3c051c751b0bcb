import { DiscordAPIError, HTTPError, RateLimitError, RESTJSONErrorCodes } from "discord.js";

const FIX: Readonly<Record<number, string>> = {
  [RESTJSONErrorCodes.UnknownChannel]: "DISCORD_CHANNEL must be the id of a channel that the bot can see",
  [RESTJSONErrorCodes.MissingPermissions]:
    "give the bot View Channel, Read Message History, Send Messages, Embed Links, Attach Files, Create Public Threads, Send Messages in Threads and Pin Messages in that channel",
};

/** Discord's JSON error code of a refused request; undefined where none came back. */
export function discordCode(error: unknown): number | undefined {
  return error instanceof DiscordAPIError && typeof error.code === "number" ? error.code : undefined;
}

export function httpStatus(error: unknown): number | undefined {
  return error instanceof DiscordAPIError || error instanceof HTTPError ? error.status : undefined;
}

/** Somebody has answered this interaction already: an earlier attempt of ours, or another instance. */
export function isAcknowledged(error: unknown): boolean {
  return discordCode(error) === RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged;
}

/**
 * Discord will not take this body however often it is sent, but may take its text: the form is wrong, the files are too large, or
 * the bot may write here and not attach files.
 */
export function isMalformed(error: unknown, withFiles: boolean): boolean {
  if (
    withFiles &&
    (httpStatus(error) === 413 || discordCode(error) === RESTJSONErrorCodes.MissingPermissions)
  )
    return true;
  return httpStatus(error) === 400 && !isAcknowledged(error);
}

/** No answer, a 5xx or a rate limit: the same request may well succeed later. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof DiscordAPIError);
}

/** How long Discord wants to be left alone, ms; undefined when it is not about that. */
export function retryAfterMs(error: unknown): number | undefined {
  if (!(error instanceof RateLimitError)) return undefined;
  return Math.ceil(Math.max(error.retryAfter, error.timeToReset, 250));
}

/** One line for people: what Discord said and, where it is known, what to do about it. Never holds a token. */
export function explain(error: unknown): string {
  if (error instanceof RateLimitError) return `rate limited for ${String(retryAfterMs(error))} ms`;
  if (error instanceof DiscordAPIError) {
    const fix = FIX[Number(error.code)];
    const said = `${oneLine(error.message)} (${String(error.code)})`;
    return fix === undefined ? said : `${said}: ${fix}`;
  }
  if (error instanceof HTTPError) return `HTTP ${String(error.status)}`;
  if (!(error instanceof Error)) return "no answer";
  if (error.name === "AbortError" || error.name === "TimeoutError") return "no answer in time";
  return oneLine(error.message === "" ? `no connection (${error.name})` : error.message);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
