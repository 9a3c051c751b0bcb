import { equityPicture } from "../app/equity-picture.ts";
import { signedPercent } from "../core/figures.ts";
import type { Field, Message, Table, Tone } from "../message.ts";
import type { StudyRow, StudyState } from "../ports.ts";
import type { TrialFigures } from "../research/optimize/contract.ts";
import { ranked, scoreOf } from "../research/optimize/score.ts";
import { readRecord, readReport, readTrial, type KeptReport } from "../research/studies/record.ts";
import { namedValues } from "../research/table-text.ts";
import type { TrialRow } from "../ports.ts";
import { counted, duration, NONE, orNone } from "./format.ts";
import { progressMessage } from "./progress.ts";

const BEST_SHOWN = 10;

const TONES: Readonly<Record<StudyState, Tone>> = {
  running: "neutral",
  done: "good",
  failed: "bad",
  cancelled: "warn",
};

/** `Study 7 · Momentum · AAPL · 1Hour`. */
function titleOf({ number, title }: StudyRow): string {
  return `Study ${number} · ${title}`;
}

/** A running study as its message shows it. */
export function runningMessage(row: StudyRow, nowMs: number): Message {
  const { number, planned, finished, atMs, asked } = row;
  const done = planned === 0 ? 0 : finished / planned;
  const ago = nowMs - atMs;
  const left = done > 0 ? ` · about ${duration((ago / done) * (1 - done))} left` : "";
  const note = planned === 0 ? "waits for a worker" : `${finished} of ${counted(planned, "trial")}${left}`;
  return {
    title: titleOf(row),
    text: progressMessage({ done, note }).text,
    tone: TONES.running,
    footer: [`Asked for by ${asked.name}; goes on after a restart.`],
    buttons: [
      { label: "Best so far", command: `/optimize show ${number}` },
      { label: "Cancel", command: `/optimize cancel ${number}`, style: "danger" },
    ],
  };
}

/** A study that has ended, in a sentence and its verdict. */
export function endedMessage(row: StudyRow): Message {
  const { number, state, text, finished, atMs, endedAtMs } = row;
  const took = endedAtMs === null ? "" : ` after ${duration(endedAtMs - atMs)}`;
  const report = readReport(row.report);
  const said: Readonly<Record<StudyState, string>> = {
    running: "goes on",
    done: `${counted(finished, "trial")} done${took}.`,
    failed: `failed${took}: ${text}`,
    cancelled: `cancelled${took} ${text}; ${counted(finished, "trial")} kept.`,
  };
  return {
    title: titleOf(row),
    text: [said[state], ...verdictOf(report)].join("\n"),
    tone: TONES[state],
    ...(report === undefined ? {} : { fields: fieldsOf(report) }),
    buttons: finished === 0 ? [] : [{ label: "Show", command: `/optimize show ${number}` }],
  };
}

/** The equity of what was found, as a picture; nothing before there is a report, and of reports that were kept without it. */
export function pictureOf(row: StudyRow): Pick<Message, "picture"> {
  const report = readReport(row.report);
  const points = report?.equity_curve ?? [];
  const of = report?.walk_forward === null ? "best in sample" : "out of sample";
  const curve = {
    time: points.map(({ time }) => Date.parse(time)),
    equity: points.map(({ equity }) => equity),
  };
  return equityPicture(curve, `Study ${row.number} · ${of} · ${row.title}`);
}

/** In the words of the chat: the verdict names an option of the command line. */
function verdictOf(report: KeptReport | undefined): readonly string[] {
  return (report?.verdict ?? []).map((sentence) => sentence.replaceAll("--walk-forward", "walk_forward=4"));
}

function fieldsOf({ best: [best], walk_forward: walked, luck }: KeptReport): readonly Field[] {
  if (walked !== null)
    return [
      { label: "Out of sample", value: orNone(walked.stitched.return_percent, signedPercent) },
      { label: "Sharpe", value: ratio(walked.stitched.sharpe) },
      { label: "Efficiency", value: ratio(walked.efficiency) },
      { label: "Trades", value: String(walked.stitched.trades) },
    ];
  if (best === undefined) return [];
  return [
    { label: "Best", value: namedValues(best.params) },
    { label: "Return", value: orNone(best.in_sample?.return_percent ?? null, signedPercent) },
    { label: "Sharpe", value: ratio(best.in_sample?.sharpe ?? null) },
    {
      label: "Deflated Sharpe",
      value: luck === null ? NONE : `${(luck.deflated_sharpe * 100).toFixed(1)}%`,
    },
  ];
}

