import { verdictOf } from "../core/filter/verdict.ts";
import { isoTime } from "../core/iso-time.ts";
import { formatValue } from "../core/strategies/params.ts";
import type { Field, Message, Table } from "../message.ts";
import type { FilterModelInfo, Run } from "../ports.ts";
import { classifierCells, comparisonCells, reliabilityCells } from "../research/filter/tables.ts";
import { NONE } from "./format.ts";

type Told = Pick<
  FilterModelInfo,
  "id" | "strategyId" | "timeframe" | "params" | "symbols" | "settings" | "scores"
> &
  Pick<FilterModelInfo, "trainedFromMs" | "trainedToMs">;

/** What a training found out, the verdict first; the same for a model of long ago. */
export function filterMessage(model: Told): Message {
  const title = `Signal filter · model ${model.id} · ${model.strategyId} · ${model.timeframe}`;
  const params = Object.entries(model.params).map(([name, value]) => `${name}=${formatValue(value)}`);
  const of = `Trained on ${model.symbols.join(", ") || "unknown symbols"}${trainedText(model)}; ${[...params, ...model.settings].join(" ")}.`;
  const { scores } = model;
  if (scores === null)
    return {
      title,
      text: "A model of your own: nothing is known here of how it was trained or whether it beats no filter. alphaflow backtest --ml-filter compares it on bars that it has not seen.",
      footer: [of],
    };
  const verdicts = scores.comparisons.map(verdictOf);
  return {
    title,
    text: verdicts.map(({ text }) => text).join("\n"),
    tone: verdicts[0]?.beats === true ? "good" : "warn",
    fields: scoreFields(scores),
    table: tableOf(comparisonCells(scores)),
    footer: [
      `Calibration, out of fold: ${reliabilityCells(scores)
        .rows.map(
          ([bin, count, told, won]) => `${bin ?? ""} told ${told ?? ""}, won ${won ?? ""} (${count ?? ""})`,
        )
        .join(" · ")}`,
      `Compared from ${isoTime(scores.fromMs).slice(0, 10)} to ${isoTime(scores.toMs).slice(0, 10)} with models that had not seen those entries (${scores.scheme}, ${scores.blocks} blocks, purged, embargoed); the intervals hold for all thresholds together.`,
      of,
    ],
  };
}

/** Lower is better for Brier and log loss; the win rate alone is to be beaten. */
function scoreFields(scores: NonNullable<Told["scores"]>): readonly Field[] {
  const { samples, trainedOn, unfinished, winRate } = scores;
  return [
    { label: "Entries", value: `${samples}${trainedOn < samples ? ` (${trainedOn} trained)` : ""}` },
    { label: "Won", value: `${(winRate * 100).toFixed(1)}%` },
    { label: "Unfinished", value: String(unfinished) },
    ...classifierCells(scores).rows.map(([name = "", brier = "", logLoss = "", auc = ""]) => ({
      label: name,
      value: `Brier ${brier} · log loss ${logLoss} · AUC ${auc}`,
    })),
  ];
}

function trainedText({ trainedFromMs, trainedToMs }: Told): string {
  return trainedFromMs === null || trainedToMs === null
    ? ""
    : ` from ${isoTime(trainedFromMs).slice(0, 10)} to ${isoTime(trainedToMs).slice(0, 10)}`;
}

function tableOf({ header, rows }: ReturnType<typeof comparisonCells>): Table {
  return {
    columns: header.map((name, index) => ({ header: name, ...(index === 0 ? {} : { align: "right" }) })),
    rows,
  };
}

/** Every version, and which runs ask which. */
export function statusMessage(
  models: readonly FilterModelInfo[],
  uses: readonly { readonly run: Run; readonly model: string }[],
): Message {
  return {
    title: "Signal filters",
    text: [
      ...uses.map(
        ({ run, model }) =>
          `Run ${run.id} (${run.strategyId} on ${run.symbols.join(", ")}) enters above a probability of ${(run.options.mlFilter ?? 0).toFixed(2)}: ${model}`,
      ),
      ...(uses.length === 0
        ? ["No run has a filter: ml_filter=0.7 at /strategy start or /strategy set."]
        : []),
      ...(models.length === 0 ? ["No model yet: /ml train STRATEGY SYMBOLS makes one."] : []),
    ].join("\n"),
    ...(models.length === 0
      ? {}
      : {
          table: {
            columns: [
              { header: "model", align: "right" },
              { header: "strategy" },
              { header: "bars" },
              { header: "kind" },
              { header: "trained" },
              { header: "entries", align: "right" },
              { header: "log loss (win rate alone)", align: "right" },
              { header: "beats no filter" },
            ],
            rows: models.map(modelRow),
          },
        }),
    footer: ["/ml compare STRATEGY shows the newest in full, /ml compare STRATEGY model=N any"],
  };
}

function modelRow({
  id,
  strategyId,
  timeframe,
  kind,
  createdAt,
  scores,
}: FilterModelInfo): readonly string[] {
  const [first] = scores?.comparisons ?? [];
  const best = scores?.classifiers[0];
  return [
    String(id),
    strategyId,
    timeframe,
    kind,
    isoTime(createdAt).slice(0, 10),
    scores === null ? NONE : String(scores.samples),
    scores === null || best === undefined
      ? NONE
      : `${best.scores.logLoss.toFixed(3)} (${scores.baseline.logLoss.toFixed(3)})`,
    first === undefined ? "unknown" : verdictOf(first).beats ? `at ${first.threshold.toFixed(2)}` : "no",
  ];
}
