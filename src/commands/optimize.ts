import { seriesOf } from "../core/bar-series.ts";
import { UsageError } from "../core/errors.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import { strategyById } from "../core/strategies/index.ts";
import type { Ledger, PastBars, StudyRow } from "../ports.ts";
import type { Study } from "../research/optimize/contract.ts";
import { nextTrials } from "../research/optimize/search.ts";
import { studyBars } from "../research/optimize/study-bars.ts";
import { periodOf } from "../research/period.ts";
import type { SymbolBars } from "../research/portfolio.ts";
import type { StudyRecord } from "../research/studies/record.ts";
import { barsToBytes } from "../research/studies/series-bytes.ts";
import { warmupBars } from "../research/warm-up.ts";
import { refusal } from "./answers.ts";
import { barsWanted, daysOf, limitsOf, TESTED_DAYS, TESTED_SYMBOLS } from "./bars-wanted.ts";
import { byOf } from "./bus.ts";
import type { Answer, Args, ArgSpec, CommandContext, CommandSpec } from "./contract.ts";
import { endedMessage, listMessage, runningMessage, showMessage } from "./optimize-message.ts";
import { readStudyWish, studyOf, type StudyWish } from "./optimize-wish.ts";
import { STRATEGY } from "./strategy-args.ts";
import { echo } from "./words.ts";

/** Trials of one study, all windows together; more: `alphaflow optimize`. */
const MOST_TRIALS = 10_000;
const LISTED = 25;

const SPACE: ArgSpec = {
  name: "params",
  kind: "settings",
  required: true,
  completes: "studies",
  description: "searched: name=LOW:HIGH:STEP or name=A,B,C; fixed: name=value; also search=, trials=, …",
};

const NUMBER: ArgSpec = {
  name: "number",
  kind: "text",
  required: true,
  completes: "studies",
  description: "number of the study, as /optimize list shows it",
};

export const optimize: CommandSpec = {
  path: ["optimize"],
  bareName: "start",
  summary: "which settings would have done best on past bars, and whether that was luck; places no order",
  examples: [
    "/optimize momentum AAPL,MSFT lookback_period=5:30:5 stop_atr=1:4 trials=200 timeframe=1Hour",
    "/optimize ma_crossover AAPL fast_period=5,10,20 slow_period=30:60:10 walk_forward=4",
  ],
  args: [STRATEGY, TESTED_SYMBOLS, SPACE, TESTED_DAYS],
  role: () => "trader",
  run: async (context, args) => {
    const { ledger, actor, deliveryId } = context;
    const strategy = strategyById(args.values["strategy"] ?? "");
    if (strategy === undefined) return refusal(`unknown strategy ${args.values["strategy"] ?? ""}`);
    const key = `${actor.platform} ${deliveryId}`;
    const wish = readStudyWish(strategy, args.settings);
    if ("errors" in wish) return refusal(wish.errors.join("\n"));
    try {
      const found = await prepare(context, args, strategy, wish);
      if ("refused" in found) return refusal(found.refused);
      return begun(ledger, await insert(context, key, strategy, found), context.nowMs);
    } catch (error) {
      if (error instanceof UsageError) return refusal(error.message);
      throw error;
    }
  },
};

/** A study with its bars. */
interface Prepared {
  readonly study: Study;
  readonly symbols: readonly SymbolBars[];
}

async function prepare(
  { desk, progress, nowMs }: CommandContext,
  args: Args,
  strategy: Strategy,
  wish: StudyWish,
): Promise<Prepared | { readonly refused: string }> {
  const { timeframe } = wish.wish.options;
  const { symbols } = args;
  const days = daysOf(args, timeframe);
  const reference = { source: "market", symbols, timeframe, fromMs: 0, toMs: nowMs } as const;
  const study = studyOf(strategy, wish, reference, await limitsOf(desk));
  const { total } = nextTrials(study, study.walkForward?.windows ?? 1, []);
  if (total > MOST_TRIALS)
    return {
      refused: `${total.toLocaleString("en-US")} trials: at most ${MOST_TRIALS.toLocaleString("en-US")} here; fewer values, search=tpe with trials=N, or alphaflow optimize on the command line`,
    };
  const warmup = warmupBars(strategy, { params: wish.wish.params, space: wish.space, filtered: false });
  const found = await barsWanted(
    desk,
    { symbols, timeframe, days, warmupBars: warmup },
    progress,
    "alphaflow optimize",
  );
  if (found.kind === "refused") return { refused: found.text };
  const { fromMs } = found.value;
  const bars = symbolBars(found.value);
  // Says so now when they are too few for the windows.
  studyBars(study, bars);
  return { study: { ...study, bars: { ...reference, fromMs } }, symbols: bars };
}

