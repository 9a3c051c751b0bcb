import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../world.ts";
import { chaosFault, soon } from "./contract.ts";

const POST = "chat.postMessage";
const DISCORD_POST = /^\/channels\/\d+\/messages$/;

/** Whether any of so many calls came. */
async function calls(world: World, count: number): Promise<boolean> {
  const before = world.slack.callsOf(POST).length;
  await soon(() => world.slack.callsOf(POST).length >= before + count, 5_000);
  return world.slack.callsOf(POST).length > before;
}

/** What can happen between the bot and the people. */
export const CHAT_FAULTS = [
  chaosFault("chat-accept-then-drop", async (world) => {
    world.slack.fault(POST, { kind: "accept_then_drop" }, 2);
    world.discord?.fail({ path: DISCORD_POST, kind: "drop", times: 2 });
    return calls(world, 2);
  }),
  chaosFault("chat-drop", async (world) => {
    world.slack.fault(POST, { kind: "drop" }, 2);
    world.discord?.fail({ path: DISCORD_POST, kind: "refuse", times: 2 });
    return calls(world, 2);
  }),
  chaosFault("chat-hang", async (world) => {
    world.slack.fault(POST, { kind: "hang" }, 1);
    return calls(world, 1);
  }),
  chaosFault("chat-rate-limit", async (world) => {
    world.slack.fault(POST, { kind: "rate_limit", retryAfterSec: 1 }, 3);
    return calls(world, 3);
  }),
  chaosFault("chat-socket-drop", async ({ slack }) => {
    slack.sockets.drop();
    await sleep(1_000);
  }),
  chaosFault("chat-down", async ({ slack }) => {
    await slack.goDown();
    await sleep(3_000);
    await slack.comeBack();
  }),
  chaosFault("command-redelivered", async ({ desk }) => {
    await desk.type("/strategy start quick_test TSLA timeframe=1Min threshold=5", 3);
    await desk.type("/strategy stop quick_test TSLA", 2);
  }),
  chaosFault("halt-and-resume", async ({ desk, plan }) => {
    await desk.type("/halt chaos", 1);
    await sleep(plan.rng.int(2_000, 4_000));
    await desk.type("/resume", 1);
  }),
  chaosFault("day-loss", async ({ alpaca, dayLosses }) => {
    const { equity } = alpaca.account();
    alpaca.setAccount({ last_equity: Number(equity) * 1.05 });
    const span = { from: Date.now(), to: Number.POSITIVE_INFINITY };
    dayLosses.push(span);
    await sleep(4_000);
    span.to = Date.now();
    alpaca.setAccount({ last_equity: Number(equity) });
  }),
] as const;
