import { serveMessages } from "../thread.ts";
import { evaluateTrials } from "./evaluate.ts";
import type { Chunk, ChunkResult, PoolJob } from "./pool.ts";
import { studyBars } from "./study-bars.ts";

serveMessages<{ job: PoolJob; message: Chunk }>(({ study, symbols }) => {
  const bars = studyBars(study, symbols);
  return ({ id, trials }): ChunkResult => ({ id, trials: evaluateTrials(study, bars, trials) });
});
