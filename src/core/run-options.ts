import { TIMEFRAMES, isTimeframe, type Timeframe } from "./bar.ts";
import { ENTRY_SPECS, entryFaults, entryOrderOf, entryParams, type EntryOrder } from "./entry-order.ts";
import { EXIT_SPECS, exitFault, exitParams, exitRulesOf, type ExitRules } from "./exits/rules.ts";
import type { ParamSpec, Params, Strategy } from "./strategies/contract.ts";
import { formatParams, parseParams } from "./strategies/params.ts";
import { numberParam } from "./strategies/read-params.ts";

/** Who watches the stop: an order resting at the broker, or the engine on each tick. */
type Protection = "broker" | "engine";

/** What a run of any strategy can be told beside the strategy's own parameters. */
export interface RunOptions extends ExitRules {
  readonly timeframe: Timeframe;
  /** Fraction of equity a position, (0, 1]. */
  readonly fraction: number;
  /** Stop distance in ATR(14)s, (0, 20]: live there is no entry without a stop. */
  readonly stopAtr: number;
  readonly protection: Protection;
  /** Whether orders may go in outside the regular session. */
  readonly extendedHours: boolean;
  /** How entries are sent; absent: at market, for the day. */
  readonly entryOrder?: EntryOrder;
}

/** All that a run was started with: its strategy's parameters and its options. */
export interface RunSettings {
  readonly params: Params;
  readonly options: RunOptions;
}

export type ParsedRun =
  | ({ readonly kind: "ok" } & RunSettings)
  /** One sentence each, all problems at once: `unknown parameter lookback; did you mean lookback_period?` */
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** The options of a run of this strategy, declared as its parameters are: for parsing, `/strategy info` and `--help`. */
export function runOptionSpecs(strategy: Strategy): readonly ParamSpec[] {
  return [
    {
      name: "timeframe",
      kind: "choice",
      default: strategy.defaultTimeframe,
      choices: TIMEFRAMES,
      description: "length of the bars that are decided on",
    },
    FRACTION,
    STOP_ATR,
    ...EXIT_SPECS,
    {
      name: "protection",
      kind: "choice",
      default: "broker",
      choices: ["broker", "engine"],
      description: "who watches the stop: an order at the broker, or the engine",
    },
    {
      name: "extended_hours",
      kind: "boolean",
      default: false,
      description: "whether orders may go in outside the regular session",
    },
    ...ENTRY_SPECS,
  ];
}

/** The specs that a backtest shares with a live run. */
export const FRACTION: ParamSpec = {
  name: "fraction",
  kind: "number",
  default: 0.01,
  above: 0,
  max: 1,
  description: "fraction of equity a position",
};
const STOP_ATR: ParamSpec = {
  name: "stop_atr",
  kind: "number",
  default: 2,
  above: 0,
  max: 20,
  description: "distance of the stop-loss in ATR(14)s",
};

/**
 * Reads what stands after `/strategy start ID SYMBOLS`: parameters and options in any order. Names that are not given keep
 * their value from `base` (`/strategy set`), by default the declared defaults.
 */
export function parseRun(strategy: Strategy, texts: readonly string[], base?: RunSettings): ParsedRun {
  const optionSpecs = runOptionSpecs(strategy);
  const specs = [...strategy.params, ...optionSpecs];
  const known = base === undefined ? [] : formatRun(strategy, base);
  const before = parseParams(specs, known);
  if (before.kind === "invalid") return before;
  const parsed = parseParams(specs, texts, before.params);
  if (parsed.kind === "invalid") return parsed;
  const params = pick(strategy.params, parsed.params);
  const options = optionsOf(parsed.params);
  const faults = [
    strategy.check?.(params),
    exitFault(options),
    ...entryFaults(options.entryOrder, options),
  ].filter((fault) => fault !== undefined);
  if (faults.length > 0) return { kind: "invalid", errors: faults };
  return { kind: "ok", params, options };
}

/** `name=value` texts of everything a run was started with; `parseRun` reads them back. */
export function formatRun(strategy: Strategy, { params, options }: RunSettings): readonly string[] {
  return [
    ...formatParams(strategy.params, params),
    ...formatParams(runOptionSpecs(strategy), {
      timeframe: options.timeframe,
      fraction: options.fraction,
      stop_atr: options.stopAtr,
      ...exitParams(options),
      protection: options.protection,
      extended_hours: options.extendedHours,
      ...entryParams(options.entryOrder),
    }),
  ];
}

function pick(specs: readonly ParamSpec[], params: Params): Params {
  return Object.fromEntries(specs.map(({ name, default: fallback }) => [name, params[name] ?? fallback]));
}

function optionsOf(params: Params): RunOptions {
  const timeframe = String(params["timeframe"]);
  if (!isTimeframe(timeframe))
    throw new TypeError(`timeframe is ${timeframe}, expected one of ${TIMEFRAMES.join(", ")}`);
  const entryOrder = entryOrderOf(params);
  return {
    timeframe,
    fraction: numberParam(params, "fraction"),
    stopAtr: numberParam(params, "stop_atr"),
    ...exitRulesOf(params),
    protection: params["protection"] === "engine" ? "engine" : "broker",
    extendedHours: params["extended_hours"] === true,
    ...(entryOrder === undefined ? {} : { entryOrder }),
  };
}
