import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { randomIds } from "../../src/adapters/system/ids.ts";
import { createAlertDesk } from "../../src/app/alerts/desk.ts";
import { createDesk } from "../../src/app/desk.ts";
import { refused } from "../../src/app/runs.ts";
import type { Desk } from "../../src/ports.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";
import { asAdmin, setReadOnly, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";

function ignore(): void {
  // Nobody listens.
}

function deskOf({ running, ledger }: Pick<EngineGround, "running" | "ledger">): Desk {
  return createDesk({
    ledger,
    clock: systemClock,
    version: "1.0.0",
    startedAtMs: Date.now(),
    chats: [],
    alerts: { wake: ignore },
    alertDesk: createAlertDesk({
      ledger,
      clock: systemClock,
      ids: randomIds,
      channels: [],
      mail: null,
      engine: () => running.engine,
      wakeAlerts: ignore,
    }),
    engine: () => running,
    switchMode: async () => refused("not here"),
    liveLocks: async () => [],
    accounts: [],
    log: silentLog,
  });
}

/** One story: each step builds on those before. */
describe("health", { timeout: 90_000 }, () => {
  let postgres: TestPostgres;
  let databaseUrl: string;
  let ground: EngineGround;
  let second: Awaited<ReturnType<EngineGround["second"]>>;
  let desk: Desk;
  let standby: Desk;

  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await postgres.freshDatabase();
    ground = await openEngineGround(databaseUrl);
    second = await ground.second();
    desk = deskOf(ground);
    standby = deskOf(second);
  });
  afterAll(async () => {
    await second.running.stop();
    await second.ledger.close();
    await ground.close();
    await postgres.stop();
  });

  const readyBoth = async (): Promise<readonly boolean[]> => [
    (await desk.health()).ready,
    (await standby.health()).ready,
  ];

  it("is ready where the account is traded, and where another instance trades it", async () => {
    await expect.poll(readyBoth, { timeout: 40_000 }).toEqual([true, true]);
    expect(await desk.health()).toMatchObject({ leader: true, reconciled: true });
    expect(await standby.health()).toMatchObject({ leader: false });
  });

  it("is not ready while the database takes no writes, and is again afterwards", async () => {
    await setReadOnly(databaseUrl, true);
    expect(await readyBoth()).toEqual([false, false]);
    expect(await desk.health()).toMatchObject({ database: { ok: false } });
    await setReadOnly(databaseUrl, false);
    await expect.poll(readyBoth, { timeout: 60_000 }).toEqual([true, true]);
  });

  it("is not ready where the lease ran out and cannot be had, though everything answers", async () => {
    await second.running.stop();
    await asAdmin(databaseUrl, (admin) =>
      admin.begin(async (holding) => {
        await holding`select from leases for update`;
        await expect
          .poll(() => desk.health(), { timeout: 40_000 })
          .toMatchObject({ ready: false, leader: false, reconciled: true, database: { ok: true } });
      }),
    );
    await expect.poll(async () => (await desk.health()).ready, { timeout: 40_000 }).toBe(true);
  });
});
