import { join } from "node:path";
import { createAlpaca } from "./adapters/alpaca/create-alpaca.ts";
import { BrokerRefusedKeys } from "./adapters/alpaca/failure.ts";
import { createSimulated } from "./adapters/simulated/simulated-broker.ts";
import { systemClock } from "./adapters/system/clock.ts";
import type { KnownAccount } from "./app/account-list.ts";
import { lockedBroker } from "./app/mode.ts";
import { barSource, type AlpacaKeys, type Config } from "./config.ts";
import { UsageError } from "./core/errors.ts";
import type { Broker, Log, MarketData, Mode } from "./ports.ts";

const WATCH_MS = 5_000;
const SANDBOX_WATCH_MS = 500;

interface Venue {
  readonly accountId: string;
  readonly broker: Broker;
  readonly market: MarketData;
  /** Under what name its past bars are kept; null where they are made up anew. */
  readonly source: string | null;
  readonly watchEveryMs: number;
  close(): Promise<void>;
}

export interface Venues {
  readonly paper: Venue | null;
  readonly live: Venue | null;
}

/** The broker and the market of each mode, by the keys that are set; the sandbox where there are none. */
export function openVenues(config: Config, log: Log): Venues {
  const { paperKeys, liveKeys } = config.alpaca;
  return {
    paper:
      paperKeys !== null
        ? alpacaVenue(config, paperKeys, "paper", log)
        : liveKeys === null
          ? sandboxVenue(config, log)
          : null,
    live: liveKeys === null ? null : alpacaVenue(config, liveKeys, "live", log),
  };
}

/** In paper mode without paper keys the live keys may be read with: prices and bars, and not one order. */
export function venueOf(venues: Venues, mode: Mode): Venue {
  const venue = mode === "live" ? venues.live : venues.paper;
  if (venue !== null) return venue;
  if (venues.live === null) throw new Error("no broker is configured");
  const why =
    "live trading is locked (/mode says by what), and there are no paper keys: set ALPACA_API_KEY and ALPACA_SECRET_KEY";
  return { ...venues.live, accountId: "locked", broker: lockedBroker(venues.live.broker, why) };
}

function alpacaVenue(config: Config, { keyId, secretKey }: AlpacaKeys, mode: Mode, log: Log): Venue {
  const { tradingUrl, dataUrl, tradingStreamUrl, feed } = config.alpaca;
  const { broker, market } = createAlpaca({
    keyId,
    secretKey,
    paper: mode === "paper",
    tradingUrl,
    dataUrl,
    tradingStreamUrl,
    feed,
    log,
  });
  return {
    accountId: mode,
    broker,
    market,
    source: barSource(config),
    watchEveryMs: WATCH_MS,
    close: () => Promise.resolve(),
  };
}

function sandboxVenue(config: Config, log: Log): Venue {
  const sandbox = createSimulated({
    stateFile: join(config.dataDir, "sandbox.json"),
    clock: systemClock,
    log,
  });
  return {
    accountId: "sandbox",
    broker: sandbox.broker,
    market: sandbox.market,
    source: null,
    watchEveryMs: SANDBOX_WATCH_MS,
    close: () => sandbox.close(),
  };
}

/** Keys that the broker refuses stop the start; a broker that cannot be reached does not: it is tried again and again. */
export async function refuseWrongKeys({ paper, live }: Venues): Promise<void> {
  for (const venue of [paper, live]) {
    try {
      await venue?.broker.account();
    } catch (error) {
      if (error instanceof BrokerRefusedKeys) throw new UsageError(error.message, { cause: error });
    }
  }
}

/** The accounts that there are brokers for, by name. */
export function knownAccounts({ paper, live }: Venues): readonly KnownAccount[] {
  return [
    ...(paper === null ? [] : [{ accountId: paper.accountId, mode: "paper" as const, broker: paper.broker }]),
    ...(live === null ? [] : [{ accountId: live.accountId, mode: "live" as const, broker: live.broker }]),
  ];
}