/** Studies, newest first. */
export function listMessage(rows: readonly StudyRow[], nowMs: number): Message {
  if (rows.length === 0)
    return { title: "Studies", text: "None yet. Begin one: /optimize STRATEGY SYMBOLS name=LOW:HIGH:STEP" };
  const running = rows.filter(({ state }) => state === "running").length;
  return {
    title: "Studies",
    text: `${rows.length === 1 ? "1 study" : `${rows.length} studies`}, ${running} running.`,
    table: {
      columns: [
        { header: "no.", align: "right" },
        { header: "study" },
        { header: "state" },
        { header: "trials", align: "right" },
        { header: "age", align: "right" },
        { header: "by" },
      ],
      rows: rows.map((row) => [
        String(row.number),
        row.title,
        row.state,
        row.planned === 0 ? String(row.finished) : `${row.finished}/${row.planned}`,
        duration(nowMs - row.atMs),
        row.asked.name,
      ]),
    },
    footer: ["One in detail: /optimize show N"],
  };
}

/** One study in detail: the best trials, kept so far or of the whole, or the windows of a walk-forward. */
export function showMessage(row: StudyRow, trials: readonly TrialRow[], nowMs: number): Message {
  const message = row.state === "running" ? runningMessage(row, nowMs) : endedMessage(row);
  const walked = readReport(row.report)?.walk_forward ?? null;
  const table = walked === null ? bestTable(row, trials) : windowTable(walked);
  const { study } = readRecord(row.definition);
  const again = `Searched: ${study.space.map(({ name }) => name).join(", ")} · ${study.search} search for the highest ${study.objective} · seed ${study.seed}`;
  return {
    ...message,
    ...(table.rows.length === 0 ? {} : { table }),
    ...pictureOf(row),
    footer: [again, ...startHint(row), ...(message.footer ?? [])],
    buttons: row.state === "running" ? (message.buttons ?? []) : [],
  };
}

/** How the best is started, where there is one. */
function startHint(row: StudyRow): readonly string[] {
  const best = readReport(row.report)?.best[0];
  if (best === undefined) return [];
  const { study, symbols } = readRecord(row.definition);
  const settings = namedValues({ ...study.params, ...best.params });
  const { timeframe } = study.bars;
  return [
    `Start the best: /strategy start ${study.strategyId} ${symbols.join(",")} ${timeframe === null ? "" : `timeframe=${timeframe} `}${settings}`,
  ];
}

const FIGURES: Table["columns"] = [
  { header: "return", align: "right" },
  { header: "drawdown", align: "right" },
  { header: "Sharpe", align: "right" },
  { header: "trades", align: "right" },
];

function bestTable(row: StudyRow, rows: readonly TrialRow[]): Table {
  const { study } = readRecord(row.definition);
  const best = ranked(
    study,
    rows.map(({ trial }) => readTrial(trial)),
  ).slice(0, BEST_SHOWN);
  return {
    columns: [
      { header: "trial", align: "right" },
      { header: study.objective, align: "right" },
      ...FIGURES,
      { header: "settings" },
    ],
    rows: best.map((trial) => [
      `#${trial.number}`,
      ratio(scoreOf(study, trial.inSample)),
      ...(trial.inSample === null ? FIGURES.map(() => NONE) : cellsOf(trial.inSample)),
      namedValues(trial.params),
    ]),
  };
}

function cellsOf({ returnPercent, maxDrawdownPercent, sharpe, trades }: TrialFigures): readonly string[] {
  return [signedPercent(returnPercent), percent(maxDrawdownPercent), ratio(sharpe), String(trades)];
}

/** A window a row: what it chose, and how that did on the bars after it. */
function windowTable({ windows }: NonNullable<KeptReport["walk_forward"]>): Table {
  return {
    columns: [{ header: "judged from" }, ...FIGURES, { header: "chosen" }],
    rows: windows.map(({ out_of_sample: span, chosen }) => {
      const figures = chosen?.out_of_sample ?? null;
      return [
        span?.from.slice(0, 10) ?? NONE,
        ...(figures === null
          ? FIGURES.map(() => NONE)
          : [
              signedPercent(figures.return_percent),
              percent(figures.max_drawdown_percent),
              ratio(figures.sharpe),
              String(figures.trades),
            ]),
        chosen === null ? NONE : namedValues(chosen.params),
      ];
    }),
  };
}

function ratio(value: number | null): string {
  return orNone(value, (known) => known.toFixed(2));
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}
