import type { World } from "../world.ts";

/** One way to disturb a run: does it, heals it, returns. What it leaves behind the bot must cope with. */
export interface ChaosFault<Kind extends string> {
  readonly kind: Kind;
  readonly needs?: "postgres" | "standby";
  apply(world: World): Promise<void>;
}

/** Keeps the kinds as the literals they are. */
export function chaosFault<const Kind extends string>(
  kind: Kind,
  apply: (world: World) => Promise<void>,
  needs?: "postgres" | "standby",
): ChaosFault<Kind> {
  return needs === undefined ? { kind, apply } : { kind, apply, needs };
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
