import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../world.ts";
import { chaosFault, soon, type ChaosFault } from "./contract.ts";

/** So long a named moment is waited for; then the bot is killed anywhere. */
const MOMENT_MS = 10_000;

function leading(world: World, keyId: string): void {
  world.instances.find((each) => each.keyId === keyId)?.crash();
}

/** kill -9 at a moment that `arm` waits for, then a restart; where it does not come, anywhere. `crashed` is told when it has happened. */
function killAt<const Kind extends string>(
  kind: Kind,
  arm: (world: World, crashed: () => void) => void,
  needs?: "postgres",
): ChaosFault<Kind> {
  return chaosFault(
    kind,
    async (world) => {
      let happened = false;
      arm(world, () => {
        happened = true;
      });
      if (!(await soon(() => happened, MOMENT_MS))) await crashLeader(world);
      world.hooks.clear();
      await revive(world);
      return happened;
    },
    needs,
  );
}

/** False where nobody leads, or says so in time. */
async function crashLeader(world: World): Promise<boolean> {
  const leader = await world.leader();
  leader?.crash();
  return leader !== undefined;
}

/** Where there is only one process, nobody needs to be asked who leads: the signal goes out at once. */
async function crashNow(world: World): Promise<void> {
  const [only, second] = world.instances;
  if (second === undefined) only?.crash();
  else await crashLeader(world);
}

async function revive(world: World): Promise<void> {
  await sleep(world.plan.rng.int(100, 1_500));
  for (const instance of world.instances) await instance.start();
  await world.up();
}

/** The named points of the issue, and one anywhere. */
export const KILL_POINTS = [
  killAt(
    "kill-intent-committed",
    (world, crashed) =>
      world.hooks.onCommit("orders", (instance) => {
        world.instances[instance]?.crash();
        crashed();
      }),
    "postgres",
  ),
  killAt("kill-post-received", (world, crashed) =>
    world.hooks.onPost(({ keyId }) => {
      world.alpaca.faults.next("POST /v2/orders", { kind: "drop-before" });
      leading(world, keyId);
      crashed();
    }),
  ),
  killAt("kill-accepted-unanswered", (world, crashed) =>
    world.hooks.onPost(({ keyId }) => {
      world.alpaca.faults.next("POST /v2/orders", { kind: "accept-then-hang" });
      leading(world, keyId);
      crashed();
    }),
  ),
  killAt("kill-fill-sent", (world, crashed) =>
    world.hooks.onFillSent(() => {
      void crashNow(world);
      crashed();
    }),
  ),
  killAt(
    "kill-fill-committed",
    (world, crashed) =>
      world.hooks.onCommit("fills", (instance) => {
        world.instances[instance]?.crash();
        crashed();
      }),
    "postgres",
  ),
  killAt("kill-chat-unanswered", (world, crashed) => {
    world.slack.fault("chat.postMessage", { kind: "accept_then_drop" }, 1);
    const before = world.slack.callsOf("chat.postMessage").length;
    const taken = async (): Promise<void> => {
      if (!(await soon(() => world.slack.callsOf("chat.postMessage").length > before, MOMENT_MS))) return;
      await crashNow(world);
      crashed();
    };
    void taken();
  }),
  chaosFault("kill-while-orders-unreadable", async (world) => {
    await crashLeader(world);
    // The next life cannot reconcile for a while, and must not enter meanwhile.
    world.alpaca.faults.next("GET /v2/orders", { kind: "status", code: 503 }, 3);
    await revive(world);
  }),
  chaosFault("kill-random", async (world) => {
    await sleep(world.plan.rng.int(0, 2_000));
    const crashed = await crashLeader(world);
    await revive(world);
    return crashed;
  }),
] as const;
