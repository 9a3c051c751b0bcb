import type { Engine } from "./context.ts";

/** Told to a person who wants to enter while the request limit leaves no room for entries; undefined when it does. */
export function entriesMustWait(engine: Engine): string | undefined {
  const waitMs = engine.broker.waitMs("entry");
  return waitMs === 0
    ? undefined
    : `the broker's request limit is used up for ${Math.ceil(waitMs / 1000)} s: nothing was sent; give it again then`;
}
