import { hostname } from "node:os";
import { createPictures } from "./adapters/charts/create-pictures.ts";
import { createHttp } from "./adapters/http/http.ts";
import { httpSafetyProblem } from "./adapters/http/safety.ts";
import { createOnnx } from "./adapters/onnx/create-onnx.ts";
import { openLedger } from "./adapters/postgres/open-ledger.ts";
import { createMailer } from "./adapters/mail/create-mailer.ts";
import { systemClock } from "./adapters/system/clock.ts";
import { startTicking } from "./adapters/system/cron.ts";
import { randomIds } from "./adapters/system/ids.ts";
import { createUnrecordedFiles } from "./adapters/system/unrecorded-files.ts";
import { createAccounts } from "./app/accounts.ts";
import { createAlertDelivery } from "./app/alerts.ts";
import { createAlertDesk } from "./app/alerts/desk.ts";
import { tellDirectly } from "./app/alerts/direct.ts";
import { createMailDelivery } from "./app/alerts/mail.ts";
import { MAIL_SINK } from "./app/alerts/sinks.ts";
import { watchDatabase } from "./app/database-watch.ts";
import { cachedBars } from "./app/cached-bars.ts";
import { createCards } from "./app/cards/worker.ts";
import { sessionBars } from "./app/session-bars.ts";
import { createDesk } from "./app/desk.ts";
import { createEngine } from "./app/engine.ts";
import { leads } from "./app/context.ts";
import { shutLocks } from "./app/mode.ts";
import { createCommandBus } from "./commands/dispatch.ts";
import { commands } from "./commands/index.ts";
import { formFor } from "./commands/form.ts";
import { parseCommand } from "./commands/parse.ts";
import { openChats, type Terminal } from "./chats.ts";
import type { Config } from "./config.ts";
import { UsageError } from "./core/errors.ts";
import { createStudies } from "./studies.ts";
import type { Chat, Ledger, Log } from "./ports.ts";
import { knownAccounts, openVenues, refuseWrongKeys, venueOf } from "./venues.ts";

const MAX_ENTRIES_A_MINUTE = 60;

/** The program as one thing that starts and stops. */
export interface Program {
  start(): Promise<{ readonly httpPort: number }>;
  stop(): Promise<void>;
}

