/**
 * How many messages a place takes in `windowMs`: `free` of them as they come, up to `most` at least `spacingMs` apart. What
 * comes in a burst so leaves room for what comes after it.
 */
export interface PaceRule {
  readonly windowMs: number;
  readonly free: number;
  readonly most: number;
  readonly spacingMs: number;
}

/** Remembers what was sent to one place. Several rules may ask one pacer: the stricter one leaves room to the other. Times in ms, of a clock that may be set. */
export interface Pacer {
  /** How long the next message has to wait; 0 when it may go now. */
  waitMs(rule: PaceRule, nowMs: number): number;
  /** How many messages may go at once now. */
  freeNow(rule: PaceRule, nowMs: number): number;
  /** A message is being sent. */
  send(nowMs: number): void;
  /** The place itself said how long it wants to be left alone. */
  close(forMs: number, nowMs: number): void;
}

/** One act, when its pace allows; `refused` makes a value of what it threw. */
export async function paced<T, R>(
  pacer: Pacer,
  rule: PaceRule,
  clock: { readonly nowMs: () => number },
  work: () => Promise<T>,
  refused: (error: unknown) => R,
): Promise<
  { readonly kind: "done"; readonly value: T } | { readonly kind: "busy"; readonly waitMs: number } | R
> {
  const waitMs = pacer.waitMs(rule, clock.nowMs());
  if (waitMs > 0) return { kind: "busy", waitMs };
  pacer.send(clock.nowMs());
  try {
    return { kind: "done", value: await work() };
  } catch (error) {
    return refused(error);
  }
}

/** No rule looks further back. */
const REMEMBERED_MS = 60_000;

export function createPacer(): Pacer {
  let sent: readonly number[] = [];
  let closedUntil = 0;
  let latest = Number.NEGATIVE_INFINITY;
  let setBackMs = 0;

  /** Where the clock was set back, time goes on from the latest: nobody waits until the clock is there again. */
  function rising(nowMs: number): number {
    setBackMs = Math.max(setBackMs, latest - nowMs);
    latest = nowMs + setBackMs;
    return latest;
  }

  function recent({ windowMs }: PaceRule, nowMs: number): readonly number[] {
    return sent.filter((at) => at > nowMs - windowMs);
  }

  function waitMs(rule: PaceRule, nowMs: number): number {
    if (closedUntil > nowMs) return closedUntil - nowMs;
    const sentLately = recent(rule, nowMs);
    const newest = sentLately.at(-1);
    if (newest === undefined || sentLately.length < rule.free) return 0;
    if (sentLately.length < rule.most) return Math.max(0, newest + rule.spacingMs - nowMs);
    const first = sentLately.at(-rule.most) ?? newest;
    return Math.max(0, first + rule.windowMs - nowMs);
  }

  function freeNow(rule: PaceRule, nowMs: number): number {
    return waitMs(rule, nowMs) > 0 ? 0 : Math.max(1, rule.free - recent(rule, nowMs).length);
  }

  return {
    waitMs: (rule, nowMs) => waitMs(rule, rising(nowMs)),
    freeNow: (rule, nowMs) => freeNow(rule, rising(nowMs)),
    send(nowMs) {
      const at = rising(nowMs);
      sent = [...sent.filter((before) => before > at - REMEMBERED_MS), at];
    },
    close(forMs, nowMs) {
      closedUntil = Math.max(closedUntil, rising(nowMs) + forMs);
    },
  };
}
