// Where every thread begins. In a clone the TypeScript source runs as it is, as in alphaflow.mjs.
import { workerData } from "node:worker_threads";

const { module, strategies } = workerData;
const [folder, ending] = module.endsWith(".ts") ? ["src", ".ts"] : ["dist", ".js"];
if (ending === ".ts") {
  const { register } = await import("tsx/esm/api");
  register();
}
if (strategies !== undefined) {
  const loader = new URL(`../${folder}/adapters/own-strategies/load-files${ending}`, import.meta.url);
  const { loadFiles } = await import(loader.href);
  await loadFiles(strategies.directory, strategies.files, []);
}
await import(module);
