import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineStrategy } from "../../../src/adapters/own-strategies/define-strategy.ts";
import { readDefinition } from "../../../src/adapters/own-strategies/read-definition.ts";
import { tryOut } from "../../../src/adapters/own-strategies/try-out.ts";
import { BACKTEST_SPECS } from "../../../src/commands/backtest-wish.ts";
import { seriesOf } from "../../../src/core/bar-series.ts";
import { BUY, HOLD, SELL, type SignalCode } from "../../../src/core/signal.ts";
import type { Kernel } from "../../../src/core/strategies/contract.ts";
import { parseStrategyParams } from "../../../src/core/strategies/params.ts";
import { runBacktest } from "../../../src/research/cli.ts";
import { scanSignals } from "../../../src/research/signals.ts";
import { registerOwnStrategies } from "../../../src/core/strategies/index.ts";
import { walk } from "../../core/series-builder.ts";

const kernelOf = (step: (close: number) => SignalCode): Kernel => ({
  step: (_open, _high, _low, close) => step(close),
  explain: () => ({ reason: "as it is", figures: {} }),
});

const SOUND = defineStrategy({
  id: "sound",
  title: "Sound",
  description: "Buys above the level, sells below.",
  params: z.object({ level: z.number().gt(0).max(1_000).default(100).describe("USD") }),
  warmupBars: () => 0,
  kernel: ({ level }) => kernelOf((close) => (close > level ? BUY : close < level ? SELL : HOLD)),
});

const loaded = (over: object) => {
  const strategy = readDefinition("x.ts", { ...SOUND, ...over });
  tryOut(strategy, () => undefined);
  return strategy;
};

describe("the parameters of an own strategy", () => {
  it("are told and read as those of the others", () => {
    const strategy = loaded({
      params: z.object({
        bars: z.int().min(2).max(500).default(20).describe("bars of the channel"),
        threshold: z.number().gt(0).lt(1).default(0.5),
        confirm: z.boolean().default(true),
        price: z.enum(["close", "high"]).default("close"),
        periods: z.array(z.int().min(1)).default([5, 20]),
        frames: z.array(z.enum(["5Min", "1Hour"])).default([]),
      }),
      kernel: () => kernelOf(() => HOLD),
    });
    expect(strategy.params).toEqual([
      { name: "bars", kind: "integer", default: 20, min: 2, max: 500, description: "bars of the channel" },
      { name: "threshold", kind: "number", default: 0.5, above: 0, below: 1, description: "" },
      { name: "confirm", kind: "boolean", default: true, description: "" },
      { name: "price", kind: "choice", default: "close", choices: ["close", "high"], description: "" },
      { name: "periods", kind: "integers", default: [5, 20], min: 1, description: "" },
      { name: "frames", kind: "timeframes", default: [], description: "" },
    ]);
    expect(parseStrategyParams(strategy, ["bars=30", "periods=3/4", "frames=5Min"])).toMatchObject({
      kind: "ok",
      params: { bars: 30, periods: [3, 4], frames: ["5Min"], threshold: 0.5 },
    });
    expect(parseStrategyParams(strategy, ["bars=1", "prise=high"])).toEqual({
      kind: "invalid",
      errors: [
        "bars=1: expected a whole number from 2 to 500",
        "unknown parameter prise; did you mean price?",
      ],
    });
  });

  it("are refused where zod refuses them, the strategy's check does, or no kernel can be made of them", () => {
    const strategy = loaded({
      params: z.object({
        fast: z.int().multipleOf(5).default(5),
        slow: z.int().default(20),
        odd: z.boolean().default(false),
      }),
      check: ({ fast, slow }: { fast: number; slow: number }) =>
        fast < slow ? undefined : `fast=${fast} is not below slow=${slow}`,
      kernel: ({ odd }: { odd: boolean }) => {
        if (odd) throw new RangeError("too odd");
        return kernelOf(() => HOLD);
      },
    });
    const errors = (...texts: readonly string[]) => {
      const parsed = parseStrategyParams(strategy, texts);
      return parsed.kind === "invalid" ? parsed.errors.join("; ") : "ok";
    };
    expect(errors("fast=10")).toBe("ok");
    expect(errors("fast=7")).toMatch(/^fast: .*5/);
    expect(errors("fast=30")).toBe("fast=30 is not below slow=20");
    expect(errors("odd=true")).toBe("strategy sound (x.ts): kernel: RangeError: too odd");
  });
});

const bad = (name: string, param: z.ZodType) => ({ params: z.object({ [name]: param }) });

