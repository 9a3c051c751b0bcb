import { rateLimited, type Reply } from "./reply.ts";

const LIMIT = 5;
const WINDOW_MS = 5000;

/** Five messages, and five edits, in five seconds a channel, told in the documented headers. */
export class RateLimit {
  private readonly windows = new Map<string, { startedAtMs: number; used: number }>();

  /** Headers of an accepted request, or the 429. */
  take(
    channelId: string,
    nowMs: number,
    bucket: "messages" | "edits" = "messages",
  ): { readonly headers: Record<string, string> } | { readonly reply: Reply } {
    const key = `${bucket} ${channelId}`;
    const open = this.windows.get(key);
    const window =
      open !== undefined && nowMs - open.startedAtMs < WINDOW_MS ? open : { startedAtMs: nowMs, used: 0 };
    this.windows.set(key, window);
    const resetAfter = (WINDOW_MS - (nowMs - window.startedAtMs)) / 1000;
    const headers = {
      "X-RateLimit-Limit": String(LIMIT),
      "X-RateLimit-Remaining": String(Math.max(0, LIMIT - window.used - 1)),
      "X-RateLimit-Reset": String((nowMs + resetAfter * 1000) / 1000),
      "X-RateLimit-Reset-After": resetAfter.toFixed(3),
      "X-RateLimit-Bucket": bucket,
    };
    if (window.used >= LIMIT) return { reply: rateLimited(Number(resetAfter.toFixed(3)), headers) };
    window.used += 1;
    return { headers };
  }
}