function symbolBars({ bars, fromMs }: PastBars): readonly SymbolBars[] {
  return [...bars].map(([symbol, each]) => ({
    symbol,
    ...periodOf(seriesOf(each), fromMs, Number.POSITIVE_INFINITY),
  }));
}

async function insert(
  context: CommandContext,
  key: string,
  strategy: Strategy,
  { study, symbols }: Prepared,
): Promise<StudyRow> {
  const { actor, name } = byOf(context);
  const names = symbols.map(({ symbol }) => symbol);
  const definition: StudyRecord = {
    study,
    symbols: names,
    bars: symbols.reduce((sum, { series }) => sum + series.length, 0),
  };
  return context.ledger.studies.insert(
    {
      key,
      title: `${strategy.title} · ${names.join(", ")} · ${study.bars.timeframe ?? ""} · ${study.search}`,
      definition,
      asked: { actor, name, platform: context.actor.platform, channel: context.channel },
      atMs: context.nowMs,
    },
    await barsToBytes(symbols),
  );
}

/** The message of a running study is edited as it goes on, by whoever leads, after a restart too. */
function begun({ studies }: Ledger, row: StudyRow, nowMs: number): Answer {
  return {
    ...runningMessage(row, nowMs),
    placed: (place) => studies.setPlace(row.number, place),
  };
}

export const optimizeList: CommandSpec = {
  path: ["optimize", "list"],
  summary: "the newest studies and how far they are",
  examples: ["/optimize list"],
  args: [],
  role: () => "trader",
  effect: "reads",
  run: async ({ ledger, nowMs }) => listMessage(await ledger.studies.list(LISTED), nowMs),
};

export const optimizeShow: CommandSpec = {
  path: ["optimize", "show"],
  summary: "a study's best trials or windows, and whether they are more than luck",
  examples: ["/optimize show 7"],
  args: [NUMBER],
  role: () => "trader",
  effect: "reads",
  run: async ({ ledger, nowMs }, args) => {
    const row = await studyNamed(ledger, args);
    if (typeof row === "string") return refusal(row);
    return showMessage(row, await ledger.studies.trials(row.number), nowMs);
  },
};

export const optimizeCancel: CommandSpec = {
  path: ["optimize", "cancel"],
  summary: "ends a study that is running; what was tried is kept",
  examples: ["/optimize cancel 7"],
  args: [NUMBER],
  role: () => "trader",
  run: async (context, args) => {
    const { studies } = context.ledger;
    const row = await studyNamed(context.ledger, args);
    if (typeof row === "string") return refusal(row);
    const text = `by ${byOf(context).name}`;
    const ended = await studies.end(row.number, {
      state: "cancelled",
      text,
      report: null,
      atMs: context.nowMs,
    });
    if (!ended) return refusal(`study ${row.number} has ended already: it is ${row.state}`);
    return endedMessage((await studies.study(row.number)) ?? row);
  },
};

/** The study that the command names, or what is wrong with the name. */
async function studyNamed({ studies }: Ledger, { values }: Args): Promise<StudyRow | string> {
  const word = values["number"] ?? "";
  const number = /^#?(\d{1,9})$/.exec(word)?.[1];
  const row = number === undefined ? undefined : await studies.study(Number(number));
  if (row !== undefined) return row;
  const newest = await studies.list(5);
  const known = newest.map((each) => each.number).join(", ");
  return `unknown study ${echo(word)}; ${newest.length === 0 ? "there is none yet" : `the newest are ${known}; /optimize list shows more`}`;
}