describe("a faulty definition", () => {
  it.each<[string, object, RegExp]>([
    ["an id with capitals", { id: "Sound" }, /^id: expected 2 to 40 small letters, digits and _/],
    ["an id that is a word of commands", { id: "manual" }, /^id: manual stands for something else/],
    ["no title", { title: "" }, /^title: expected a text/],
    [
      "a timeframe that does not exist",
      { defaultTimeframe: "2Min" },
      /^defaultTimeframe: expected one of 1Min/,
    ],
    ["parameters without zod", { params: { level: 3 } }, /^params: expected z\.object\(\{…\}\)/],
    ["no kernel", { kernel: undefined }, /^kernel: expected a function/],
    ["a key nobody knows", { warmUpBars: () => 3 }, /^warmUpBars: unknown; did you mean warmupBars\?/],
    ["a parameter without a default", bad("level", z.number()), /^params\.level: expected .* with \.default/],
    [
      "a parameter of another kind",
      bad("level", z.string().default("x")),
      /^params\.level: expected z\.number/,
    ],
    [
      "a parameter of a run",
      bad("fraction", z.number().default(1)),
      /^params\.fraction: every run and backtest/,
    ],
    ...["days", ...BACKTEST_SPECS.map(({ name }) => name)].map((name): [string, object, RegExp] => [
      `a parameter of a backtest, ${name}`,
      bad(name, z.number().default(1)),
      new RegExp(`^params\\.${name}: every run and backtest`),
    ]),
    [
      "a parameter in camel case",
      bad("fastPeriod", z.int().default(1)),
      /^params\.fastPeriod: expected a name/,
    ],
    [
      "a default out of its range",
      bad("level", z.number().max(3).default(4)),
      /^params\.level: its default: level=4: expected a number at most 3/,
    ],
    ["defaults that it refuses itself", { check: () => "never" }, /^its defaults are refused: never/],
    [
      "a warm-up of half a bar",
      { warmupBars: () => 0.5 },
      /warmupBars: 0\.5, expected a whole number of bars/,
    ],
    [
      "a kernel that is none",
      { kernel: () => 3 },
      /kernel: expected an object with the functions step and explain/,
    ],
    [
      "other timeframes that do not exist",
      { timeframes: () => ["2Min"] },
      /timeframes: expected a list of 1Min/,
    ],
    [
      "a kernel that throws",
      {
        kernel: () => {
          let bars = 0;
          return kernelOf(() => {
            bars += 1;
            if (bars > 40) throw new TypeError("boom");
            return HOLD;
          });
        },
      },
      /^strategy sound \(x\.ts\): bar 40: TypeError: boom/,
    ],
    [
      "a kernel that answers NaN",
      { kernel: () => ({ ...kernelOf(() => HOLD), step: () => Number.NaN }) },
      /bar 0: answered NaN, expected BUY \(1\), HOLD \(0\) or SELL \(-1\)/,
    ],
    [
      "kernels that share their state",
      (() => {
        let calls = 0;
        return { kernel: () => kernelOf(() => ((calls += 1) % 3 === 0 ? BUY : HOLD)) };
      })(),
      /two kernels answer differently on the same bars; all state belongs inside the kernel/,
    ],
    [
      "a kernel without a reason",
      { kernel: () => ({ step: () => HOLD, explain: () => ({ reason: "", figures: {} }) }) },
      /bar 0: explain gives no reason/,
    ],
    [
      "a plot of another length",
      { plot: () => ({ lines: [{ label: "level", values: new Float64Array(3) }] }) },
      /plot: level: expected a Float64Array with a value a bar/,
    ],
  ])("with %s is told so", (_name, over, reason) => {
    expect(() => loaded(over)).toThrow(reason);
  });

  it("without a default export is told what is expected", () => {
    expect(() => readDefinition("x.ts", undefined)).toThrow(
      "no default export; expected export default defineStrategy({…})",
    );
    expect(() => readDefinition("x.ts", 3)).toThrow("the default export: expected defineStrategy({…})");
  });
});

describe("an own strategy that works on made-up bars and fails on real ones", () => {
  const failing = readDefinition("cent.ts", {
    ...SOUND,
    id: "cent",
    // Real prices are in whole cents, made-up ones are not.
    kernel: () =>
      kernelOf((close) => {
        if (Number((close * 100).toFixed(6)) % 100 === 0) throw new Error(`${close} is a round price`);
        return HOLD;
      }),
  });
  const series = seriesOf(walk(300, 4));

  it("ends a backtest with its name, the bar and the reason", () => {
    tryOut(failing, () => undefined);
    expect(() => scanSignals({ strategy: failing, params: { level: 100 }, series })).toThrow(
      /^strategy cent \(cent\.ts\): bar \d+: Error: \d+ is a round price$/,
    );
    registerOwnStrategies({ loaded: [{ file: "cent.ts", strategy: failing }], leftOut: [] });
    expect(() => runBacktest("cent", { symbol: "T", series }, {})).toThrow("is a round price");
    registerOwnStrategies({ loaded: [], leftOut: [] });
  });
});
