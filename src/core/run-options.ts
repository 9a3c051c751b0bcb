import { TIMEFRAMES, isTimeframe, type Timeframe } from "./bar.ts";
import { ENTRY_SPECS, entryFaults, entryOrderOf, entryParams, type EntryOrder } from "./entry-order.ts";
import { EXIT_SPECS, exitFault, exitParams, exitRulesOf, type ExitRules } from "./exits/rules.ts";
import { FRACTIONAL_DECIMALS, type SizeLimits } from "./size/index.ts";
import { isUsed, readSizing, SIZING_SPECS, unusedNumbers, type SizingOptions } from "./size/options.ts";
import type { ParamSpec, Params, Strategy } from "./strategies/contract.ts";
import { defaultParams, formatParams, parseParams } from "./strategies/params.ts";
import { numberParam } from "./strategies/read-params.ts";

/** Who watches the stop: an order resting at the broker, or the engine on each tick. */
type Protection = "broker" | "engine";

/** What a run of any strategy can be told beside the strategy's own parameters. */
export interface RunOptions extends SizingOptions, ExitRules {
  readonly timeframe: Timeframe;
  /** Most a position may cost in percent of equity, (0, 100]. */
  readonly maxPositionPct: number;
  /** Whether parts of a share may be bought; only with the engine's protection. */
  readonly fractional: boolean;
  /** Stop distance in ATR(14)s, (0, 20]: live there is no entry without a stop. */
  readonly stopAtr: number;
  readonly protection: Protection;
  /** Whether entries go by themselves, or wait for a person's approval. */
  readonly approve: "auto" | "ask";
  /** Whether orders may go in outside the regular session. */
  readonly extendedHours: boolean;
  /** The account that must be in use when the run starts; absent: whichever is. */
  readonly account?: string;
  /** Least probability of a win that the signal filter must see in an entry, (0, 1); absent: no filter. */
  readonly mlFilter?: number;
  /** Which version of the filter; absent: the newest that was trained for such a run. */
  readonly mlModel?: number;
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
    ...COMMON_SPECS,
  ];
}

/** The specs that a backtest shares with a live run. */
export const MAX_POSITION_PCT: ParamSpec = {
  name: "max_position_pct",
  kind: "percent",
  default: 10,
  above: 0,
  max: 100,
  description: "most that a position may cost, percent of equity, whatever the sizing says",
};
const STOP_ATR: ParamSpec = {
  name: "stop_atr",
  kind: "number",
  default: 2,
  above: 0,
  max: 20,
  description: "distance of the stop-loss in ATR(14)s",
};

/** A signal filter's threshold, live and in a backtest. */
export const ML_FILTER: ParamSpec = {
  name: "ml_filter",
  kind: "number",
  default: "none",
  above: 0,
  below: 1,
  description: "enter only where the trained filter's probability of a win is above this (0.7)",
};

/** The options whose default is the same for every strategy. */
const COMMON_SPECS: readonly ParamSpec[] = [
  ...SIZING_SPECS,
  MAX_POSITION_PCT,
  {
    name: "fractional",
    kind: "boolean",
    default: false,
    description: "whether parts of a share may be bought (protection=engine, day orders)",
  },
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
    name: "approve",
    kind: "choice",
    default: "auto",
    choices: ["auto", "ask"],
    description: "whether entries go by themselves, or a card asks and waits for Approve",
  },
  {
    name: "extended_hours",
    kind: "boolean",
    default: false,
    description: "whether entries and exits go outside the regular session too, as limit orders",
  },
  {
    name: "account",
    kind: "choice",
    default: "current",
    choices: ["current", "paper", "live", "sandbox"],
    description: "account to trade in, refused unless it is the one in use (/account use)",
  },
  ML_FILTER,
  {
    name: "ml_model",
    kind: "integer",
    default: "none",
    min: 1,
    description:
      "version of the filter (/ml status); none is the newest for strategy, timeframe, parameters and exits",
  },
  ...ENTRY_SPECS,
];

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
  const given = new Set(texts.map((text) => text.split("=", 1)[0]?.trim() ?? ""));
  const errors = [strategy.check?.(params) ?? [], ...contradictions(options, given)].flat();
  return errors.length > 0 ? { kind: "invalid", errors } : { kind: "ok", params, options };
}

