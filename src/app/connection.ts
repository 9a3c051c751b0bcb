import type { AlertRow } from "../ports.ts";
import type { Engine } from "./context.ts";
import { modeLabel, plainAlert } from "./wording.ts";

/** A stream that is back within this is not worth an alert. */
const LOST_ALERT_MS = 10_000;
/** One that stays away for this long needs somebody. */
const LOST_FOR_LONG_MS = 5 * 60_000;

export interface Connection {
  connected(): void;
  disconnected(): void;
  /** Tells of a loss that lasts; called again and again. */
  watch(): Promise<void>;
}

/** Since when the broker's stream is away, and what the channel has heard of it. */
export function createConnection(engine: Engine): Connection {
  let lostSince: number | null = null;
  let told = false;
  let toldForLong = false;

  function lostFor(ms: number): boolean {
    return lostSince !== null && performance.now() - lostSince > ms;
  }

  return {
    connected() {
      if (told)
        void tellConnection(
          engine,
          `Connection to ${engine.broker.name} is back; reconciling`,
          "good",
          toldForLong ? "always" : undefined,
        );
      lostSince = null;
      told = false;
      toldForLong = false;
    },
    disconnected() {
      lostSince ??= performance.now();
    },
    async watch() {
      if (!told && lostFor(LOST_ALERT_MS)) {
        told = true;
        await tellConnection(
          engine,
          `Connection to ${engine.broker.name} is lost; reading orders every 15 s until it is back`,
          "warn",
        );
      }
      // At night brokers do maintenance, and nothing is at stake.
      if (!toldForLong && engine.state.marketClock?.isOpen !== false && lostFor(LOST_FOR_LONG_MS)) {
        toldForLong = true;
        await tellConnection(
          engine,
          `No connection to ${engine.broker.name} for ${LOST_FOR_LONG_MS / 60_000} minutes: fills are found by reading orders every 15 s, if those can be read`,
          "warn",
          "critical",
        );
      }
    },
  };
}

/** An alert about what the engine cannot reach; one that cannot be written is logged, and ends nothing. */
export async function tellConnection(
  engine: Engine,
  text: string,
  tone: "good" | "warn",
  urgency?: AlertRow["urgency"],
): Promise<void> {
  try {
    const nowMs = engine.clock.nowMs();
    await engine.ledger.insertAlert({
      ...plainAlert(`connection:${engine.accountId}:${nowMs}`, "connection", nowMs, {
        text: `${text} · ${modeLabel(engine.mode)}`,
        tone,
      }),
      ...(urgency === undefined ? {} : { urgency }),
    });
    engine.wakeAlerts();
  } catch (error) {
    engine.log.error({ error }, `could not record an alert: ${text}`);
  }
}
