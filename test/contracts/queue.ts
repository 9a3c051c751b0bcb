import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Chunk, ChunkQueue } from "../../src/ports.ts";

let studies = Math.floor(Math.random() * 1e6);

export function newChunk(study: number, first = 0): Chunk {
  return {
    id: randomUUID(),
    study,
    trials: [
      { number: first, trial: { number: first, params: { window: 5, note: 'a "b", {c} $1 \\' } } },
      { number: first + 1, trial: { number: first + 1, params: { window: 10 } } },
    ],
  };
}

/** What every queue of chunks does. */
export function describeQueue(name: string, open: () => Promise<ChunkQueue>): void {
  describe(`${name} as a queue of chunks`, () => {
    let queue: ChunkQueue;
    beforeAll(async () => {
      queue = await open();
    });
    afterAll(async () => queue.stop());

    const newStudy = (): number => (studies += 1);

    it("gives each chunk to one server, whole, and nothing when none waits", async () => {
      const study = newStudy();
      const chunks = [newChunk(study), newChunk(study, 2)];
      await queue.put(chunks);
      const taken = [await queue.take(), await queue.take()];
      expect(taken).toEqual(expect.arrayContaining(chunks));
      expect(await queue.take()).toBeUndefined();
      for (const chunk of chunks) await queue.done(chunk);
      expect(await queue.take()).toBeUndefined();
    });

    it("has a chunk once, however often it is put in while it waits or is served", async () => {
      const chunk = newChunk(newStudy());
      await queue.put([chunk, chunk]);
      await queue.put([chunk]);
      expect(await queue.take()).toEqual(chunk);
      await queue.put([chunk]);
      expect(await queue.take()).toBeUndefined();
      await queue.done(chunk);
    });

    it("gives a chunk that was given back again, and after three more times calls it hopeless, once", async () => {
      const chunk = newChunk(newStudy());
      await queue.put([chunk]);
      for (let time = 0; time < 4; time += 1) {
        expect(await queue.take()).toEqual(chunk);
        await queue.giveBack(chunk, "out of memory");
      }
      expect(await queue.take()).toBeUndefined();
      const hopeless = await queue.takeHopeless();
      expect(hopeless).toEqual([{ chunk, reason: expect.stringContaining("out of memory") }]);
      expect(await queue.takeHopeless()).toEqual([]);
    });

    it("drops what waits of one study and leaves the others", async () => {
      const [gone, stays] = [newStudy(), newStudy()];
      const kept = newChunk(stays);
      await queue.put([newChunk(gone), kept, newChunk(gone, 2)]);
      await queue.drop(gone);
      expect(await queue.take()).toEqual(kept);
      expect(await queue.take()).toBeUndefined();
      await queue.done(kept);
    });
  });
}
