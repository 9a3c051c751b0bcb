import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, userInfo } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { config as loadDotenv } from "dotenv";
import { loadOwnStrategies } from "./adapters/own-strategies/load-own-strategies.ts";
import { createLog } from "./adapters/system/log.ts";
import { readConfig, secretValues } from "./config.ts";
import { UsageError } from "./core/errors.ts";
import { ownStrategies } from "./core/strategies/index.ts";
import { readExport, writeExport, type ExportOptions } from "./export.ts";
import type { Ledger, Log } from "./ports.ts";
import type { Settings } from "./read-bars.ts";
import { barsWithFilter, type MlWorld } from "./ml.ts";
import { declareMl } from "./ml-commands.ts";
import { createOnnx } from "./adapters/onnx/create-onnx.ts";
import { startThread } from "./research/thread.ts";
import { declareResearch } from "./research-commands.ts";
import { stopOnSignal } from "./stop-on-signal.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const MIGRATIONS = join(ROOT, "migrations");
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;
/** An orderly stop that hangs is cut off here: the rows say where everything stands. */
const STOP_DEADLINE_MS = 12_000;
const WORKER_STOP_DEADLINE_MS = 130_000;
const MOST_THREADS = 256;

function packageVersion(): string {
  const parsed: unknown = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  return typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "0";
}

function newLog(level: string): Log {
  return createLog({ level, terminal: process.stderr.isTTY, secrets: secretValues(process.env) });
}

function readSettings(): Settings {
  const config = readConfig(process.env);
  return { config, log: newLog(config.logLevel) };
}

