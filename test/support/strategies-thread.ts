import { strategies } from "../../src/core/strategies/index.ts";
import { serveTask } from "../../src/research/thread.ts";

export const knownStrategies = (_job: null): readonly string[] => strategies.map(({ id }) => id);

serveTask(knownStrategies);
