import { createHash, timingSafeEqual } from "node:crypto";
import { isIPv4 } from "node:net";

/** Whether only this machine can reach the address. */
function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || name === "::1" || (isIPv4(name) && name.startsWith("127."));
}

/** One line that says what is wrong with this address and token, or undefined when the API may be served so. */
export function httpSafetyProblem(host: string, token: string | null | undefined): string | undefined {
  if (isLoopback(host) || isSet(token)) return undefined;
  return `HTTP_TOKEN is missing: HTTP_HOST is ${host}, which others can reach. Set HTTP_TOKEN, or HTTP_HOST to 127.0.0.1.`;
}

export function isSet(token: string | null | undefined): token is string {
  return token !== null && token !== undefined && token !== "";
}

/** Compares without telling by its duration how much of the token was right. */
export function isToken(given: string, token: string): boolean {
  return timingSafeEqual(
    createHash("sha256").update(given).digest(),
    createHash("sha256").update(token).digest(),
  );
}

/**
 * Without a token the address is the only guard, and a web page can make a browser ask 127.0.0.1: under its own name
 * (DNS rebinding: the Host header tells) or as another site (Origin and Sec-Fetch-Site tell). The sentence that says why
 * the request is refused, or undefined.
 */
export function foreignRequest(headers: Headers, host: string): string | undefined {
  const asked = headers.get("host") ?? "";
  const name = hostName(`http://${asked}`);
  if (name === undefined || !(isLoopback(name) || name === host.toLowerCase()))
    return "this address is served to the machine itself only: use http://127.0.0.1, or set HTTP_TOKEN";
  const origin = headers.get("origin");
  const crossSite = headers.get("sec-fetch-site") === "cross-site";
  if (crossSite || (origin !== null && origin !== `http://${asked}`))
    return "pages of other sites may not read this API: set HTTP_TOKEN and send it";
  return undefined;
}

function hostName(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, "") : undefined;
}
