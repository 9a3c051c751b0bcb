import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { World } from "../world.ts";
import { chaosFault } from "./contract.ts";

/** Somebody else listens with the account's keys: the bot's own connection is refused meanwhile. */
async function secondConnection({ alpaca }: World): Promise<void> {
  const rival = new WebSocket(alpaca.tradingStreamUrl);
  rival.on("error", () => undefined);
  rival.on("open", () => {
    rival.send(JSON.stringify({ action: "auth", key: alpaca.keyId, secret: alpaca.secret }));
    // The seat is taken first, then the bot loses its own and finds it occupied.
  });
  alpaca.dropStreams();
  await sleep(4_000);
  rival.terminate();
}

/** What can happen to trade updates. */
export const STREAM_FAULTS = [
  chaosFault("stream-drop", async ({ alpaca }) => {
    alpaca.refuseStreams(2);
    alpaca.dropStreams();
    await sleep(1_500);
  }),
  chaosFault("stream-freeze", async ({ alpaca }) => {
    alpaca.freezeStreams(3_000);
    await sleep(3_500);
  }),
  chaosFault("stream-mute", async ({ alpaca }) => {
    alpaca.muteStream(true);
    await sleep(5_000);
    alpaca.muteStream(false);
  }),
  chaosFault("updates-duplicated", async ({ alpaca }) => {
    alpaca.duplicateUpdates(60);
    alpaca.setFillMode("*", "partial");
    await sleep(5_000);
    alpaca.duplicateUpdates(0);
    alpaca.setFillMode("*", "auto");
  }),
  chaosFault("updates-reordered", async ({ alpaca }) => {
    alpaca.reorderUpdates(true);
    alpaca.setFillMode("*", "partial");
    await sleep(5_000);
    alpaca.reorderUpdates(false);
    alpaca.setFillMode("*", "auto");
  }),
  chaosFault("updates-delayed", async ({ alpaca, plan }) => {
    alpaca.delayUpdates(plan.rng.int(300, 3_000));
    await sleep(5_000);
    alpaca.delayUpdates(0);
  }),
  chaosFault("second-connection", secondConnection),
] as const;
