import { verdictOf } from "../../core/filter/verdict.ts";
import { isoTime } from "../../core/iso-time.ts";
import { formatValue } from "../../core/strategies/params.ts";
import type { FilterModelInfo } from "../../ports.ts";
import { align } from "../table-text.ts";
import { classifierCells, comparisonCells, reliabilityCells } from "./tables.ts";
import type { TrainedFilter } from "./training.ts";

type Told = Omit<TrainedFilter, "model">;

/** What is known of a filter as aligned text: the verdicts, the trades, the probabilities, the calibration. */
export function formatFilter({ strategyId, timeframe, params, symbols, settings, scores }: Told): string {
  const values = Object.entries(params).map(([name, value]) => `${name}=${formatValue(value)}`);
  const heading = `signal filter of ${strategyId} on ${timeframe} bars of ${symbols.join(", ") || "?"}\n${[...values, ...settings].join(" ")}`;
  if (scores === null)
    return `${heading}\n\na model of your own: alphaflow backtest --ml-filter compares it with no filter on bars that it has not seen`;
  const { samples, trainedOn, unfinished, winRate, scheme, blocks, fromMs, toMs } = scores;
  return [
    heading,
    scores.comparisons.map((comparison) => verdictOf(comparison).text).join("\n"),
    tableOf(comparisonCells(scores)),
    tableOf(classifierCells(scores)),
    tableOf(reliabilityCells(scores)),
    `${samples} finished BUYs, ${(winRate * 100).toFixed(1)}% won, ${unfinished} unfinished; ${trainedOn} trained. Compared from ${isoTime(fromMs)} to ${isoTime(toMs)}, out of fold (${scheme}, ${blocks} blocks, purged, embargoed); the intervals hold for all thresholds together.`,
  ].join("\n\n");
}

/** Every version in a line. */
export function formatVersions(models: readonly FilterModelInfo[]): string {
  if (models.length === 0) return "no model yet; alphaflow ml train makes one";
  return tableOf({
    header: ["model", "strategy", "bars", "kind", "trained", "by", "entries", "verdict"],
    rows: models.map(({ id, strategyId, timeframe, kind, createdAt, createdBy, scores }) => [
      String(id),
      strategyId,
      timeframe,
      kind,
      isoTime(createdAt).slice(0, 10),
      createdBy,
      scores === null ? "-" : String(scores.samples),
      scores?.comparisons[0] === undefined ? "not known" : verdictOf(scores.comparisons[0]).text,
    ]),
  });
}

function tableOf({ header, rows }: ReturnType<typeof comparisonCells>): string {
  return align(
    [header, ...rows],
    header.map((_, index) => (index === 0 ? "left" : "right")),
  );
}
