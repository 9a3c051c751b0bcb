// Module hooks for the files in `strategies/`: each is an ES module, whatever project it lies in, and "alphaflow" is the program
// that loads it.
import { existsSync } from "node:fs";

const PROGRAM = new URL("index.mjs", import.meta.url).href;
let directory = "";

export function initialize(data) {
  directory = data.directory;
}

export async function resolve(specifier, context, nextResolve) {
  const { parentURL = "" } = context;
  const isTheirs = parentURL.startsWith(directory);
  if (isTheirs && specifier === "alphaflow") return nextResolve(PROGRAM, context);
  if (!specifier.startsWith(directory) && !(isTheirs && /^\.\.?\//.test(specifier)))
    return nextResolve(specifier, context);
  const url = new URL(specifier, parentURL === "" ? undefined : parentURL);
  // TypeScript may name a neighbour as what it will be compiled to.
  const written = [url, new URL(url.href.replace(/js$/, "ts"))].find((each) => existsSync(each));
  return written?.href.startsWith(directory)
    ? { url: written.href, format: "module", shortCircuit: true }
    : nextResolve(specifier, context);
}
