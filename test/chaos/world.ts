import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAlpacaServer, type AlpacaServer } from "../support/alpaca-server.ts";
import { postgresDatabase, pgliteDatabase, type ChaosDatabase } from "../support/chaos/database.ts";
import { templateDataDir, unpack } from "../support/data-dir.ts";
import { createInstance, type Instance } from "../support/chaos/instance.ts";
import { startDiscord, type DiscordServer } from "../support/discord-server.ts";
import { environmentOf } from "../support/environment.ts";
import type { TestPostgres } from "../support/postgres.ts";
import { scratchDir } from "../support/scratch.ts";
import { startSlackServer, type SlackServer } from "../support/slack-server.ts";
import { createDesk, type SlackDesk } from "./desk.ts";
import { createHooks, isBot, type Hooks } from "./hooks.ts";
import { createMarket, type Market } from "./market.ts";
import type { Plan } from "./plan.ts";

export const INITIAL_CASH = 100_000;
const KEY_IDS = ["PKBOT0", "PKBOT1"] as const;
export const EXTERNAL = { symbol: "SPY", quantity: 7, price: 600 } as const;
const UP_MS = 45_000;

/** Everything of one run: the stand-ins, the database, the bot processes. */
export interface World {
  readonly plan: Plan;
  readonly alpaca: AlpacaServer;
  readonly slack: SlackServer;
  readonly discord: DiscordServer | null;
  readonly database: ChaosDatabase;
  readonly instances: readonly Instance[];
  readonly market: Market;
  readonly hooks: Hooks;
  readonly desk: SlackDesk;
  /** Name and count of everything that was done to the bot. */
  readonly done: Map<string, number>;
  /** Name and count of what was tried, and whose moment never came. */
  readonly missed: Map<string, number>;
  /** Faults that keep the bot from finding things out, under way just now. */
  readonly impairments: Set<string>;
  /** Wall-clock spans in which the account had lost more than its daily limit. */
  readonly dayLosses: { readonly from: number; to: number }[];
  /** The instance that leads now. */
  leader(): Promise<Instance | undefined>;
  /** Waits until somebody leads, is reconciled and listens; false when nobody does in time. */
  up(timeoutMs?: number): Promise<boolean>;
  close(): Promise<void>;
}

export async function openWorld(plan: Plan, program: string, server: TestPostgres | null): Promise<World> {
  const hooks = createHooks();
  const directory = await scratchDir("chaos");
  const alpaca = await startAlpacaServer({
    keyAliases: KEY_IDS,
    account: { cash: INITIAL_CASH, last_equity: INITIAL_CASH, shorting_enabled: plan.shorting },
    onRequest: (request) => hooks.requested(request),
    disturbs: isBot,
    onUpdateSent: (update) => hooks.updateSent(update),
  });
  const slack = await startSlackServer({ burst: 50 });
  const discord = plan.discord ? await startDiscord() : null;
  const count = plan.standby ? 2 : 1;
  const dataDir = (index: number): string => join(directory, `bot${index}`);
  const database =
    plan.database === "postgres" && server !== null
      ? await postgresDatabase(server, count, (instance, tables) => hooks.committed(instance, tables))
      : pgliteDatabase(join(dataDir(0), "data"));
  if (database.kind === "pglite") await unpack(await templateDataDir(), join(dataDir(0), "data"));
  const market = createMarket(alpaca, plan);
  alpaca.setPrice(EXTERNAL.symbol, EXTERNAL.price);
  if (plan.external) alpaca.setPosition(EXTERNAL.symbol, EXTERNAL.quantity, EXTERNAL.price);
  const environment = (index: number): Record<string, string> => ({
    ...environmentOf(alpaca, slack, discord),
    ALPACA_API_KEY: KEY_IDS[index] ?? "",
    ...database.environment(index),
  });
  const instances: Instance[] = [];
  for (let index = 0; index < count; index += 1) {
    const own = dataDir(index);
    await mkdir(own, { recursive: true });
    instances.push(
      createInstance({
        index,
        keyId: KEY_IDS[index] ?? "",
        directory: own,
        program,
        environment: () => environment(index),
      }),
    );
  }

  async function leader(): Promise<Instance | undefined> {
    for (const instance of instances) if ((await instance.health())?.leader === true) return instance;
    return undefined;
  }

  return {
    plan,
    alpaca,
    slack,
    discord,
    database,
    instances,
    market,
    hooks,
    desk: createDesk(slack),
    done: new Map(),
    missed: new Map(),
    impairments: new Set(),
    dayLosses: [],
    leader,
    async up(timeoutMs = UP_MS) {
      const deadline = Date.now() + timeoutMs;
      while (Date.now() < deadline) {
        for (const instance of instances) {
          const health = await instance.health();
          if (health?.leader === true && health.reconciled && health.broker.stream === "connected")
            return true;
        }
        await sleep(100);
      }
      return false;
    },
    async close() {
      market.freeze();
      await Promise.all(instances.map((instance) => instance.stop()));
      await Promise.all([alpaca.close(), slack.close(), discord?.stop(), database.close()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