/** Which adapter serves which port; brokers and markets come from `venues`. Throws UsageError or LedgerUnavailable, one line for people. */
export async function wire(
  config: Config,
  terminal: Terminal,
  log: Log,
  version: string,
  migrationsDir: string,
): Promise<Program> {
  const unsafe = httpSafetyProblem(config.http.host, config.http.token ?? undefined);
  if (unsafe !== undefined) throw new UsageError(unsafe);
  const owner = `${hostname()}:${process.pid}:${randomIds.short(6)}`;
  const startedAtMs = systemClock.nowMs();
  const mailer = config.mail === null ? null : createMailer(config.mail);
  const channels = [
    "console",
    ...(config.slack === null ? [] : ["slack"]),
    ...(config.discord === null ? [] : ["discord"]),
  ];
  const sinks = [...channels, ...(mailer === null ? [] : [MAIL_SINK])];
  const ledger = await openConfiguredLedger(config, sinks, owner, log, migrationsDir);
  const venues = openVenues(config, log);
  const setup = {
    broker: venues.live?.broker ?? null,
    paper: config.alpaca.paper,
    allowedAccount: config.allowLive,
  };
  const locks = (): Promise<readonly string[]> => shutLocks(setup);

  const pictures = createPictures(log);
  const onnx = createOnnx();
  const chats: Chat[] = [];
  const alerts = createAlertDelivery({
    ledger,
    chats,
    clock: systemClock,
    log,
    leads: () => leads(accounts.current().engine),
  });
  const mails =
    mailer === null
      ? null
      : createMailDelivery({
          ledger,
          mailer,
          channels,
          clock: systemClock,
          log,
          leads: () => leads(accounts.current().engine),
        });
  const databaseWatch = watchDatabase({
    ledger,
    engine: () => accounts.current().engine,
    sinks,
    tell: tellDirectly({ chats, mailer, log }),
    clock: systemClock,
    log,
  });
  const cards = createCards({
    ledger,
    chats,
    clock: systemClock,
    log,
    engine: () => accounts.current().engine,
    offers: (command) =>
      parseCommand(command, commands).kind === "command" || formFor(commands, command) !== undefined,
  });
  const wakeChats = (): void => {
    alerts.wake();
    cards.wake();
  };
  const accounts = await createAccounts({
    ledger,
    log,
    nowMs: () => systemClock.nowMs(),
    shutLocks: locks,
    wakeAlerts: wakeChats,
    paperAccount: venueOf(venues, "paper").accountId,
    engineFor: (mode, onOtherMode) => {
      const venue = venueOf(venues, mode);
      return createEngine({
        accountId: venue.accountId,
        mode,
        broker: venue.broker,
        market: venue.market,
        ...(venue.source === null
          ? {}
          : {
              past: cachedBars({
                archive: ledger,
                market: sessionBars({
                  broker: venue.broker,
                  market: venue.market,
                  nowMs: () => systemClock.nowMs(),
                }),
                source: venue.source,
                log,
                nowMs: () => systemClock.nowMs(),
              }),
            }),
        ledger,
        unrecorded: createUnrecordedFiles(config.dataDir, venue.accountId),
        onnx,
        clock: systemClock,
        ids: randomIds,
        log,
        owner,
        maxEntriesAMinute: MAX_ENTRIES_A_MINUTE,
        ...(mode === "live"
          ? { maxCapital: config.liveMaxCapital, requiredAccount: config.allowLive ?? "" }
          : {}),
        watchEveryMs: venue.watchEveryMs,
        wakeAlerts: wakeChats,
        onOtherMode,
      });
    },
  });
  const desk = createDesk({
    ledger,
    clock: systemClock,
    version,
    startedAtMs,
    chats,
    alerts,
    alertDesk: createAlertDesk({
      ledger,
      clock: systemClock,
      ids: randomIds,
      channels,
      mail: mailer?.description ?? null,
      engine: () => accounts.current().engine,
      wakeAlerts: wakeChats,
    }),
    engine: () => accounts.current(),
    switchMode: (mode, by) => accounts.switchMode(mode, by),
    liveLocks: locks,
    accounts: knownAccounts(venues),
    log,
  });
  const bus = createCommandBus({
    commands,
    roles: config.roles,
    desk,
    ledger,
    clock: systemClock,
    ids: randomIds,
    owner,
    leads: () => leads(accounts.current().engine),
    log,
    liveAccountNumber: config.allowLive,
  });
  chats.push(...(await openChats(config, terminal, { bus, pictures, log, clock: systemClock })));
  const http = createHttp({
    host: config.http.host,
    port: config.http.port,
    ...(config.http.token === null ? {} : { token: config.http.token }),
    desk,
    log,
    version,
  });
  const studies = createStudies({
    config,
    owner,
    ledger,
    chats,
    leads: () => leads(accounts.current().engine),
    log,
  });
  let stopTicking: (() => Promise<void>) | undefined;

  return {
    async start() {
      await refuseWrongKeys(venues);
      const { port } = await http.start();
      await accounts.start();
      // Chats that are down connect in the background; a refused token stops the start.
      for (const chat of chats) await chat.start();
      alerts.start();
      mails?.start();
      databaseWatch.start();
      cards.start();
      await studies.start();
      stopTicking = startTicking(
        config.tickCron,
        () => accounts.current().tick(),
        () => leads(accounts.current().engine),
        log,
      );
      return { httpPort: port };
    },
    async stop() {
      await stopTicking?.();
      await accounts.stop();
      await Promise.all([databaseWatch.stop(), alerts.stop(), mails?.stop()]);
      mailer?.close();
      await Promise.all([cards.stop(), studies.stop()]);
      await Promise.allSettled(chats.map((chat) => chat.stop()));
      await http.stop();
      await Promise.allSettled([venues.paper, venues.live].map(async (venue) => venue?.close()));
      await ledger.close();
    },
  };
}

/** The ledger of the configuration, migrated; also for commands that need nothing else. */
export function openConfiguredLedger(
  config: Config,
  sinks: readonly string[],
  owner: string,
  log: Log,
  migrationsDir: string,
): Promise<Ledger> {
  return openLedger({
    ...(config.databaseUrl === null ? {} : { databaseUrl: config.databaseUrl }),
    dataDir: config.dataDir,
    migrationsDir,
    sinks,
    owner,
    log,
  });
}
