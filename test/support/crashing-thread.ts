import { isMainThread } from "node:worker_threads";
import type { Chunk, ChunkResult, PoolJob } from "../../src/research/optimize/pool.ts";
import { evaluateTrials } from "../../src/research/optimize/evaluate.ts";
import { studyBars } from "../../src/research/optimize/study-bars.ts";
import { serveMessages } from "../../src/research/thread.ts";

/** Ends its thread at trial 0: with seed 1 the first time only, as the last cell of shared volume tells; with seed 2 always. */
serveMessages<{ job: PoolJob; message: Chunk }>(({ study, symbols }) => {
  const bars = studyBars(study, symbols);
  const volume = symbols[0]?.series.volume ?? new Float64Array(1);
  return ({ id, trials }): ChunkResult => {
    if (trials.some(({ number }) => number === 0)) {
      const again = volume.at(-1) === -1;
      volume[volume.length - 1] = -1;
      if (!isMainThread && (study.seed === 2 || !again)) process.exit(3);
    }
    return { id, trials: evaluateTrials(study, bars, trials) };
  };
});
