import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../world.ts";

/**
 * What a fault does: disturbs, heals, returns. False when what it waited for never came, so that nothing happened. What it
 * leaves behind the bot must cope with.
 */
type Apply = (world: World) => Promise<boolean | undefined>;

/** One way to disturb a run. */
export interface ChaosFault<Kind extends string> {
  readonly kind: Kind;
  readonly needs?: "postgres" | "standby";
  readonly apply: Apply;
}

/** Keeps the kinds as the literals they are. */
export function chaosFault<const Kind extends string>(
  kind: Kind,
  apply: Apply,
  needs?: "postgres" | "standby",
): ChaosFault<Kind> {
  return needs === undefined ? { kind, apply } : { kind, apply, needs };
}

/** Disturbs for a while; false when the stand-in did not once do what `seen` counts. */
export async function whileSeen(
  { alpaca }: World,
  seen: string,
  ms: number,
  disturb: () => void,
): Promise<boolean> {
  const before = alpaca.seen[seen] ?? 0;
  disturb();
  await sleep(ms);
  return (alpaca.seen[seen] ?? 0) > before;
}

/** Waits until something is so, or gives up; answers which. */
export async function soon(look: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (look()) return true;
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
  return look();
}
