import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAccounts, type Accounts } from "../../src/app/accounts.ts";
import { leads } from "../../src/app/context.ts";
import { kill } from "../../src/app/control.ts";
import { startRun } from "../../src/app/runs.ts";
import type { Ledger, Log, Mode } from "../../src/ports.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";
import { silentLog } from "../support/silent-log.ts";

const SOON = { timeout: 25_000, interval: 100 };

let ground: EngineGround;
let started: Accounts[];
/** Every warning, with the name of its instance. */
let logged: string[];

beforeEach(async () => {
  ground = await openEngineGround();
  await ground.running.stop();
  started = [];
  logged = [];
});
afterEach(async () => {
  for (const accounts of started) await accounts.stop();
  await ground.close();
});

interface Instance {
  readonly shut?: readonly string[];
  readonly ledger?: Ledger;
}

/** An instance of the program, as far as its accounts go: both modes trade at the same stand-in. */
async function instance(
  name: string,
  { shut = [], ledger = ground.ledger }: Instance = {},
): Promise<Accounts> {
  const log: Log = { ...silentLog, warn: (_fields, text) => logged.push(`${name}: ${text}`) };
  const accounts = await createAccounts({
    ledger,
    log,
    nowMs: () => Date.now(),
    engineFor: (mode, onOtherMode) =>
      ground.engineOf({ accountId: mode, mode, ledger, log, owner: name, onOtherMode }),
    paperAccount: "paper",
    shutLocks: () => Promise.resolve(shut),
    wakeAlerts: () => undefined,
  });
  started.push(accounts);
  await accounts.start();
  return accounts;
}

const stands = (accounts: Accounts): string => {
  const { engine } = accounts.current();
  return `${leads(engine) ? "leads" : "stands by"} ${engine.mode}`;
};
const leadsReconciled = async (accounts: Accounts, mode: Mode): Promise<void> => {
  await expect.poll(() => stands(accounts), SOON).toBe(`leads ${mode}`);
  await expect.poll(() => accounts.current().engine.state.reconciled, SOON).toBe(true);
};
const looked = async (accounts: Accounts): Promise<void> => {
  const { state } = accounts.current().engine;
  const before = state.lastLeaseCheckMs;
  await expect.poll(() => state.lastLeaseCheckMs !== before, SOON).toBe(true);
};
const start = (accounts: Accounts) =>
  startRun(
    accounts.current().engine,
    { strategyId: "multi_timeframe", symbols: ["AAPL"], settings: ["timeframe=1Min"] },
    BY,
  );

describe("a change of mode with a warm standby", () => {
  it("is followed: the standby stands by for the new account and takes over there", async () => {
    const first = await instance("first");
    await leadsReconciled(first, "paper");
    const second = await instance("second");
    await looked(second);
    expect(stands(second)).toBe("stands by paper");

    expect(await first.switchMode("live", BY)).toMatchObject({ kind: "done" });
    await leadsReconciled(first, "live");
    await expect.poll(() => stands(second), SOON).toBe("stands by live");
    expect(await second.switchMode("live", BY)).toMatchObject({
      kind: "refused",
      text: "the mode is live already",
    });

    await first.stop();
    await leadsReconciled(second, "live");
  });

  it("may be given to the standby: the leader gives its account up and goes along", async () => {
    const first = await instance("first");
    await leadsReconciled(first, "paper");
    const second = await instance("second");
    await looked(second);
    expect(await second.switchMode("live", BY)).toMatchObject({ kind: "done" });
    await expect
      .poll(() => [stands(first), stands(second)].toSorted(), SOON)
      .toEqual(["leads live", "stands by live"]);
  });

  it("leaves a standby whose lock is shut without a lead, and its kill says whose work the rest is", async () => {
    const first = await instance("first");
    await leadsReconciled(first, "paper");
    const second = await instance("second", { shut: ["no live keys"] });
    await looked(second);
    expect(await first.switchMode("live", BY)).toMatchObject({ kind: "done" });
    await leadsReconciled(first, "live");
    await expect
      .poll(() => logged, SOON)
      .toContain("second: the mode is live, but a lock is shut here: this instance stands by");
    for (let look = 0; look < 2; look += 1) {
      await looked(second);
      expect(stands(second)).toBe("stands by paper");
    }
    expect(logged.filter((line) => line.startsWith("second: the mode is live"))).toHaveLength(1);

    expect(await start(second)).toMatchObject({ kind: "refused" });
    const run = await start(first);
    const outcome = await kill(second.current().engine, BY);
    expect(outcome.text).toMatch(
      /^Killed: all runs stopped\. This instance stands by without access to the LIVE/,
    );
    expect(run).toMatchObject({ kind: "done" });
    expect(await ground.ledger.runs({ status: ["running", "paused"] })).toEqual([]);
    expect((await ground.told()).find((text) => text.startsWith("Kill switch"))).toMatch(/· LIVE/);
  });

  it("does not leave what is open: its account is led until it is closed", async () => {
    const first = await instance("first");
    await leadsReconciled(first, "paper");
    expect(await first.switchMode("live", BY)).toMatchObject({ kind: "done" });
    await leadsReconciled(first, "live");
    await start(first);
    await first.current().tick();
    await expect.poll(() => ground.resting(), SOON).toEqual(["sell stop 5 @ 180.5 gtc"]);
    expect(await first.switchMode("paper", BY)).toMatchObject({
      kind: "refused",
      text: "first end what is open in live: 1 runs (/strategy stop all), 1 open positions (/close all), 1 working orders (/cancel all)",
    });
    expect((await ground.ledger.control()).mode).toBe("live");

    // As an instance with a shut lock writes it that starts while nobody holds the live lease.
    await ground.ledger.setControl({ ...(await ground.ledger.control()), mode: "paper" });
    await expect
      .poll(() => logged, SOON)
      .toContain("first: the mode was changed: this account is led until nothing is open in it");
    expect(stands(first)).toBe("leads live");
    ground.alpaca.setPrice("AAPL", 180);
    await expect.poll(() => ground.ledger.openPositions("live"), SOON).toEqual([]);
    await leadsReconciled(first, "paper");
  });
});

it("a change whose commit is not answered heals by itself", async () => {
  let lost = false;
  const ledger: Ledger = {
    ...ground.ledger,
    async transaction(work) {
      const outcome = await ground.ledger.transaction(work);
      if (lost) return outcome;
      if ((await ground.ledger.control()).mode === "paper") return outcome;
      lost = true;
      throw new Error("the connection was lost before the answer");
    },
  };
  const alone = await instance("alone", { ledger });
  await leadsReconciled(alone, "paper");
  await expect(alone.switchMode("live", BY)).rejects.toThrow("before the answer");
  await leadsReconciled(alone, "live");
  expect(await alone.switchMode("paper", BY)).toMatchObject({ kind: "done" });
  await leadsReconciled(alone, "paper");
});

it("a kill stops the runs of every account", async () => {
  const alone = await instance("alone");
  await leadsReconciled(alone, "paper");
  await start(alone);
  await kill(ground.engineOf({ accountId: "live", mode: "live" }).engine, BY);
  expect(await ground.ledger.runs({ status: ["running", "paused"] })).toEqual([]);
});
