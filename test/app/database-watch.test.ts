import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../src/adapters/system/clock.ts";
import { createMailer } from "../../src/adapters/mail/create-mailer.ts";
import { tellDirectly } from "../../src/app/alerts/direct.ts";
import { leads } from "../../src/app/context.ts";
import { watchDatabase } from "../../src/app/database-watch.ts";
import type { Chat, PendingAlert } from "../../src/ports.ts";
import { openEngineGround, type EngineGround } from "../support/engine-ground.ts";
import { setReadOnly, startPostgres, type TestPostgres } from "../support/postgres.ts";
import { silentLog } from "../support/silent-log.ts";
import { startSmtpServer, type SmtpServer } from "../support/smtp-server.ts";

/** A chat that takes everything, or nothing. */
function chat(platform: string, takes: () => boolean): Chat & { readonly said: PendingAlert[] } {
  const said: PendingAlert[] = [];
  return {
    platform,
    said,
    start: async () => undefined,
    stop: async () => undefined,
    state: () => "connected",
    post: async (alerts) => {
      if (!takes()) return { kind: "failed", count: 1, reason: "down" };
      said.push(...alerts.slice(0, 1));
      return { kind: "posted", count: 1 };
    },
  };
}

/** One story: each step builds on those before. */
describe("the database goes away while the engine watches a position", () => {
  let postgres: TestPostgres;
  let databaseUrl: string;
  let ground: EngineGround;
  let smtp: SmtpServer;
  let watch: ReturnType<typeof watchDatabase>;
  const slack = chat("slack", () => true);
  const console = chat("console", () => false);

  beforeAll(async () => {
    postgres = await startPostgres();
    databaseUrl = await postgres.freshDatabase();
    ground = await openEngineGround(databaseUrl);
    smtp = await startSmtpServer();
    const mailer = createMailer({
      url: `smtp://127.0.0.1:${smtp.port}`,
      from: "bot@desk.example",
      to: ["ann@desk.example"],
    });
    watch = watchDatabase({
      ledger: ground.ledger,
      engine: () => ground.running.engine,
      sinks: ["slack", "console", "mail"],
      tell: tellDirectly({ chats: [slack, console], mailer, log: silentLog }),
      clock: systemClock,
      log: silentLog,
    });
  });
  afterAll(async () => {
    await watch.stop();
    await ground.close();
    await smtp.close();
    await postgres.stop();
  });

  it("says at once, past the outbox, what nobody watches now", async ({ skip }) => {
    if (!postgres.canCrash) skip("the server of TEST_DATABASE_URL is not ours to crash");
    await ground.ledger.setSetting("alerts.oncall.people", ["slack:U9"]);
    // Whom to call is read while the database answers: the first look comes at once.
    watch.start();
    await ground.start(["AAPL"], ["protection=engine"]);
    await ground.start(["MSFT"]);
    await ground.running.tick();
    await expect
      .poll(() => [ground.running.engine.state.unguarded.length, ground.running.engine.state.guarded], {
        timeout: 20_000,
      })
      .toEqual([1, 1]);
    await postgres.crash();
    await expect.poll(() => slack.said.length, { timeout: 40_000 }).toBe(1);
    const [away] = slack.said;
    expect(away?.message).toMatchObject({ title: "DATABASE AWAY", mentions: ["slack:U9"] });
    expect(away?.message.text).toMatch(
      /^The database does not answer, or takes no writes, since .* UTC: no order is sent but those of a \/kill, .* UNWATCHED until it is back: 5 AAPL @ \$185\.50, stop \$180\.50\. 1 stop rests at the broker and stays there\. · PAPER$/,
    );
    expect(away?.message.footer).toEqual([
      "sent directly, past the outbox: it may come twice, or not everywhere",
    ]);
    await expect.poll(() => smtp.mails.length, { timeout: 10_000 }).toBe(1);
    expect(smtp.mails[0]?.headers.get("subject")).toMatch(/DATABASE.AWAY/);
    await sleep(4_000);
    expect(slack.said).toHaveLength(1);
    expect(smtp.mails).toHaveLength(1);
  });

  it("says when it is back, and leaves in the outbox what a chat could not be told", async ({ skip }) => {
    if (!postgres.canCrash) skip("the server of TEST_DATABASE_URL is not ours to crash");
    await postgres.restart();
    const texts = async (): Promise<readonly string[]> => ground.told();
    await expect
      .poll(async () => (await texts()).some((text) => text.startsWith("The database answers again")), {
        timeout: 30_000,
      })
      .toBe(true);
    expect(
      (await texts()).some((text) =>
        text.startsWith("The database does not answer, or takes no writes, since"),
      ),
    ).toBe(true);
    expect(slack.said).toHaveLength(1);
  });

  it("takes one that answers but takes no writes for one that is away", async ({ skip }) => {
    if (!postgres.canCrash) skip("the steps before are skipped as well");
    const back = async (): Promise<number> =>
      (await ground.told()).filter((text) => text.startsWith("The database answers again")).length;
    await setReadOnly(databaseUrl, true);
    await expect.poll(() => slack.said.length, { timeout: 40_000 }).toBe(2);
    expect(slack.said[1]?.message).toMatchObject({ title: "DATABASE AWAY" });
    await setReadOnly(databaseUrl, false);
    await expect.poll(back, { timeout: 30_000 }).toBe(2);
    await expect.poll(() => leads(ground.running.engine), { timeout: 10_000 }).toBe(true);
    await expect.poll(() => ground.running.engine.state.reconciled, { timeout: 20_000 }).toBe(true);
  });
});
