import { valueAt } from "../../core/column.ts";
import { UsageError } from "../../core/errors.ts";
import type { NamedModel } from "../../core/filter/score-entry.ts";
import { isoTime } from "../../core/iso-time.ts";
import type { SymbolBars } from "../portfolio.ts";

type Trained = Pick<NamedModel, "label" | "trainedOn">;
type Tested = Pick<SymbolBars, "series" | "start">;

/**
 * Whether a model learned from the time that is tested, of whichever symbols: prices of one day hang together. Bars that only
 * warm up indicators are not tested. False where nothing is known of its training.
 */
function isInSample({ trainedOn }: Trained, bars: readonly Tested[]): boolean {
  if (trainedOn === null) return false;
  return bars.some(({ series: { time, length }, start = 0 }) => {
    if (start >= length) return false;
    return valueAt(time, start) <= trainedOn.toMs && valueAt(time, length - 1) >= trainedOn.fromMs;
  });
}

/** Throws a UsageError where a test of these bars would only show what the model has learned by heart; `ways` says what to do. */
export function refuseInSample(model: Trained, bars: readonly Tested[], ways: string): void {
  if (isInSample(model, bars))
    throw new UsageError(
      `bars of this period trained ${trainingOf(model)}: a test on them says nothing of others; ${ways}`,
    );
}

/** Whether the filter of a backtest learned from the time that is tested. */
export function testsItsTraining(symbols: readonly SymbolBars[]): boolean {
  return symbols.some((each) => each.filter !== undefined && isInSample(each.filter.model, [each]));
}

/** What a reader has to know of the filter before any figure of the backtest, a sentence each. */
export function filterWarnings(symbols: readonly SymbolBars[]): readonly string[] {
  const model = symbols.find(({ filter }) => filter !== undefined)?.filter?.model;
  if (model === undefined) return [];
  if (model.trainedOn === null)
    return [`Nothing is known of what trained ${model.label}: it may have learned from these very bars.`];
  const { label, trainedOn } = model;
  const strange = symbols.filter(({ symbol }) => !trainedOn.symbols.includes(symbol));
  return [
    ...(testsItsTraining(symbols)
      ? [
          `IN SAMPLE: bars of this period trained ${trainingOf(model)}; these figures say nothing of other bars.`,
        ]
      : []),
    ...(strange.length === 0
      ? []
      : [
          `${label} has learned nothing from ${strange.map(({ symbol }) => symbol).join(", ")}: it was trained on ${trainedOn.symbols.join(", ")}.`,
        ]),
  ];
}

function trainingOf({ label, trainedOn }: Trained): string {
  if (trainedOn === null) return label;
  const { symbols, fromMs, toMs } = trainedOn;
  return `${label} (${symbols.join(", ")}, ${isoTime(fromMs)} to ${isoTime(toMs)})`;
}
