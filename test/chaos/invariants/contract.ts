import type { Rows } from "../../support/chaos/rows.ts";
import type { Observer } from "../observer.ts";
import type { Truth } from "../truth.ts";
import type { World } from "../world.ts";

/** Everything that is known about a run, from outside. */
export interface Facts {
  readonly world: World;
  readonly rows: Rows;
  readonly truth: Truth;
  readonly observer: Observer;
}

/** One promise of ORDERS.md: a sentence for each time it is broken, with the figures. */
export interface Invariant {
  readonly name: string;
  /** Once broken, no waiting mends it. */
  readonly forGood?: true;
  readonly broken: (facts: Facts) => readonly string[];
}
