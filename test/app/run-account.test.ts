import { afterAll, beforeAll, expect, it } from "vitest";
import { setRun, startRun } from "../../src/app/runs.ts";
import { BY, openEngineGround, type EngineGround } from "../support/engine-ground.ts";

let ground: EngineGround;

beforeAll(async () => {
  ground = await openEngineGround();
});
afterAll(() => ground.close());

const start = (...settings: readonly string[]) =>
  startRun(ground.running.engine, { strategyId: "momentum", symbols: ["AAPL"], settings }, BY);

it("a run that names another account than the one in use is refused, and told what comes first", async () => {
  expect(await start("account=live")).toEqual({
    kind: "refused",
    text: "account=live: the account in use is paper; an admin's /account use live comes first",
  });
  expect(await ground.ledger.runs({ accountId: "paper" })).toEqual([]);
});

it("a run that names the account in use starts there, and is not moved to another one", async () => {
  const outcome = await start("account=paper");
  if (outcome.kind === "refused") throw new Error(outcome.text);
  expect(outcome.value).toMatchObject({ accountId: "paper", options: { account: "paper" } });
  expect((await setRun(ground.running.engine, outcome.value.id, ["account=sandbox"], BY)).text).toBe(
    "account=sandbox: the account in use is paper; an admin's /account use sandbox comes first",
  );
});
