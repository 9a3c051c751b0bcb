// A sweep of 1,000 combinations as `alphaflow optimize` does it, threads started anew each time, against plain loops.
import { availableParallelism } from "node:os";
import { DEFAULT_LIMITS } from "../../src/core/risk/limits.ts";
import type { Study, Trial } from "../../src/research/optimize/contract.ts";
import { runStudy } from "../../src/research/optimize/run-study.ts";
import { plainMaCrossover, type PlainResult } from "./plain.ts";
import { syntheticSeries } from "./synthetic.ts";

const BARS = 100_000;
const ROUNDS = 3;

const STUDY: Study = {
  strategyId: "ma_crossover",
  bars: { source: "csv", files: [], timeframe: "1Min", fromMs: null, toMs: null },
  params: {},
  rules: {
    cash: 100_000,
    sizing: { rule: "fixed_fraction", fraction: 0.95 },
    stopAtr: 2,
    commission: 0,
    roundToTick: false,
    riskLimits: DEFAULT_LIMITS,
    exits: {},
    gates: false,
  },
  // 25 × 40
  space: [
    { name: "fast_period", kind: "range", low: 5, high: 29, step: 1, log: false },
    { name: "slow_period", kind: "range", low: 30, high: 108, step: 2, log: false },
  ],
  search: "grid",
  trials: 0,
  objective: "sharpe",
  minTrades: 0,
  seed: 1,
  walkForward: null,
};

/** Both sides must have done the same work, or the ratio means nothing. */
function demandSame(trials: readonly Trial[], plain: readonly PlainResult[]): void {
  for (const [index, { params, inSample }] of trials.entries()) {
    const { trades, finalEquity } = plain[index]!;
    const apart = Math.abs((inSample?.finalEquity ?? 0) / finalEquity - 1);
    if (inSample?.trades !== trades || apart > 1e-9)
      throw new Error(
        `${JSON.stringify(params)}: ${inSample?.trades} trades to ${inSample?.finalEquity}, plain ${trades} to ${finalEquity}`,
      );
  }
}

/** Best of some rounds, taken by turns, with every core, with one, and plain; the plain loops keep one core busy. */
export async function reportSweep(write: (line: string) => void): Promise<void> {
  const series = syntheticSeries(BARS);
  const cores = availableParallelism();
  const best = { every: Infinity, one: Infinity, plain: Infinity };
  const timed = async (name: keyof typeof best, run: () => unknown): Promise<void> => {
    const startedMs = performance.now();
    await run();
    best[name] = Math.min(best[name], performance.now() - startedMs);
  };
  let trials: readonly Trial[] = [];
  let plain: readonly PlainResult[] = [];
  const sweep = async (threads: number): Promise<void> => {
    ({ trials } = await runStudy(STUDY, [{ symbol: "BENCH", series }], { threads }));
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    await timed("every", () => sweep(cores));
    await timed("one", () => sweep(1));
    await timed("plain", () => {
      plain = trials.map(({ params }) =>
        plainMaCrossover(series, Number(params["fast_period"]), Number(params["slow_period"])),
      );
    });
    demandSame(trials, plain);
  }
  const line = (name: string, ms: number): string =>
    `${name.padEnd(24)} ${ms.toFixed(0).padStart(7)} ms  ${(best.plain / ms).toFixed(2).padStart(5)}  ${((BARS * trials.length) / ms / 1000).toFixed(1).padStart(6)} M bars·combinations/s`;
  write(
    `sweep of ${trials.length} combinations over ${BARS.toLocaleString("en-US")} bars, best of ${ROUNDS}; ratio to plain loops on one core`,
  );
  write(line(`every core (${cores})`, best.every));
  write(line("one core", best.one));
  write(line("plain, one core", best.plain));
}
