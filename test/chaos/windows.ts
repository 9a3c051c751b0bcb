import type { Health } from "../support/chaos/instance.ts";
import type { PositionRow, Rows } from "../support/chaos/rows.ts";
import type { BrokerTruth, Truth } from "./truth.ts";
import type { World } from "./world.ts";

/** The figures of the issue, in ms. A window runs only while the bot could do something about it. */
export const LIMITS = {
  /** A position whose stop does not rest at the broker although its entry is over. */
  "engine watches": 15_000,
  "lost answer": 15_000,
  "missed fill": 15_000,
  "lease to reconciled": 10_000,
} as const;

export type WindowKind = keyof typeof LIMITS;

export interface Windows {
  /** One look at everything; `rows` is undefined where the database cannot be read just now. */
  look(rows: Rows | undefined, truth: Truth, healths: readonly (Health | undefined)[]): void;
  /** The longest of each kind so far, ms. */
  longest(): Readonly<Record<WindowKind, number>>;
  tooLong(): readonly string[];
}

interface Window {
  readonly kind: WindowKind;
  readonly about: string;
  ms: number;
}

export function watchWindows(world: World): Windows {
  const open = new Map<string, Window>();
  const longest: Record<WindowKind, number> = {
    "engine watches": 0,
    "lost answer": 0,
    "missed fill": 0,
    "lease to reconciled": 0,
  };
  const late = new Map<string, string>();
  let lastLook = Date.now();

  function advance(
    now: ReadonlyMap<string, Omit<Window, "ms">>,
    elapsed: (kind: WindowKind) => number,
  ): void {
    for (const key of open.keys()) if (!now.has(key)) open.delete(key);
    for (const [key, { kind, about }] of now) {
      const window = open.get(key) ?? { kind, about, ms: 0 };
      // Its first look only opens it.
      if (open.has(key)) window.ms += elapsed(kind);
      open.set(key, window);
      longest[kind] = Math.max(longest[kind], window.ms);
      if (window.ms > LIMITS[kind])
        late.set(key, `${kind}: ${window.about} for ${window.ms} ms, the limit is ${LIMITS[kind]}`);
    }
  }

  return {
    look(rows, truth, healths) {
      const elapsedMs = Date.now() - lastLook;
      lastLook = Date.now();
      if (rows === undefined) return;
      const leading = healths.some((health) => health?.leader === true);
      const able = leading && healths.some((health) => health?.leader === true && health.reconciled);
      const free = world.impairments.size === 0;
      const now = new Map<string, Omit<Window, "ms">>();
      for (const { id, quantity, symbol, entry_order_id: entry } of unprotected(rows, truth))
        now.set(`watched ${id}`, {
          kind: "engine watches",
          about: `${quantity} ${symbol} (${entry}) had no stop at the broker`,
        });
      for (const order of truth.orders)
        for (const kind of behind(order, rows))
          now.set(`${kind} ${order.id}`, {
            kind,
            about: `${order.clientOrderId} (${order.status}, ${order.filled} filled)`,
          });
      const [lease] = rows.leases;
      if (leading && !able)
        now.set(`lease ${lease?.epoch}`, { kind: "lease to reconciled", about: `epoch ${lease?.epoch}` });
      // Who takes over finds the minute's requests used up by those before it: nobody can read the account then.
      const readable = leading && !world.alpaca.refusesAll();
      advance(now, (kind) => (free && (kind === "lease to reconciled" ? readable : able) ? elapsedMs : 0));
    },
    longest: () => longest,
    tooLong: () => [...late.values()],
  };
}

/** What our row does not know of an order yet. */
function behind(order: BrokerTruth, { orders }: Rows): readonly WindowKind[] {
  const row = orders.find((each) => each.client_order_id === order.clientOrderId);
  if (row === undefined) return [];
  const lost = row.state === "SENDING" || row.state === "UNKNOWN";
  return [
    ...(lost ? (["lost answer"] as const) : []),
    ...(row.filled_quantity < order.filled ? (["missed fill"] as const) : []),
  ];
}

/** Positions that should have their stop at the broker by now and have neither that nor a sale under way; no entry works in their symbol. */
function unprotected({ positions, orders }: Rows, truth: Truth): readonly PositionRow[] {
  return positions.filter((position) => {
    if (position.status === "closed" || position.protection !== "broker") return false;
    // Sold already: that the rows do not know it yet is a missed fill, not a missing stop.
    if ((truth.positions.get(position.symbol) ?? 0) === 0) return false;
    if (truth.orders.some((order) => order.open && order.side === "buy" && order.symbol === position.symbol))
      return false;
    const purposes = new Map(
      orders
        .filter((order) => order.position_id === position.id)
        .map((order) => [order.client_order_id, order.purpose]),
    );
    // A target that rests protects nothing.
    return !truth.orders.some(
      (order) =>
        order.open &&
        order.side === "sell" &&
        (purposes.get(order.clientOrderId) === "exit" ||
          (purposes.get(order.clientOrderId) === "stop" && order.qty - order.filled === position.quantity)),
    );
  });
}