/** What cannot be meant together, a sentence each; `given` are the names that somebody wrote just now. */
function contradictions(options: RunOptions, given: ReadonlySet<string>): readonly string[] {
  return [
    ...unusedNumbers(options.sizing, given, (name, value) =>
      [name, ...(value === undefined ? [] : [value])].join("="),
    ),
    exitFault(options) ?? [],
    ...fractionalFaults(options),
    ...entryFaults(options.entryOrder, options),
    ...(options.mlModel !== undefined && options.mlFilter === undefined
      ? [`ml_model=${options.mlModel} needs ml_filter, for example ml_filter=0.7`]
      : []),
  ].flat();
}

/** Alpaca takes parts of a share in simple day orders only ("Fractional Trading"). */
function fractionalFaults({ fractional, protection, entryOrder }: RunOptions): readonly string[] {
  if (!fractional) return [];
  const faults: string[] = [];
  if (protection === "broker")
    faults.push(
      "fractional=true needs protection=engine: fractions are day orders, and no stop can rest at the broker for them",
    );
  if (entryOrder !== undefined && entryOrder.timeInForce !== "day")
    faults.push(`tif=${entryOrder.timeInForce}: fractions are day orders; tif=day`);
  if (entryOrder?.kind === "bracket")
    faults.push("entry=bracket: a bracket takes whole shares; fractional=false");
  return faults;
}

/** `name=value` texts of everything a run was started with that its sizing looks at; `parseRun` reads them back. */
export function formatRun(strategy: Strategy, { params, options }: RunSettings): readonly string[] {
  const specs = runOptionSpecs(strategy).filter(({ name }) => isUsed(options.sizing, name));
  return [
    ...formatParams(strategy.params, params),
    ...formatParams(specs, {
      timeframe: options.timeframe,
      sizing: options.sizing,
      fraction: options.fraction,
      risk_pct: options.riskPct,
      target_vol_pct: options.targetVolPct,
      kelly_fraction: options.kellyFraction,
      max_position_pct: options.maxPositionPct,
      fractional: options.fractional,
      stop_atr: options.stopAtr,
      ...exitParams(options),
      protection: options.protection,
      approve: options.approve,
      extended_hours: options.extendedHours,
      account: options.account ?? "current",
      ml_filter: options.mlFilter ?? "none",
      ml_model: options.mlModel ?? "none",
      ...entryParams(options.entryOrder),
    }),
  ];
}

/** What no entry of this run may exceed, whatever its sizing says. */
export function sizeLimitsOf({ maxPositionPct, fractional }: RunOptions): SizeLimits {
  return { maxPositionPct, decimals: fractional ? FRACTIONAL_DECIMALS : 0 };
}

/** Options as some earlier version wrote them, with the defaults of those that came since. */
export function completeOptions(stored: Pick<RunOptions, "timeframe"> & Partial<RunOptions>): RunOptions {
  return { ...optionsOf({ ...defaultParams(COMMON_SPECS), timeframe: stored.timeframe }), ...stored };
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
    ...readSizing(params),
    maxPositionPct: numberParam(params, "max_position_pct"),
    fractional: params["fractional"] === true,
    stopAtr: numberParam(params, "stop_atr"),
    ...exitRulesOf(params),
    protection: params["protection"] === "engine" ? "engine" : "broker",
    approve: params["approve"] === "ask" ? "ask" : "auto",
    extendedHours: params["extended_hours"] === true,
    ...(params["account"] === "current" ? {} : { account: String(params["account"]) }),
    ...(typeof params["ml_filter"] === "number" ? { mlFilter: params["ml_filter"] } : {}),
    ...(typeof params["ml_model"] === "number" ? { mlModel: params["ml_model"] } : {}),
    ...(entryOrder === undefined ? {} : { entryOrder }),
  };
}
