import { TIMEFRAMES } from "../core/bar.ts";
import { percentText } from "../core/figures.ts";
import { parseRun } from "../core/run-options.ts";
import { sizingText } from "../core/size/index.ts";
import { FRACTION, sizingOf } from "../core/size/options.ts";
import { strategies, strategyById } from "../core/strategies/index.ts";
import { formatParams } from "../core/strategies/params.ts";
import type { Desk, Outcome, Run } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Answer, Args, ArgSpec, CommandSpec, FormField } from "./contract.ts";
import { titleWithMode } from "./format.ts";
import { namedRuns, RUNS, STRATEGY } from "./strategy-args.ts";

const SETTINGS: ArgSpec = {
  name: "params",
  kind: "settings",
  required: false,
  description: "parameters and options as name=value; /strategy info lists them",
};

const SYMBOLS: ArgSpec = {
  name: "symbols",
  kind: "symbols",
  required: true,
  description: "symbols to trade, e.g. AAPL,MSFT",
};

/** The two settings that nearly every start names; the rest is one field. */
const START_FIELDS: readonly FormField[] = [
  {
    ...STRATEGY,
    label: "Strategy",
    // Asked when the form is shown: own strategies become known after this file was loaded.
    get choices() {
      return strategies.map(({ id }) => id);
    },
  },
  { ...SYMBOLS, label: "Symbols" },
  {
    name: "timeframe",
    kind: "choice",
    required: false,
    label: "Timeframe",
    description: "length of the bars that are decided on; the strategy's own unless chosen",
    choices: TIMEFRAMES,
  },
  {
    name: FRACTION.name,
    kind: "text",
    required: false,
    label: "Fraction",
    description: FRACTION.description,
  },
  { ...SETTINGS, label: "Further settings" },
];

/** What is wrong with the settings, at the field that they were given in. */
function wrongSettings({ values, settings }: Args): Readonly<Record<string, string>> {
  const strategy = strategyById(values["strategy"] ?? "");
  const parsed = strategy === undefined ? undefined : parseRun(strategy, settings);
  if (parsed === undefined || parsed.kind === "ok") return {};
  const problems: Record<string, string> = {};
  for (const error of parsed.errors) {
    const field = START_FIELDS.find(({ name }) => error.startsWith(`${name}=`)) ?? SETTINGS;
    problems[field.name] = [problems[field.name] ?? [], error].flat().join("; ");
  }
  return problems;
}

export const strategyStart: CommandSpec = {
  path: ["strategy", "start"],
  summary: "starts a strategy on symbols; it survives restarts",
  examples: [
    "/strategy start multi_timeframe AAPL,MSFT timeframe=1Min min_alignment=0.66",
    "/strategy start quick_test AAPL",
  ],
  args: [STRATEGY, SYMBOLS, SETTINGS],
  form: { title: "Start a strategy", fields: START_FIELDS, check: wrongSettings },
  role: () => "trader",
  run: async (context, { values, symbols, settings }) => {
    const request = { strategyId: values["strategy"] ?? "", symbols, settings };
    const outcome = await context.desk.startRun(request, byOf(context));
    if (outcome.kind === "refused") return refusal(outcome.text, [infoHint(request.strategyId)]);
    return startedAnswer(context.desk, outcome.value, outcome.text);
  },
};

