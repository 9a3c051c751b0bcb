import type { AlertRow, Clock, Ledger, Log } from "../ports.ts";
import type { TellDirectly } from "./alerts/direct.ts";
import { momentText } from "./alerts/late.ts";
import { onCallOf, readAlertSettings } from "./alerts/settings.ts";
import type { Engine } from "./context.ts";
import { modeLabel, plainAlert, positionPhrase, restingStops } from "./wording.ts";

const LOOK_EVERY_MS = 3_000;
/** An answer that takes longer is none. */
const PING_MS = 5_000;
const NO_ANSWER = `no answer in ${PING_MS} ms`;
/** A database that is back within this is not worth an alert; the lease lasts longer. */
const AWAY_MS = 10_000;
/** Who could not be told is tried again this often. */
const AGAIN_MS = 30_000;

export interface DatabaseWatchParts {
  readonly ledger: Ledger;
  readonly engine: () => Engine;
  /** Every sink of the outbox. */
  readonly sinks: readonly string[];
  readonly tell: TellDirectly;
  readonly clock: Clock;
  readonly log: Log;
}

/** An absence of the database: since when, and who knows. */
interface Absence {
  readonly sinceMs: number;
  readonly told: Set<string>;
  triedAtMs: number | null;
  alert: AlertRow | null;
}

/**
 * Without the database no order is sent (but those of a kill), so nobody watches the stops that do not rest at the broker: that is said at
 * once, past the outbox, by the instance that was trading, and again when it is over.
 */
export function watchDatabase(parts: DatabaseWatchParts): { start(): void; stop(): Promise<void> } {
  const { ledger, clock, log, sinks } = parts;
  const stopped = new AbortController();
  let pinging = new AbortController();
  let absence: Absence | null = null;
  /** Who is on call, as it was when it could last be read. */
  let people: readonly string[] = [];
  let running: Promise<void> = Promise.resolve();

  /** Why the database cannot be used now; null when it can. */
  async function trouble(): Promise<unknown> {
    const done = new AbortController();
    pinging = done;
    try {
      return await Promise.race([
        ledger.ping().then(
          () => null,
          (error: unknown) => error,
        ),
        clock.sleep(PING_MS, done.signal).then(() => NO_ANSWER),
      ]);
    } finally {
      done.abort();
    }
  }

  async function look(): Promise<void> {
    const error = await trouble();
    if (stopped.signal.aborted) return;
    if (error === null) {
      await over();
      people = onCallOf(await readAlertSettings(ledger)).people;
    } else {
      absence ??= { sinceMs: clock.nowMs(), told: new Set(), triedAtMs: null, alert: null };
      await tellAway(absence, error);
    }
  }

  async function tellAway(away: Absence, error: unknown): Promise<void> {
    const nowMs = clock.nowMs();
    // Another instance that led would say it; one that never had the lease has nothing to watch.
    if (parts.engine().state.lease === null || nowMs - away.sinceMs < AWAY_MS) return;
    if (away.triedAtMs !== null && nowMs - away.triedAtMs < AGAIN_MS) return;
    away.triedAtMs = nowMs;
    if (away.alert === null) {
      away.alert = awayAlert(parts.engine(), away.sinceMs, people);
      log.error({ sinceMs: away.sinceMs, error }, away.alert.message.text);
    }
    const open = new Set(sinks.filter((sink) => !away.told.has(sink)));
    if (open.size === 0) return;
    for (const sink of await parts.tell(away.alert, open)) away.told.add(sink);
  }

  /** Who was not reached has it in the outbox now; that it is back, everybody. */
  async function over(): Promise<void> {
    const away = absence;
    const alert = away?.alert ?? null;
    if (away === null || alert === null) {
      absence = null;
      return;
    }
    const { told } = away;
    const nowMs = clock.nowMs();
    await ledger.transaction(async (tx) => {
      await tx.insertAlert({ ...alert, sinks: sinks.filter((sink) => !told.has(sink)) });
      await tx.insertAlert(backAlert(parts.engine(), away.sinceMs, nowMs));
    });
    absence = null;
    log.info({ awayMs: nowMs - away.sinceMs }, "the database is back");
    parts.engine().wakeAlerts();
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await look();
      } catch (error) {
        log.warn({ error }, "the database could not be looked at");
      }
      await clock.sleep(LOOK_EVERY_MS, stopped.signal);
    }
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      stopped.abort();
      pinging.abort();
      await running;
    },
  };
}

function awayAlert(engine: Engine, sinceMs: number, people: readonly string[]): AlertRow {
  const { unguarded, guarded } = engine.state;
  const unwatched =
    unguarded.length === 0 ? "" : `UNWATCHED until it is back: ${unguarded.map(positionPhrase).join("; ")}. `;
  const resting = guarded === 0 ? "" : `${restingStops(guarded)} `;
  const nothing = unguarded.length === 0 && guarded === 0 ? "No position is open. " : "";
  return {
    ...plainAlert(`database-away:${engine.accountId}:${sinceMs}`, "connection", sinceMs, {
      title: "DATABASE AWAY",
      text: `The database does not answer, or takes no writes, since ${momentText(sinceMs)}: no order is sent but those of a /kill, no signal, target or trailing stop is acted on. ${unwatched}${resting}${nothing}· ${modeLabel(engine.mode)}`,
      tone: "bad",
      ...(people.length === 0 ? {} : { mentions: people }),
    }),
    urgency: "always",
  };
}

function backAlert(engine: Engine, sinceMs: number, nowMs: number): AlertRow {
  const minutes = Math.max(1, Math.round((nowMs - sinceMs) / 60_000));
  return {
    ...plainAlert(`database-back:${engine.accountId}:${sinceMs}`, "connection", nowMs, {
      title: "Database back",
      text: `The database answers again after ${minutes} min: reconciling with the broker, then every position is watched again · ${modeLabel(engine.mode)}`,
      tone: "good",
    }),
    urgency: "always",
  };
}
