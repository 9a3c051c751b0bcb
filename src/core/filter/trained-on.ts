/** What a model learned from. */
export interface TrainedOn {
  readonly symbols: readonly string[];
  /** From the first decision to the last exit that its labels know, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** What a version says of its training; null for a user's own model, of which nothing is known. */
export function trainedOn({
  symbols,
  trainedFromMs,
  trainedToMs,
}: {
  readonly symbols: readonly string[];
  readonly trainedFromMs: number | null;
  readonly trainedToMs: number | null;
}): TrainedOn | null {
  return trainedFromMs === null || trainedToMs === null
    ? null
    : { symbols, fromMs: trainedFromMs, toMs: trainedToMs };
}