async function startedAnswer(desk: Desk, run: Run, text: string): Promise<Answer> {
  const strategy = strategyById(run.strategyId);
  const { timeframe, maxPositionPct, fractional, stopAtr, takeProfitPct, protection, extendedHours } =
    run.options;
  const keeper = protection === "broker" ? "an order at the broker" : "watched by the engine";
  return {
    title: await titleWithMode(desk, `${strategy?.title ?? run.strategyId} started`),
    text: [text, strategy?.description ?? ""].filter((line) => line !== "").join("\n"),
    tone: "good",
    fields: [
      { label: "Run", value: run.id },
      { label: "Symbols", value: run.symbols.join(", ") },
      { label: "Bars", value: `${timeframe}${extendedHours ? ", extended hours too" : ""}` },
      {
        label: "Size",
        value: `${sizingText(sizingOf(run.options))}, at most ${percentText(maxPositionPct)}${fractional ? ", parts of a share too" : ""}`,
      },
      { label: "Stop-loss", value: `${stopAtr} × ATR(14) below the entry, ${keeper}` },
      {
        label: "Take-profit",
        value: takeProfitPct === undefined ? "none" : `${takeProfitPct}% above the entry`,
      },
      { label: "Parameters", value: formatParams(strategy?.params ?? [], run.params).join(" ") },
    ],
    footer: [`Stop it: /strategy stop ${run.id}`],
    buttons: [
      { label: "Stop", command: `/strategy stop ${run.id}`, style: "danger" },
      { label: "Status", command: `/strategy status ${run.id}` },
    ],
  };
}

export const strategyStop: CommandSpec = {
  path: ["strategy", "stop"],
  summary: "ends runs; open positions stay watched by their stops unless close=yes sells them",
  examples: ["/strategy stop momentum", "/strategy stop all close=yes"],
  args: [
    RUNS,
    {
      name: "close",
      kind: "choice",
      required: false,
      named: true,
      description: "yes: sell the open positions at market too",
      choices: ["yes", "no"],
    },
  ],
  role: () => "trader",
  run: (context, { values }) => {
    const close = values["close"] === "yes";
    return controlRuns(context.desk, values["run"], "Stopped", [], (which) =>
      context.desk.stopRuns(which, close, byOf(context)),
    );
  },
};

export const strategyPause: CommandSpec = {
  path: ["strategy", "pause"],
  summary: "no new entries of these runs until resumed; exits go on",
  examples: ["/strategy pause momentum"],
  args: [RUNS],
  role: () => "trader",
  run: (context, { values }) =>
    controlRuns(context.desk, values["run"], "Paused", ["Exits and stops go on."], (which) =>
      context.desk.pauseRuns(which, byOf(context)),
    ),
};

export const strategyResume: CommandSpec = {
  path: ["strategy", "resume"],
  summary: "lets paused runs enter again",
  examples: ["/strategy resume all"],
  args: [RUNS],
  role: () => "trader",
  run: (context, { values }) =>
    controlRuns(context.desk, values["run"], "Resumed", [], (which) =>
      context.desk.resumeRuns(which, byOf(context)),
    ),
};

async function controlRuns(
  desk: Desk,
  word: string | undefined,
  title: string,
  footer: readonly string[],
  change: (which: string) => Promise<Outcome>,
): Promise<Answer> {
  const named = await namedRuns(desk, word ?? "");
  if (named.kind === "unknown") return refusal(named.text);
  const outcome = await change(named.which);
  return outcomeAnswer(outcome, { title: await titleWithMode(desk, title), tone: "good", footer });
}

export const strategySet: CommandSpec = {
  path: ["strategy", "set"],
  summary: "changes a run's parameters or options from the next bar on; open positions keep their stops",
  examples: ["/strategy set k7q2 fraction=0.02 stop_atr=3"],
  args: [
    { ...RUNS, words: [], description: "id of a run, or of a strategy with one run" },
    { ...SETTINGS, required: true },
  ],
  role: () => "trader",
  run: async (context, { values, settings }) => {
    const named = await namedRuns(context.desk, values["run"] ?? "");
    if (named.kind === "unknown") return refusal(named.text);
    const [view, second] = named.views;
    if (view === undefined || second !== undefined) {
      const ids = named.views.map(({ run }) => run.id).join(", ");
      return refusal(`${named.which} is ${named.views.length} runs (${ids}); name one of them`);
    }
    const { id, strategyId } = view.run;
    const outcome = await context.desk.setRun(id, settings, byOf(context));
    return outcome.kind === "refused"
      ? refusal(outcome.text, [infoHint(strategyId)])
      : outcomeAnswer(outcome, {
          title: await titleWithMode(context.desk, `Run ${id} changed`),
          tone: "good",
        });
  },
};

function infoHint(strategyId: string): string {
  return `Its parameters and options: /strategy info ${strategyId}`;
}
