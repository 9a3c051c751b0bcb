import type { ParamSpec } from "../../core/strategies/contract.ts";
import { OBJECTIVES, SEARCHES } from "./contract.ts";

/** The options of `optimize` that take a value beside those of `backtest`, for parsing and for `--help`. */
export const OPTIMIZE_OPTIONS = {
  search: {
    name: "search",
    kind: "choice",
    default: "grid",
    choices: SEARCHES,
    description: "every combination, drawn ones, or drawn where others did well (TPE)",
  },
  trials: {
    name: "trials",
    kind: "integer",
    default: 200,
    min: 1,
    max: 100_000,
    description: "combinations that random and tpe try, in each window",
  },
  objective: {
    name: "objective",
    kind: "choice",
    default: "sharpe",
    choices: OBJECTIVES,
    description: `what is made as large as it can be: ${OBJECTIVES.join(", ")}`,
  },
  minTrades: {
    name: "min-trades",
    kind: "integer",
    default: 5,
    min: 0,
    max: 100_000,
    description: "closed trades without which nothing is the best",
  },
  seed: {
    name: "seed",
    kind: "integer",
    default: 1,
    min: 0,
    max: 4_294_967_295,
    description: "of everything that is drawn: the same gives the same",
  },
  walkForward: {
    name: "walk-forward",
    kind: "integer",
    default: "none",
    min: 1,
    max: 100,
    description: "windows that are searched and judged on the bars after them",
  },
  inSample: {
    name: "in-sample",
    kind: "integer",
    default: 3,
    min: 1,
    max: 50,
    description: "length of what a window searches in lengths of what judges it",
  },
  threads: {
    name: "threads",
    kind: "integer",
    default: "none",
    min: 1,
    max: 256,
    description: "threads that test; none: one for each core",
  },
} as const satisfies Readonly<Record<string, ParamSpec>>;
