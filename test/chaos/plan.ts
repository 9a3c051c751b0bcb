import { rngOf, type Rng } from "../support/chaos/rng.ts";
import { FAULTS, type FaultKind } from "./faults.ts";

/** What one run will be: everything in it follows from its seed. */
export interface Plan {
  readonly seed: number;
  readonly rng: Rng;
  readonly database: "postgres" | "pglite";
  readonly discord: boolean;
  /** A second instance on the same Postgres. */
  readonly standby: boolean;
  /** The broker would let a wrong sale open a short position. */
  readonly shorting: boolean;
  /** Shares of SPY that nobody here bought. */
  readonly external: boolean;
  readonly symbols: readonly string[];
  /** Largest moves of a price, four a bar, as fractions: down and up. */
  readonly moves: readonly [down: number, up: number];
  /** Settings of the runs, as typed. */
  readonly runs: readonly string[];
  readonly faults: readonly FaultKind[];
  /** Drawn as well, for where some of those find no moment to take effect. */
  readonly spare: readonly FaultKind[];
  /** The last `/kill` finds the database away: all that can be done then is done at the broker. */
  readonly killWithoutDatabase: "cut" | "hang" | null;
  /** What was not drawn but asked for, as on the command line: with the seed it makes this plan again. */
  readonly asked: string;
}

/** Ways in and out of a position that cost the broker more than a buy and a stop. */
const STYLES = [
  "entry=bracket take_profit_pct=0.5",
  "entry=limit limit_offset_bps=5 entry_timeout_s=5",
  "trail_pct=0.4",
  "trail_atr=1 breakeven_r=0.5",
  "partial_r=0.5",
  "time_stop_bars=3",
];

/** The fewest faults of a run. */
export const FEWEST = 3;
/** Where some miss, so many more are tried first that the seed draws with them, then all the others. */
const SPARE = 6;
/** The others come in an order of their own, so that no draw after them moves. */
const OTHERS = 0x0074_6865;

/** What the runs of the suite trade. */
const TRADED = ["AAPL", "MSFT", "NVDA"];

export function planOf(
  seed: number,
  options: {
    readonly database?: "postgres" | "pglite";
    /** Instead of the drawn ones. */
    readonly faults?: readonly FaultKind[];
    readonly standby?: boolean;
  },
): Plan {
  const rng = rngOf(seed);
  const drawn = rng.chance(0.75) ? "postgres" : "pglite";
  const database = options.database ?? drawn;
  const standbyDrawn = rng.chance(0.4);
  const standby = database === "postgres" && (options.standby ?? standbyDrawn);
  const discord = rng.chance(0.25);
  const shorting = rng.chance(0.5);
  const external = rng.chance(0.3);
  const possible = FAULTS.filter(
    ({ needs }) => (needs !== "postgres" || database === "postgres") && (needs !== "standby" || standby),
  );
  const runs = [
    `quick_test AAPL,MSFT timeframe=1Min threshold=0.001 stop_atr=${rng.pick([0.5, 1, 2])} fraction=0.02`,
    `quick_test AAPL,NVDA timeframe=1Min threshold=0.002 stop_atr=${rng.pick([0.5, 1.5])} fraction=0.01 take_profit_pct=0.8 ${rng.pick(["protection=broker", "entry=bracket", "protection=engine"])}`,
  ];
  const drawnFaults = rng.int(FEWEST, 5);
  const kinds = rng.sample(possible, drawnFaults + SPARE).map(({ kind }) => kind);
  // A bot that has used up its requests sends no order for most of a minute: a whole hand of faults then finds no moment.
  const others = rngOf(seed ^ OTHERS)
    .sample(possible, possible.length)
    .map(({ kind }) => kind)
    .filter((kind) => !kinds.includes(kind));
  const [faults, spare] = [kinds.slice(0, drawnFaults), [...kinds.slice(drawnFaults), ...others]];
  // A standby asked for the kill has never led, and without the database it does not get to.
  const alone = database === "postgres" && !standby;
  const killWithoutDatabase = rng.chance(0.3) && alone ? rng.pick(["cut", "hang"] as const) : null;
  const third = `quick_test MSFT,NVDA timeframe=1Min threshold=0.0015 stop_atr=1 fraction=0.015 ${rng.pick(STYLES)}`;
  return {
    seed,
    rng,
    database,
    discord,
    standby,
    shorting,
    external,
    symbols: TRADED,
    moves: [-0.004, 0.004],
    runs: [...runs, third],
    faults: options.faults ?? faults,
    spare: options.faults === undefined ? spare : [],
    killWithoutDatabase,
    asked: [
      ...(options.database === undefined ? [] : [`--database ${options.database}`]),
      ...(options.faults === undefined ? [] : [`--faults ${options.faults.join(",") || "none"}`]),
      ...(options.standby === undefined ? [] : [options.standby ? "--standby" : "--no-standby"]),
    ].join(" "),
  };
}
