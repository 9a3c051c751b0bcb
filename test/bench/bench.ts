// Figures of one run on one machine: ratios compare with plain loops in this same process; nothing is asserted about time.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { BarSeries } from "../../src/core/bar-series.ts";
import { isoTime } from "../../src/core/iso-time.ts";
import { DEFAULT_LIMITS } from "../../src/core/risk/limits.ts";
import { strategies } from "../../src/core/strategies/index.ts";
import { defaultParams } from "../../src/core/strategies/params.ts";
import type { Strategy } from "../../src/core/strategies/contract.ts";
import { backtest, type BacktestInput } from "../../src/research/backtest.ts";
import { parseCsv } from "../../src/research/csv.ts";
import { reportPictures } from "./pictures.ts";
import { FILL_WIDTH, plainFills, plainMaCrossover, type PlainResult } from "./plain.ts";
import { plainSignals } from "./plain-signals.ts";
import { reportStartUp } from "./start-up.ts";
import { reportSweep } from "./sweep.ts";
import { syntheticSeries } from "./synthetic.ts";

const BARS = 1_000_000;
const ROUNDS = 15;

const write = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Best time in ms of both, taken by turns so that a noisy neighbour disturbs both alike. */
function race(ours: () => void, plain: () => void): { ours: number; plain: number; ratio: number } {
  let best = Infinity;
  let bestPlain = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    best = Math.min(best, millisecondsOf(ours));
    bestPlain = Math.min(bestPlain, millisecondsOf(plain));
  }
  return { ours: best, plain: bestPlain, ratio: bestPlain / best };
}

function millisecondsOf(run: () => void): number {
  const startedMs = performance.now();
  run();
  return performance.now() - startedMs;
}

function report(name: string, { ours, plain, ratio }: ReturnType<typeof race>): void {
  const rate = (BARS / ours / 1000).toFixed(1);
  write(
    `${name.padEnd(24)} ${ours.toFixed(1).padStart(7)} ms ${plain.toFixed(1).padStart(7)} ms  ${ratio.toFixed(2).padStart(5)}  ${rate.padStart(6)} M bars/s`,
  );
}

function inputOf(strategy: Strategy, series: BarSeries): BacktestInput {
  const rules: BacktestInput["rules"] = {
    cash: 100_000,
    sizing: { rule: "fixed_fraction", fraction: 0.95 },
    stopAtr: 2,
    commission: 0,
    roundToTick: false,
    gates: [],
    riskLimits: DEFAULT_LIMITS,
  };
  return { symbol: "BENCH", strategy, params: defaultParams(strategy.params), series, rules };
}

/** Both sides must have done the same work, or the ratio means nothing. */
function demandSame(name: string, input: BacktestInput, plain: PlainResult): void {
  const { stats, trades } = backtest(input);
  const apart = Math.abs(stats.finalEquity / plain.finalEquity - 1);
  if (stats.trades !== plain.trades || apart > 1e-9)
    throw new Error(
      `${name}: ${stats.trades} trades to ${stats.finalEquity}, plain ${plain.trades} to ${plain.finalEquity}`,
    );
  for (const [index, { entryBar, exitBar, entryPrice, exitPrice, size }] of trades.all().entries()) {
    const ours = [entryBar, exitBar, entryPrice, exitPrice, size];
    const theirs = plain.fills.subarray(index * FILL_WIDTH, (index + 1) * FILL_WIDTH);
    if (ours.some((value, column) => Math.abs(value / (theirs[column] ?? 0) - 1) > 1e-9))
      throw new Error(`${name}: trade ${index} is ${ours.join(" ")}, plain ${theirs.join(" ")}`);
  }
}

function csvOf({ length, time, open, high, low, close, volume }: BarSeries): Uint8Array {
  const rows = ["time,open,high,low,close,volume"];
  for (let t = 0; t < length; t += 1)
    rows.push([isoTime(time[t]!), open[t]!, high[t]!, low[t]!, close[t]!, volume[t]!].join(","));
  return new TextEncoder().encode(rows.join("\n"));
}

const series = syntheticSeries(BARS);
write(
  `${BARS.toLocaleString("en-US")} synthetic one-minute bars, best of ${ROUNDS}; ratio 1.00 is as fast as the plain loop`,
);
write("");
write(`${"strategy + fills".padEnd(24)} ${"ours".padStart(10)} ${"plain".padStart(10)}  ratio`);

const [single] = strategies;
if (single === undefined) throw new Error("no strategy");
const singleInput = inputOf(single, series);
demandSame("one fused loop", singleInput, plainMaCrossover(series));
report(
  `${single.id} alone`,
  race(
    () => backtest(singleInput),
    () => plainMaCrossover(series),
  ),
);

const total = { ours: 0, plain: 0 };
for (const strategy of strategies) {
  const input = inputOf(strategy, series);
  const plain = (): PlainResult => plainFills(series, plainSignals(strategy.id, series));
  demandSame(strategy.id, input, plain());
  const result = race(() => backtest(input), plain);
  total.ours += result.ours;
  total.plain += result.plain;
  report(strategy.id, result);
}
report("all seven", { ...total, ratio: total.plain / total.ours });

write("");
const csv = csvOf(series);
const parseMs = race(
  () => parseCsv("bench.csv", csv),
  () => csv.indexOf(0),
).ours;
write(
  `CSV: ${(csv.length / 1e6).toFixed(0)} MB, ${BARS.toLocaleString("en-US")} rows in ${parseMs.toFixed(0)} ms (${(BARS / parseMs / 1000).toFixed(1)} M rows/s)`,
);

// Collect first, so that the difference is what one parsed series and its backtest keep.
setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");
collect();
const before = process.memoryUsage();
const parsed = parseCsv("bench.csv", csv);
const result = backtest({ ...singleInput, series: parsed });
collect();
const after = process.memoryUsage();
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
write(
  `memory: ${megabytes(after.arrayBuffers - before.arrayBuffers)} MB of columns for the bars and equity of ${megabytes(parsed.length)} M bars and ${result.trades.length} trades; heap ${megabytes(after.heapUsed)} MB`,
);

write("");
reportStartUp(write);

write("");
await reportSweep(write);

write("");
await reportPictures(write);
