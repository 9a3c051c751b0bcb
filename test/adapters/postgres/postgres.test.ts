import { afterAll, beforeAll, expect, it } from "vitest";
import { openLedger } from "../../../src/adapters/postgres/open-ledger.ts";
import { describeLedger } from "../../contracts/ledger.ts";
import { asAdmin, startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { ledgerOptions } from "./support.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
});

describeLedger("Postgres", async () =>
  openLedger(ledgerOptions({ databaseUrl: await postgres.freshDatabase() })),
);

it("looks the highest equity up in an index: a year has half a million snapshots", async () => {
  const databaseUrl = await postgres.freshDatabase();
  const ledger = await openLedger(ledgerOptions({ databaseUrl }));
  await ledger.ensureAccount({ id: "paper", mode: "paper", broker: "Alpaca", accountNumber: null });
  await asAdmin(databaseUrl, async (admin) => {
    await admin`
      insert into equity (account_id, at, equity, cash)
      select 'paper', now() - minutes * interval '1 minute', 100000 + minutes % 977, 1
      from generate_series(1, 20000) as minutes`;
    await admin`analyze equity`;
    expect((await ledger.peakEquity("paper"))?.toNumber()).toBe(100_976);
    // A session tells what it has read when it ends, or a little later.
    await ledger.close();
    const looks = (): Promise<unknown> =>
      admin`select idx_scan > 0 as looked from pg_stat_user_indexes where indexrelname = 'equity_highest'`;
    await expect.poll(looks, { timeout: 20_000 }).toEqual([{ looked: true }]);
  });
});
