import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLedger } from "../../../src/adapters/postgres/open-ledger.ts";
import { openQueue } from "../../../src/adapters/postgres/open-queue.ts";
import { localQueue } from "../../../src/research/studies/local-queue.ts";
import { describeQueue, newChunk } from "../../contracts/queue.ts";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { ledgerOptions, silentLog } from "./support.ts";

let server: TestPostgres;
let databaseUrl: string;

beforeAll(async () => {
  server = await startPostgres();
  databaseUrl = await server.freshDatabase();
  await (await openLedger(ledgerOptions({ databaseUrl }))).close();
});
afterAll(async () => server.stop());

const open = () => openQueue({ databaseUrl, owner: randomUUID(), log: silentLog });

describeQueue("this process", () => Promise.resolve(localQueue()));
describeQueue("Postgres", () => Promise.resolve(open()));

describe("several processes on one queue", () => {
  it("may start at once on an empty database, and share the work", async () => {
    databaseUrl = await server.freshDatabase();
    await (await openLedger(ledgerOptions({ databaseUrl }))).close();
    const queues = [open(), open(), open()];
    expect(await Promise.all(queues.map((queue) => queue.take()))).toEqual([undefined, undefined, undefined]);
    const chunks = Array.from({ length: 30 }, (_, index) => newChunk(1, index * 2));
    await queues[0]?.put(chunks);
    const taken = await Promise.all(
      queues.map(async (queue) => {
        const mine: string[] = [];
        for (let chunk = await queue.take(); chunk !== undefined; chunk = await queue.take()) {
          mine.push(chunk.id);
          await queue.done(chunk);
        }
        return mine;
      }),
    );
    expect(taken.flat().toSorted()).toEqual(chunks.map(({ id }) => id).toSorted());
    await Promise.all(queues.map((queue) => queue.stop()));
  });

  it("gives the chunk of one that died to another at once", async () => {
    const [dying, other] = [open(), open()];
    const chunk = newChunk(2);
    await dying.put([chunk]);
    expect(await dying.take()).toEqual(chunk);
    expect(await other.take()).toBeUndefined();
    // Its connections end with it, whatever else it leaves behind.
    await dying.stop();
    expect(await other.take()).toEqual(chunk);
    await other.done(chunk);
    await other.stop();
  });
});
