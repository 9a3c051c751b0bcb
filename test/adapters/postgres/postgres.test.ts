import { afterAll, beforeAll } from "vitest";
import { openLedger } from "../../../src/adapters/postgres/open-ledger.ts";
import { describeLedger } from "../../contracts/ledger.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
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
