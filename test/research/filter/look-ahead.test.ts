import { describe, expect, it } from "vitest";
import { seriesOf } from "../../../src/core/bar-series.ts";
import type { FeatureSet } from "../../../src/core/filter/feature-set.ts";
import { FEATURES } from "../../../src/core/filter/features.ts";
import { refuseLookAhead } from "../../../src/research/filter/look-ahead.ts";
import { walk } from "../../core/series-builder.ts";

const SERIES = seriesOf(walk(4_000, 5));

/** Two features, of which the second is asked of `at`. */
const set = (at: FeatureSet["at"]): FeatureSet => ({ ...FEATURES, names: ["close", "other"], at });
const every = (step: number, from = 100, to = SERIES.length - 1): readonly number[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) => from + index * step);
const check = (features: FeatureSet, bars: readonly number[]) => () =>
  refuseLookAhead(features, SERIES, bars, "1Min");

/** Knows the next close at the bars that `leaks` says, and nothing at others. */
const leaking = (leaks: (t: number) => boolean): FeatureSet =>
  set(({ close }, t) => [close[t] ?? 0, leaks(t) ? (close[t + 1] ?? 0) : 0]);

describe("the guard against features that know the future", () => {
  it("lets those of the program pass", () => {
    expect(check(FEATURES, every(13))).not.toThrow();
  });

  it.each<[string, (t: number) => boolean, readonly number[]]>([
    ["at one bar in forty of 500", (t) => t % 40 === 39, every(1, 1_000, 1_500)],
    ["at one bar in forty of 3,900", (t) => t % 40 === 39, every(1)],
    ["at one bar of 500", (t) => t === 1_237, every(1, 1_000, 1_500)],
    ["at every other but the newest of 1,100", (t) => t % 2 === 1 && t < 1_100, every(1, 100, 1_200)],
    ["among the newest 100 of 3,900 alone", (t) => t === SERIES.length - 50, every(1)],
  ])("names one that leaks only %s", (_name, leaks, bars) => {
    expect(check(leaking(leaks), bars)).toThrow(
      /^feature other knows the future: at 20.* without the bars after that one; expected a value of the bars so far$/,
    );
  });

  it("names one that hides where there is no future, by giving it another", () => {
    const hiding = set(({ close }, t) => [
      close[t] ?? 0,
      (close[t + 3] ?? Number.POSITIVE_INFINITY) > (close[t] ?? 0) * 0.6 ? 1 : 0,
    ]);
    expect(check(hiding, every(40))).toThrow(
      /^feature other knows the future: at 20\S+ it is 1, and 0 with other bars after that one/,
    );
  });

  it.each<[string, FeatureSet["at"], string]>([
    [
      "vanish with the future",
      ({ close }, t) => (close[t + 1] === undefined ? undefined : [close[t] ?? 0, 1]),
      "do not exist",
    ],
    [
      "come to be without it",
      ({ close }, t) => (close[t + 1] === undefined ? [close[t] ?? 0, 1] : undefined),
      "exist only",
    ],
  ])("names none where all %s", (_name, at, text) => {
    expect(check(set(at), every(40))).toThrow(
      new RegExp(
        `^the features know the future: at 20\\S+ they ${text} without the bars after that one; expected values of the bars so far$`,
      ),
    );
  });
});
