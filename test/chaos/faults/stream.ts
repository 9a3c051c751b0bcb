import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import type { World } from "../world.ts";
import { chaosFault, whileSeen } from "./contract.ts";

/** Somebody else listens with the account's keys: the bot's own connection is refused meanwhile. */
async function secondConnection(world: World): Promise<boolean> {
  const { alpaca } = world;
  const rival = new WebSocket(alpaca.tradingStreamUrl);
  rival.on("error", () => undefined);
  rival.on("open", () => {
    rival.send(JSON.stringify({ action: "auth", key: alpaca.keyId, secret: alpaca.secret }));
    // The seat is taken first, then the bot loses its own and finds it occupied.
  });
  const refused = await whileSeen(world, "second-stream", 4_000, () => alpaca.dropStreams());
  rival.terminate();
  return refused;
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
  chaosFault("stream-mute", async (world) => {
    const { alpaca } = world;
    const muted = await whileSeen(world, "update-muted", 5_000, () => alpaca.muteStream(true));
    alpaca.muteStream(false);
    return muted;
  }),
  chaosFault("updates-duplicated", async (world) => {
    const { alpaca } = world;
    const duplicated = await whileSeen(world, "update-duplicated", 5_000, () => {
      alpaca.duplicateUpdates(60);
      alpaca.setFillMode("*", "partial");
    });
    alpaca.duplicateUpdates(0);
    alpaca.setFillMode("*", "auto");
    return duplicated;
  }),
  chaosFault("updates-reordered", async (world) => {
    const { alpaca } = world;
    const reordered = await whileSeen(world, "update-reordered", 5_000, () => {
      alpaca.reorderUpdates(true);
      alpaca.setFillMode("*", "partial");
    });
    alpaca.reorderUpdates(false);
    alpaca.setFillMode("*", "auto");
    return reordered;
  }),
  chaosFault("updates-delayed", async (world) => {
    const { alpaca, plan } = world;
    const delayed = await whileSeen(world, "update-delayed", 5_000, () =>
      alpaca.delayUpdates(plan.rng.int(300, 3_000)),
    );
    alpaca.delayUpdates(0);
    return delayed;
  }),
  chaosFault("second-connection", secondConnection),
] as const;
