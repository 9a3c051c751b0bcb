// What `import … from "alphaflow"` loads: in a clone the TypeScript source as it is, else dist.
import { existsSync } from "node:fs";

const source = new URL("../src/index.ts", import.meta.url);
const built = new URL("../dist/index.js", import.meta.url);
export const { z, defineStrategy, Atr, Change, Rsi, Sma, ZScore, BUY, HOLD, SELL } = await import(
  existsSync(source) ? source.href : built.href
);
