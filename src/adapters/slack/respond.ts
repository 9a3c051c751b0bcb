const REFUSED = /^\s*\{[^]*"ok"\s*:\s*false/;

/**
 * Sends `body` to a response_url. Bolt's own `respond` has no time-out and takes a refusal that comes with status 200 for
 * success. Throws with Slack's words when the message was not taken; the address itself is a secret and never named.
 */
export async function respond(
  url: string,
  body: Readonly<Record<string, unknown>>,
  timeoutMs: number,
): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json; charset=utf-8" },
    body: JSON.stringify(body),
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = await response.text();
  if (!response.ok || REFUSED.test(answer))
    throw new Error(`the response_url answered ${response.status} ${answer.slice(0, 80)}`);
}
