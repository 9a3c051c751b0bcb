import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { FilterModelRow, Ledger } from "../../src/ports.ts";
import { T0 } from "./ledger-samples.ts";

const sample = (changes: Partial<FilterModelRow> = {}): Omit<FilterModelRow, "id"> => ({
  strategyId: `momentum-${randomUUID()}`,
  timeframe: "15Min",
  params: { lookback_period: 20, momentum_threshold: 0.02, periods: [5, 20], spoken: "yes" },
  symbols: ["AAPL", "MSFT"],
  settings: ["stop_atr=2", "commission=0.0001"],
  trainedFromMs: T0,
  trainedToMs: T0 + 86_400_000,
  model: {
    featuresVersion: 1,
    featureNames: ["rsi_14", "hour"],
    classifier: { kind: "forest", trees: [0.1 + 0.2, [1, -1e-7, 0, [0, 70.12345678901234, 0.25, 1]]] },
    calibration: { slope: 1 / 3, intercept: -0.1 },
  },
  scores: {
    scheme: "walk_forward",
    blocks: 6,
    samples: 120,
    winRate: 0.4,
    unfinished: 1,
    trainedOn: 120,
    classifiers: [{ kind: "forest", scores: { brier: 0.2, logLoss: 0.6, auc: null } }],
    baseline: { brier: 0.24, logLoss: 0.68, auc: 0.5 },
    reliability: [{ from: 0, to: 0.1, count: 0, told: null, won: null }],
    fromMs: T0,
    toMs: T0 + 1,
    comparisons: [],
  },
  createdBy: "ann",
  createdAt: T0 + 5,
  ...changes,
});

/** Versions of signal filters; `ledger` gives the one that is tested. */
export function describeFilterModels(ledger: () => Ledger): void {
  describe("signal filters", () => {
    it("come back as they were written, to the last bit, under rising ids", async () => {
      const [first, second] = [sample(), sample({ trainedFromMs: null, trainedToMs: null, scores: null })];
      const id = await ledger().insertFilterModel(first);
      const later = await ledger().insertFilterModel(second);
      expect(later).toBeGreaterThan(id);
      expect(await ledger().filterModel(id)).toEqual({ ...first, id });
      expect(await ledger().filterModel(later)).toEqual({ ...second, id: later });
      expect(await ledger().filterModel(later + 1_000_000)).toBeUndefined();
    });

    it("are listed newest first without the model itself, by strategy and timeframe", async () => {
      const strategyId = `momentum-${randomUUID()}`;
      const ids: number[] = [];
      for (const timeframe of ["15Min", "1Hour", "15Min"] as const)
        ids.push(await ledger().insertFilterModel(sample({ strategyId, timeframe })));
      const listed = async (filter: Parameters<Ledger["filterModels"]>[0]): Promise<readonly number[]> =>
        (await ledger().filterModels(filter)).map(({ id }) => id);
      expect(await listed({ strategyId, limit: 10 })).toEqual(ids.toReversed());
      expect(await listed({ strategyId, timeframe: "15Min", limit: 10 })).toEqual([ids[2], ids[0]]);
      expect(await listed({ strategyId, limit: 1 })).toEqual([ids[2]]);
      expect(await listed({ limit: 2 })).toEqual([ids[2], ids[1]]);
      const { model, ...info } = sample({ strategyId });
      expect((await ledger().filterModels({ strategyId, limit: 1 }))[0]).toEqual({
        ...info,
        id: ids[2],
        kind: model.classifier.kind,
        featuresVersion: 1,
      });
    });
  });
}
