import { isDirectOrderId } from "../../src/core/client-order-id.ts";
import type { Rows } from "../support/chaos/rows.ts";
import { truthOf, type Truth } from "./truth.ts";
import { watchWindows, type Windows } from "./windows.ts";
import type { World } from "./world.ts";

const LOOK_MS = 400;

/** Who held the lease at one moment, and which process was behind which key. */
interface LeaseSample {
  readonly atMs: number;
  readonly holder: number | null;
  readonly pids: ReadonlyMap<string, number | undefined>;
}

/** What was seen while the run went on: things that no final state shows. */
export interface Observer {
  readonly leases: readonly LeaseSample[];
  /** Wall-clock spans in which the rows said halted. */
  readonly halts: readonly { readonly from: number; readonly to: number }[];
  /** What must never be, with its figures. */
  readonly violations: readonly string[];
  readonly windows: Windows;
  stop(): Promise<void>;
}

export function observe(world: World): Observer {
  const leases: LeaseSample[] = [];
  const halts: { from: number; to: number }[] = [];
  const violations = new Set<string>();
  const windows = watchWindows(world);
  let halted: { from: number; to: number } | null = null;
  const stopped = new AbortController();

  world.hooks.beforePost(async ({ body }) => {
    const id =
      typeof body === "object" && body !== null && "client_order_id" in body
        ? String(body.client_order_id)
        : "";
    if (!world.database.watchable || !id.startsWith("af-")) return;
    if (isDirectOrderId(id)) {
      // Where the database does not answer in 2 s, and where somebody typed it.
      if (!world.desk.typed.some(({ words }) => words === "/kill"))
        violations.add(`intent before POST: order ${id} sells directly without a kill`);
      return;
    }
    const known = await world.database.hasOrder(id).catch(() => true);
    if (!known) violations.add(`intent before POST: order ${id} reached the broker without a committed row`);
  });

  function lookAtLeases({ leases: [lease], now }: Rows): void {
    const held = lease !== undefined && lease.owner !== null && lease.expires_at > now;
    leases.push({
      atMs: Date.now(),
      holder: held ? Number(lease.owner?.split(":").at(-2)) : null,
      pids: new Map(world.instances.map((each) => [each.keyId, each.pid])),
    });
  }

  function lookAtControl({ control: [control] }: Rows, askedAt: number): void {
    if (control?.halted !== true) {
      halted = null;
      return;
    }
    if (halted === null) {
      halted = { from: Date.now(), to: askedAt };
      halts.push(halted);
    }
    halted.to = askedAt;
  }

  function lookAtBroker({ orders, positions }: Truth): void {
    for (const [symbol, quantity] of positions)
      if (quantity < 0) violations.add(`no short: the broker holds ${quantity} ${symbol}`);
    const entries = new Map<string, string[]>();
    for (const order of orders) {
      const stem = /^af-([^-]+-[^-]+)-[^-]+-e\d+$/.exec(order.clientOrderId)?.[1];
      if (!order.open || stem === undefined) continue;
      entries.set(stem, [...(entries.get(stem) ?? []), order.clientOrderId]);
    }
    for (const [stem, ids] of entries)
      if (ids.length > 1)
        violations.add(`one live entry: ${stem} had ${ids.length} at the broker: ${ids.join(", ")}`);
  }

  async function look(): Promise<void> {
    const askedAt = Date.now();
    const rows = world.database.watchable ? await world.database.rows().catch(() => undefined) : undefined;
    const truth = truthOf(world.alpaca);
    lookAtBroker(truth);
    if (rows !== undefined) {
      lookAtLeases(rows);
      lookAtControl(rows, askedAt);
    }
    const healths = await Promise.all(world.instances.map((each) => each.health()));
    windows.look(rows, truth, healths);
  }

  const watching = (async () => {
    while (!stopped.signal.aborted) {
      await look();
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_MS);
      });
    }
  })();

  return {
    leases,
    halts,
    windows,
    get violations() {
      return [...violations, ...windows.tooLong()];
    },
    async stop() {
      stopped.abort();
      await watching;
    },
  };
}
