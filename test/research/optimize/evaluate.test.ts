import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sliceSeries } from "../../../src/core/bar-series.ts";
import { strategies } from "../../../src/core/strategies/index.ts";
import { maCrossover } from "../../../src/core/strategies/ma-crossover.ts";
import { defaultParams } from "../../../src/core/strategies/params.ts";
import { backtest } from "../../../src/research/backtest.ts";
import { evaluateTrials } from "../../../src/research/optimize/evaluate.ts";
import { nextTrials } from "../../../src/research/optimize/search.ts";
import { studyBars } from "../../../src/research/optimize/study-bars.ts";
import type { Study } from "../../../src/research/optimize/contract.ts";
import { hours, STUDY } from "./study.ts";

const BARS = hours(600);
const WALKED: Study = { ...STUDY, walkForward: { windows: 3, inSampleParts: 2, anchored: false } };
const { exits: _, ...RULES } = { ...STUDY.rules, gates: [] };

describe("evaluateTrials", () => {
  it("gives each trial the figures of one backtest of its settings", () => {
    const bars = studyBars(STUDY, [BARS]);
    const [trial] = evaluateTrials(STUDY, bars, nextTrials(STUDY, 1, []).trials);
    expect(trial?.params).toEqual({ fast_period: 5, slow_period: 20 });
    const params = { fast_period: 5, slow_period: 20 };
    const { stats } = backtest({ ...BARS, strategy: maCrossover, params, rules: RULES });
    expect(stats.trades).toBeGreaterThan(5);
    expect(trial?.inSample).toMatchObject(stats);
  });

  it("decides on the bars of the window only, those before it are history", () => {
    const bars = studyBars(WALKED, [BARS]);
    const trials = nextTrials(WALKED, 3, []).trials.filter(({ number }) => number === 2);
    const [trial] = evaluateTrials(WALKED, bars, trials);
    // Parts of 600 ÷ (3 + 2) = 120 bars: window 2 judges 480–599 and searches 240–479.
    const series = sliceSeries(BARS.series, 0, 480);
    const params = { fast_period: 5, slow_period: 20 };
    const { stats } = backtest({
      ...BARS,
      series,
      start: 240,
      strategy: maCrossover,
      params,
      rules: RULES,
    });
    expect(trial).toMatchObject({ window: 2, inSample: stats });
  });

  it.each(strategies.map((strategy) => [strategy.id, strategy] as const))(
    "gives trials of %s that share indicators and signals what each would get alone",
    (id, strategy) => {
      const study: Study = {
        ...WALKED,
        strategyId: id,
        params: defaultParams(strategy.params),
        space: [
          { name: "stop_atr", kind: "list", values: [0, 1.5] },
          { name: "trail_pct", kind: "list", values: ["none", 3] },
        ],
      };
      const { trials } = nextTrials(study, 3, []);
      expect(trials).toHaveLength(12);
      const alone = trials.flatMap((trial) => evaluateTrials(study, studyBars(study, [BARS]), [trial]));
      expect(evaluateTrials(study, studyBars(study, [BARS]), trials)).toEqual(alone);
      const [first] = alone;
      const { stats } = backtest({
        ...BARS,
        series: sliceSeries(BARS.series, 0, 240),
        strategy,
        params: study.params,
        rules: { ...RULES, stopAtr: 0 },
      });
      expect(first?.inSample).toMatchObject(stats);
    },
  );

  it("puts searched stops and exits in the place of the study's own, none included", () => {
    const study: Study = {
      ...STUDY,
      rules: { ...STUDY.rules, exits: { trailPct: 1, timeStopBars: 30 } },
      space: [
        { name: "stop_atr", kind: "list", values: [3] },
        { name: "trail_pct", kind: "list", values: ["none", 2] },
      ],
    };
    const found = evaluateTrials(study, studyBars(study, [BARS]), nextTrials(study, 1, []).trials);
    const expected = [{}, { trailPct: 2 }].map((exits) => {
      const rules = { ...RULES, stopAtr: 3, timeStopBars: 30, ...exits };
      return backtest({ ...BARS, strategy: maCrossover, params: study.params, rules }).stats;
    });
    expect(found.map(({ inSample }) => inSample)).toMatchObject(expected);
    expect(expected[0]).not.toEqual(expected[1]);
  });

  it("is not moved by bars after the window", () => {
    const later = {
      ...BARS,
      series: { ...BARS.series, close: BARS.series.close.map((price, t) => (t < 480 ? price : price * 3)) },
    };
    const planned = nextTrials(WALKED, 3, []).trials;
    const evaluated = (symbol: typeof BARS) => evaluateTrials(WALKED, studyBars(WALKED, [symbol]), planned);
    expect(evaluated(later)).toEqual(evaluated(BARS));
  });

  it("gives the same for any chunks in any order", () => {
    const { trials } = nextTrials(WALKED, 3, []);
    const whole = evaluateTrials(WALKED, studyBars(WALKED, [BARS]), trials);
    const orders = fc.shuffledSubarray([...trials], { minLength: trials.length });
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 9 }), (order, size) => {
        const bars = studyBars(WALKED, [BARS]);
        const chunks = Array.from({ length: Math.ceil(order.length / size) }, (__, index) =>
          evaluateTrials(WALKED, bars, order.slice(index * size, (index + 1) * size)),
        );
        expect(chunks.flat().toSorted((one, two) => one.number - two.number)).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  it("trades several symbols on one equity", () => {
    const bars = studyBars(STUDY, [hours(300, 2, "B"), hours(300, 3, "A")]);
    const turned = studyBars(STUDY, [hours(300, 3, "A"), hours(300, 2, "B")]);
    const { trials } = nextTrials(STUDY, 1, []);
    const found = evaluateTrials(STUDY, bars, trials);
    expect(found.every(({ state }) => state === "done")).toBe(true);
    expect(found).toEqual(evaluateTrials(STUDY, turned, trials));
  });

  it("names what a failed trial failed of, and goes on with the others", () => {
    const trials = [
      { number: 0, window: 0, params: { fast_period: 20, slow_period: 20 } },
      { number: 1, window: 7, params: { fast_period: 5, slow_period: 20 } },
      { number: 2, window: 0, params: { fast_period: 5, slow_period: 20 } },
    ];
    const found = evaluateTrials(STUDY, studyBars(STUDY, [BARS]), trials);
    expect(found.map(({ state, text }) => [state, text])).toEqual([
      ["failed", "fast_period=20: expected less than slow_period=20"],
      ["failed", "no window 7: the study has 1"],
      ["done", ""],
    ]);
  });

  it("survives the way through JSON, study and trials", () => {
    const study: Study = JSON.parse(JSON.stringify(STUDY));
    const bars = studyBars(study, [BARS]);
    const { trials } = nextTrials(study, 1, []);
    const found = evaluateTrials(study, bars, JSON.parse(JSON.stringify(trials)));
    expect(JSON.parse(JSON.stringify(found))).toEqual(
      evaluateTrials(STUDY, studyBars(STUDY, [BARS]), trials),
    );
  });
});
