import type { Count } from "./types.ts";

/** What goes wrong with one request. `accept-…`, `broken-json` and `cut-body`: the request was carried out all the same. */
export type Fault =
  | { readonly kind: "drop-before" }
  | { readonly kind: "accept-then-drop" }
  | { readonly kind: "hang" }
  | { readonly kind: "accept-then-hang" }
  | { readonly kind: "slow"; readonly ms: number }
  | { readonly kind: "status"; readonly code: number; readonly body?: unknown }
  | { readonly kind: "accept-then-5xx"; readonly code?: number }
  | { readonly kind: "429"; readonly retryAfterSeconds?: number }
  | { readonly kind: "broken-json" }
  | { readonly kind: "cut-body" };

/** One kind of fault on its way: how many still wait for their request, and how to take those back. */
interface WaitingFault {
  left(): number;
  withdraw(): void;
}

/** Faults that wait for their request. A route is named as in the routing table: "POST /v2/orders", "DELETE /v2/orders/:id". */
export class Faults {
  readonly #waiting: { readonly route: string; readonly fault: Fault; left: number }[] = [];
  readonly #count: Count;

  constructor(count: Count) {
    this.#count = count;
  }

  /** `route` may be "*" for any request. */
  next(route: string, fault: Fault, times = 1): WaitingFault {
    const waiting = { route, fault, left: times };
    this.#waiting.push(waiting);
    return {
      left: () => waiting.left,
      withdraw: () => {
        waiting.left = 0;
      },
    };
  }

  /** Takes the oldest fault that waits for this route. */
  take(route: string): Fault | undefined {
    const found = this.#waiting.find((each) => each.left > 0 && (each.route === route || each.route === "*"));
    if (found === undefined) return undefined;
    found.left -= 1;
    this.#count(found.fault.kind);
    return found.fault;
  }

  pending(): number {
    return this.#waiting.reduce((sum, each) => sum + each.left, 0);
  }

  clear(): void {
    this.#waiting.length = 0;
  }
}
