import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  createSimulated,
  type Simulated,
  type SimulatedOptions,
} from "../../../src/adapters/simulated/simulated-broker.ts";
import { money } from "../../../src/core/money.ts";
import type { BrokerOrder, ClientOrderId } from "../../../src/core/order.ts";
import type { Clock, Log, OrderRequest, TradeUpdate } from "../../../src/ports.ts";

/** Monday 2026-01-05, 15:00 UTC. */
export const START_MS = Date.UTC(2026, 0, 5, 15);

/** A wall clock that moves only when told to. */
export interface HandClock extends Clock {
  advance(ms: number): void;
  set(ms: number): void;
}

export function handClock(startMs = START_MS): HandClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
    advance: (ms) => {
      nowMs += ms;
    },
    set: (ms) => {
      nowMs = ms;
    },
  };
}

export const quietLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export const realClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms) => new Promise((done) => setTimeout(done, ms)),
};

/** A sandbox in a folder of its own, under a clock moved by hand. */
export interface SandboxGround extends Simulated {
  readonly folder: string;
  readonly stateFile: string;
  readonly clock: HandClock;
  /** Everything the stream has told so far. */
  readonly updates: TradeUpdate[];
  /** Another broker object on the same account file. */
  another(changes?: Partial<SimulatedOptions>): Simulated;
  /** Places and waits long enough for the fill. */
  fillOrder(changes: Partial<OrderRequest>): Promise<BrokerOrder>;
  remove(): void;
}

export function openGround(
  options: Partial<SimulatedOptions> & { readonly startMs?: number } = {},
): SandboxGround {
  const { startMs, ...changes } = options;
  const folder = mkdtempSync(join(tmpdir(), "alphaflow-sandbox-"));
  const clock = handClock(startMs);
  const stateFile = join(folder, "data", "sandbox.json");
  const another = (more: Partial<SimulatedOptions> = {}): Simulated =>
    createSimulated({ stateFile, clock, log: quietLog, ...changes, ...more });
  const simulated = another();
  const { broker } = simulated;
  const updates: TradeUpdate[] = [];
  broker.subscribe({
    onUpdate: (update) => void updates.push(update),
    onConnected: () => undefined,
    onDisconnected: () => undefined,
  });
  async function fillOrder(order: Partial<OrderRequest>): Promise<BrokerOrder> {
    const wanted = request(order);
    const placement = await broker.place(wanted, "entry", 5_000);
    if (placement.kind !== "answered") throw new Error(`not answered but ${JSON.stringify(placement)}`);
    clock.advance(500);
    const report = await broker.orderByClientId(wanted.clientOrderId, "reconcile");
    if (report?.status !== "filled") throw new Error(`not filled but ${report?.status}`);
    return report;
  }
  return {
    ...simulated,
    folder,
    stateFile,
    clock,
    updates,
    another,
    fillOrder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Any text as a client order id, the wrong ones too. */
export function clientId(text: string): ClientOrderId {
  if (!isClientId(text)) throw new TypeError(`${JSON.stringify(text)} is not a text`);
  return text;
}

function isClientId(text: unknown): text is ClientOrderId {
  return typeof text === "string";
}

let requests = 0;

/** A market buy of 5 AAPL for the day, unless told otherwise; each with a client id of its own. */
export function request(changes: Partial<OrderRequest> = {}): OrderRequest {
  requests += 1;
  return {
    clientOrderId: clientId(`test-${requests}`),
    symbol: "AAPL",
    side: "buy",
    type: "market",
    quantity: money(5),
    limitPrice: null,
    stopPrice: null,
    timeInForce: "day",
    extendedHours: false,
    ...changes,
  };
}
