import type { GateCheck } from "../risk/contract.ts";
import { passed, refused } from "../risk/verdict.ts";
import { FEATURES } from "./features.ts";

/** What a model said of an entry. */
export type Scored =
  /** `label` names the model in words: `model 3`. */
  | { readonly kind: "scored"; readonly probability: number; readonly label: string }
  /** The features do not exist yet at this bar. */
  | { readonly kind: "not_ready"; readonly bars: number }
  /** There is no model, or it could not be loaded or asked: why, and what to do. */
  | { readonly kind: "failed"; readonly text: string };

/**
 * The signal filter as one check of an entry, live and in the backtest: passes where the probability of a win is above
 * `threshold`, (0, 1), and refuses at exactly it. `ml 0.64 of 0.70`. It sees entries only; nothing here can hold back an exit.
 */
export function filterCheck(scored: Scored, threshold: number): GateCheck {
  switch (scored.kind) {
    case "scored": {
      const { probability, label } = scored;
      const text = shown(probability, threshold);
      const measured = { after: probability, limit: threshold, unit: "ratio", note: label } as const;
      return probability > threshold
        ? passed("ml_filter", text, measured)
        : refused("ml_filter", "ML_FILTER", text, measured);
    }
    case "not_ready":
      return refused(
        "ml_filter",
        "ML_NOT_READY",
        `ml: its features need ${FEATURES.bars} bars that move, there are ${scored.bars}`,
      );
    case "failed":
      return refused("ml_filter", "ML_MODEL", `ml: ${scored.text}`);
  }
}

/** As many decimals as the threshold has; down, and in full where that would make what passes read like the threshold itself. */
function shown(probability: number, threshold: number): string {
  const decimals = Math.max(2, String(threshold).split(".")[1]?.length ?? 0);
  const scale = 10 ** decimals;
  const limit = threshold.toFixed(decimals);
  if (probability === threshold) return `ml ${limit} not above ${limit}`;
  const rounded = (Math.floor(probability * scale + 1e-9) / scale).toFixed(decimals);
  return `ml ${rounded === limit ? String(probability) : rounded} of ${limit}`;
}