function print(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Own strategies lie in `strategies` where the program is started, or else beside its package.json. */
function ownStrategiesDirectory(): string {
  const here = resolve("strategies");
  return existsSync(here) ? here : join(ROOT, "strategies");
}

/** Every command knows a desk's own strategies; what is left out is said where nobody keeps a log. */
async function readOwnStrategies(command: string): Promise<void> {
  const { leftOut } = await loadOwnStrategies(ownStrategiesDirectory(), startThread);
  if (command === "run" || command === "doctor") return;
  for (const { file, reason } of leftOut)
    process.stderr.write(`alphaflow: strategies/${file} is left out: ${reason}\n`);
}

/** `| head` closes the pipe early: that is an end, not a failure. */
function endWithOutput(error: NodeJS.ErrnoException): void {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
}

/** Who serves until a signal goes on when nobody reads on, or the disk of the output is full. */
function outliveOutput(): void {
  process.stdout.off("error", endWithOutput).on("error", () => undefined);
}

/** Serves studies until a signal. */
async function serveStudies({ threads }: { readonly threads?: string }): Promise<void> {
  outliveOutput();
  const count = threads === undefined ? availableParallelism() : Number(threads);
  if (!Number.isInteger(count) || count < 1 || count > MOST_THREADS)
    throw new UsageError(`--threads ${String(threads)}: expected a whole number from 1 to ${MOST_THREADS}`);
  const { config, log } = readSettings();
  const { startWorker } = await import("./worker.ts");
  let worker: Awaited<ReturnType<typeof startWorker>> | undefined;
  stopOnSignal(log, {
    text: "stopping: the chunk under way is finished first",
    deadlineMs: WORKER_STOP_DEADLINE_MS,
    stop: async () => worker?.stop(),
  });
  worker = await startWorker(config, count, log, MIGRATIONS);
  print(`serving studies: ${worker.description}`);
}

/** Starts the bot and stays until a signal. */
async function run(): Promise<void> {
  outliveOutput();
  const { config, log } = readSettings();
  const { loaded, leftOut } = ownStrategies();
  for (const { file, strategy } of loaded) log.info({ file, strategy: strategy.id }, "own strategy loaded");
  for (const { file, reason } of leftOut) log.warn({ file, reason }, "own strategy left out");
  const { wire } = await import("./wire.ts");
  const { banner } = await import("./banner.ts");
  let program: Awaited<ReturnType<typeof wire>> | undefined;
  const stop = stopOnSignal(log, {
    text: "stopping: positions keep their stops, runs go on at the next start",
    deadlineMs: STOP_DEADLINE_MS,
    stop: async () => program?.stop(),
  });

  const terminal = {
    input: process.stdin,
    output: process.stdout,
    userName: userInfo().username,
    onInterrupt: () => stop("SIGINT"),
  };
  print(banner(config, packageVersion()));
  program = await wire(config, terminal, log, packageVersion(), MIGRATIONS);
  const { httpPort } = await program.start();
  log.info({ http: `http://${config.http.host}:${httpPort}` }, "started");
}

/** The database, for its past bars. */
async function openArchive({ config, log }: Settings): Promise<Ledger> {
  const { openConfiguredLedger } = await import("./wire.ts");
  return openConfiguredLedger(config, [], `bars:${process.pid}`, log, MIGRATIONS);
}

/** What the signal filter's commands touch; nothing is opened before it is asked for. */
function mlWorld(): MlWorld {
  return {
    onnx: createOnnx(),
    by: userInfo().username,
    nowMs: Date.now(),
    async withLedger(work) {
      const { config, log } = readSettings();
      const { openConfiguredLedger } = await import("./wire.ts");
      const ledger = await openConfiguredLedger(config, [], `ml:${process.pid}`, log, MIGRATIONS);
      try {
        return await work(ledger);
      } finally {
        await ledger.close();
      }
    },
  };
}

function buildCli(): Command {
  const cli = new Command("alphaflow")
    .description("The trading bot in your Slack and Discord channel; `run` starts it.")
    .version(packageVersion())
    .showSuggestionAfterError(true)
    .exitOverride()
    .hook("preAction", (_, command) => readOwnStrategies(command.name()));

  cli.command("run").description("start the bot (npm start)").action(run);
  const world = mlWorld();
  declareResearch(cli, {
    print,
    readSettings,
    openArchive,
    withFilter: (strategy, bars, options) => barsWithFilter(world, strategy, bars, options),
  });
  declareMl(cli, { print, readSettings, openArchive, world });

  cli
    .command("doctor")
    .description("check configuration, database, Alpaca, Slack, Discord and mail, and say what to fix")
    .action(async () => {
      const { examine } = await import("./doctor.ts");
      let failed = false;
      for await (const { name, ok, text, fix } of examine(process.env, newLog("silent"), MIGRATIONS)) {
        print(
          `${ok ? "ok  " : "FAIL"}  ${name.padEnd(16)} ${text}${ok || fix === "" ? "" : `\n      → ${fix}`}`,
        );
        failed ||= !ok;
      }
      if (failed) process.exitCode = EXIT_FAILURE;
    });

  cli
    .command("worker")
    .description(
      "serve the studies of /optimize: as many workers as you like, on any machine that reaches DATABASE_URL",
    )
    .option("--threads <n>", "trials at a time (one a core)")
    .action(serveStudies);

  cli
    .command("migrate")
    .description("bring the database to the newest schema")
    .action(async () => {
      const { config, log } = readSettings();
      const { openConfiguredLedger } = await import("./wire.ts");
      const ledger = await openConfiguredLedger(config, [], `migrate:${process.pid}`, log, MIGRATIONS);
      print(`${ledger.description}: schema is up to date`);
      await ledger.close();
    });

  cli
    .command("export")
    .description(
      "write the closed trades or the journal as CSV or JSON, newest first; stop the bot first where it uses PGlite",
    )
    .argument("<what>", "trades or journal")
    .option("--format <format>", "csv or json (csv)")
    .option("--from <date>", "closed (journal: written) at or after; UTC")
    .option("--to <date>", "until; a date is meant with its whole day")
    .option("--strategy <strategy>", "only this strategy (manual: by hand)")
    .option("--symbol <symbol>", "only this symbol")
    .option("--tag <tag>", "only what has this tag")
    .option("--account <id>", "paper, live or sandbox (the one in use)")
    .option("--out <file>", "into this file instead of stdout")
    .action(async (what: string, options: ExportOptions) => {
      const request = readExport(what, options);
      const { config, log } = readSettings();
      const { openConfiguredLedger } = await import("./wire.ts");
      const ledger = await openConfiguredLedger(config, [], `export:${process.pid}`, log, MIGRATIONS);
      try {
        await writeExport(ledger, config, request, process.stdout);
      } finally {
        await ledger.close();
      }
    });

  cli
    .command("slack-manifest")
    .description("print the app manifest to paste into Slack")
    .option("--url <url>", "for HTTP instead of Socket Mode: https://your.host/slack/events")
    .action(async ({ url }: { readonly url?: string }) => {
      const { slackManifest } = await import("./adapters/slack/manifest.ts");
      const { commands } = await import("./commands/index.ts");
      print(slackManifest(commands, url));
    });

  cli
    .command("register-commands")
    .description("register the slash commands at Discord, when they changed")
    .action(async () => {
      const { discord } = readConfig(process.env);
      if (discord === null)
        throw new UsageError(
          "DISCORD_TOKEN: not set; expected the bot token, with DISCORD_APPLICATION_ID and DISCORD_CHANNEL",
        );
      const { registerCommands } = await import("./adapters/discord/register.ts");
      const { commands } = await import("./commands/index.ts");
      const { changed, count } = await registerCommands(
        { ...discord, guildId: discord.guildId ?? undefined, apiUrl: discord.apiUrl ?? undefined },
        commands,
      );
      print(
        changed ? `registered ${count} commands` : `${count} commands were registered already, unchanged`,
      );
    });

  for (const command of cli.commands) command.exitOverride();
  return cli;
}

/** One clear line for what a person can mend; anything else is a failure with its message, never a stack. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  const message = error instanceof Error ? error.message : String(error);
  const shown = secretValues(process.env).reduce(
    (text, secret) => text.replaceAll(secret, "[secret]"),
    message,
  );
  process.stderr.write(
    `${shown
      .split("\n")
      .map((line) => `alphaflow: ${line}`)
      .join("\n")}\n`,
  );
  return error instanceof UsageError ? EXIT_USAGE : EXIT_FAILURE;
}

process.stdout.on("error", endWithOutput);
// What is said there is said beside the matter: no command depends on it.
process.stderr.on("error", () => undefined);
loadDotenv({ quiet: true });
try {
  await buildCli().parseAsync(process.argv);
} catch (error) {
  const code = report(error);
  // Sockets and timers of a start that failed half-way must not keep the program alive.
  process.exit(code);
}
