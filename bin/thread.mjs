// Where every thread begins. In a clone the TypeScript source runs as it is, as in alphaflow.mjs.
import { workerData } from "node:worker_threads";

if (workerData.module.endsWith(".ts")) {
  const { register } = await import("tsx/esm/api");
  register();
}
await import(workerData.module);
