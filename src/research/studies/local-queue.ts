import type { Chunk, ChunkQueue } from "../../ports.ts";

/** The queue of a desk without Postgres: this process is the only one there is, and after its end the study is planned anew. */
export function localQueue(): ChunkQueue {
  const waiting = new Map<string, Chunk>();
  const served = new Set<string>();
  const failures = new Map<string, number>();
  let hopeless: { readonly chunk: Chunk; readonly reason: string }[] = [];
  return {
    stop: () => Promise.resolve(),
    async put(chunks) {
      for (const chunk of chunks) if (!served.has(chunk.id)) waiting.set(chunk.id, chunk);
    },
    async take() {
      const [chunk] = waiting.values();
      if (chunk === undefined) return undefined;
      waiting.delete(chunk.id);
      served.add(chunk.id);
      return chunk;
    },
    async done({ id }) {
      served.delete(id);
      failures.delete(id);
    },
    async giveBack(chunk, reason) {
      served.delete(chunk.id);
      const times = (failures.get(chunk.id) ?? 0) + 1;
      failures.set(chunk.id, times);
      if (times > CHUNK_RETRIES) hopeless.push({ chunk, reason });
      else waiting.set(chunk.id, chunk);
    },
    async takeHopeless() {
      const taken = hopeless;
      hopeless = [];
      return taken;
    },
    async drop(study) {
      for (const [id, chunk] of waiting) if (chunk.study === study) waiting.delete(id);
    },
  };
}

/** So often is a chunk tried again before it is held to be what ends its servers. */
const CHUNK_RETRIES = 3;
