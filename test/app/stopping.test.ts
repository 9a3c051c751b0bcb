import { expect, it } from "vitest";
import { createAlertDelivery } from "../../src/app/alerts.ts";
import { tellDirectly } from "../../src/app/alerts/direct.ts";
import { createCards } from "../../src/app/cards/worker.ts";
import type { Engine } from "../../src/app/context.ts";
import { watchDatabase } from "../../src/app/database-watch.ts";
import type { Board, Chat, Clock } from "../../src/ports.ts";
import { fakeLedger } from "../support/fake-ledger.ts";
import { silentLog } from "../support/silent-log.ts";

const SHORT_MS = 1_000;

/** Where a long pause ends by its signal only: who does not hear of the end sleeps for ever. */
function endlessPauses(): Clock & { readonly begun: () => number } {
  let pauses = 0;
  return {
    begun: () => pauses,
    nowMs: () => Date.now(),
    sleep: (ms, signal) => {
      if (ms <= SHORT_MS || signal?.aborted === true) return Promise.resolve();
      pauses += 1;
      return new Promise((resolve) => {
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    },
  };
}

const never = (): never => {
  throw new Error("not asked for here");
};
const board: Board = { post: never, edit: never, tell: never };
const chat: Chat = {
  platform: "slack",
  start: async () => undefined,
  stop: async () => undefined,
  post: never,
  board,
  state: () => "connected",
};
const noEngine = (): Engine => never();

type FakeLedger = ReturnType<typeof fakeLedger>["ledger"];

it.each([
  [
    "the delivery of alerts",
    (ledger: FakeLedger, clock: Clock) =>
      createAlertDelivery({ ledger, chats: [chat], clock, log: silentLog, leads: () => false }),
  ],
  [
    "the keeping of cards",
    (ledger: FakeLedger, clock: Clock) =>
      createCards({
        ledger,
        chats: [chat],
        clock,
        log: silentLog,
        engine: noEngine,
        offers: () => true,
      }),
  ],
])("%s wakes when it is told to, and ends at once when it is stopped", async (_name, create) => {
  const clock = endlessPauses();
  const worker = create(fakeLedger().ledger, clock);
  worker.start();
  await expect.poll(clock.begun).toBe(1);
  worker.wake();
  await expect.poll(clock.begun).toBe(2);
  await worker.stop();
  expect(clock.begun()).toBe(2);
});

it("the watch of the database ends at once when it is stopped, though no answer comes", async () => {
  const clock = endlessPauses();
  const { ledger, hanging } = fakeLedger();
  hanging.add("ping");
  const watch = watchDatabase({
    ledger,
    engine: noEngine,
    sinks: [],
    tell: tellDirectly({ chats: [], mailer: null, log: silentLog }),
    clock,
    log: silentLog,
  });
  watch.start();
  await expect.poll(clock.begun).toBe(1);
  await watch.stop();
  expect(clock.begun()).toBe(1);
});
