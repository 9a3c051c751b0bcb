import { align, grouped, namedValues, percentText, plural, ratioText } from "../table-text.ts";
import type { StudyReport } from "./report.ts";

/** A study as aligned text: what was searched, the best or the windows, and what is to be thought of it. */
export function formatStudy(report: StudyReport): string {
  const sections = [heading(report), bestTable(report), windowTable(report), report.verdict.join("\n")];
  return sections.filter((section) => section !== "").join("\n\n");
}

function heading({ strategy, bars, search, trials, params, rules }: StudyReport): string {
  const searched = new Set(search.space.map(({ name }) => name));
  const fixed = Object.fromEntries(Object.entries(params).filter(([name]) => !searched.has(name)));
  const skipped =
    trials.skipped === 0
      ? ""
      : `, ${grouped(trials.skipped, 0)} ${plural(trials.skipped, "combination")} skipped as contradicting`;
  const settings = rules["stop_atr"] !== undefined && searched.has("stop_atr") ? without(rules) : rules;
  return [
    `${strategy} on ${grouped(bars.count, 0)} ${plural(bars.count, "bar")} of ${bars.symbols.join(", ")}, ${bars.from} to ${bars.to}`,
    `${search.kind} search for the highest ${search.objective}: ${grouped(trials.done, 0)} ${plural(trials.done, "trial")}${skipped}; seed ${search.seed}`,
    namedValues(fixed),
    namedValues(settings),
  ]
    .filter((line) => line !== "")
    .join("\n");
}

function without(rules: StudyReport["rules"]): StudyReport["rules"] {
  return Object.fromEntries(Object.entries(rules).filter(([name]) => name !== "stop_atr"));
}

const FIGURES = ["Return", "A year", "Drawdown", "Sharpe", "PF", "Win rate", "Trades"] as const;

type Row = NonNullable<StudyReport["walk_forward"]>["windows"][number]["chosen"];

function figureCells(figures: NonNullable<Row>["in_sample"]): readonly string[] {
  if (figures === null) return FIGURES.map(() => "-");
  return [
    percentText(figures.return_percent),
    percentText(figures.annual_return_percent),
    percentText(figures.max_drawdown_percent),
    ratioText(figures.sharpe),
    ratioText(figures.profit_factor),
    percentText(figures.win_rate_percent),
    grouped(figures.trades, 0),
  ];
}

function bestTable({ best, search }: StudyReport): string {
  if (best.length === 0) return "";
  return align(
    [
      ["Trial", search.objective, ...FIGURES, "Settings"],
      ...best.map(({ number, score, in_sample: figures, params }) => [
        `#${number}`,
        ratioText(score),
        ...figureCells(figures),
        namedValues(params),
      ]),
    ],
    ["right", "right", ...FIGURES.map(() => "right" as const), "left"],
  );
}

/** A window a row: what was promised in sample, and the figures out of sample. */
function windowTable({ walk_forward: walked, search }: StudyReport): string {
  if (walked === null) return "";
  return align(
    [
      ["Judged from", `${search.objective} in sample`, ...FIGURES, "Settings"],
      ...walked.windows.map(({ out_of_sample: span, chosen }) => [
        span?.from ?? "-",
        ratioText(chosen?.score ?? null),
        ...figureCells(chosen?.out_of_sample ?? null),
        chosen === null ? "none" : namedValues(chosen.params),
      ]),
      ["Together", "", ...figureCells(walked.stitched), ""],
    ],
    ["left", "right", ...FIGURES.map(() => "right" as const), "left"],
  );
}
