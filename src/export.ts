import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { exportJournal, exportTrades, type FileFormat } from "./app/export.ts";
import { readTag } from "./app/journal.ts";
import type { Config } from "./config.ts";
import { UsageError } from "./core/errors.ts";
import { DAY_MS } from "./core/iso-time.ts";
import { strategyById, unknownStrategy } from "./core/strategies/index.ts";
import { unknownName } from "./core/suggest.ts";
import { notASymbol, parseSymbol } from "./core/symbol.ts";
import type { Ledger, TradeFilter } from "./ports.ts";

/** Options of `alphaflow export` as the command line gives them: texts, unchecked. */
export interface ExportOptions {
  readonly format?: string;
  readonly from?: string;
  readonly to?: string;
  readonly strategy?: string;
  readonly symbol?: string;
  readonly tag?: string;
  readonly account?: string;
  readonly out?: string;
}

const WHAT = ["trades", "journal"] as const;
const FORMATS = ["csv", "json"] as const;
const BARE_DATE = /^\d{4}-\d\d-\d\d$/;

/** What was asked for, checked before a database is opened. */
export interface ExportRequest {
  readonly what: (typeof WHAT)[number];
  readonly format: FileFormat;
  readonly filter: Omit<TradeFilter, "accountId">;
  readonly account: string | undefined;
  readonly out: string | undefined;
}

/** Throws a UsageError that names the wrong value and what would be right. */
export function readExport(what: string, options: ExportOptions): ExportRequest {
  const { from, to, strategy, symbol, tag, account, out } = options;
  const filter = {
    ...(from === undefined ? {} : { sinceMs: instant("--from", from) }),
    // A day is meant whole.
    ...(to === undefined ? {} : { untilMs: instant("--to", to) + (BARE_DATE.test(to) ? DAY_MS : 0) }),
    ...(strategy === undefined ? {} : { strategyId: knownStrategy(strategy) }),
    ...(symbol === undefined ? {} : { symbol: knownSymbol(symbol) }),
    ...(tag === undefined ? {} : { tag: knownTag(tag) }),
  };
  if (filter.sinceMs !== undefined && filter.untilMs !== undefined && filter.untilMs <= filter.sinceMs)
    throw new UsageError(`--to ${to ?? ""} is not after --from ${from ?? ""}`);
  return {
    what: oneOf("export", what, WHAT),
    format: oneOf("--format", options.format ?? "csv", FORMATS),
    filter,
    account,
    out,
  };
}

/** Writes the file, or to `stdout`: batch by batch, as fast as it is taken. */
export async function writeExport(
  ledger: Ledger,
  config: Config,
  request: ExportRequest,
  stdout: Writable,
): Promise<void> {
  const accountId = request.account ?? (await accountInUse(ledger, config));
  const filter = { ...request.filter, accountId };
  const pieces =
    request.what === "trades"
      ? exportTrades(ledger, filter, request.format)
      : exportJournal(ledger, filter, request.format);
  if (request.out === undefined) {
    await pipeline(Readable.from(pieces), stdout, { end: false });
    return;
  }
  // Under its name the file is whole or not there.
  const partial = `${request.out}.part`;
  try {
    await pipeline(Readable.from(pieces), createWriteStream(partial));
    await rename(partial, request.out);
  } catch (error) {
    await rm(partial, { force: true });
    throw new UsageError(
      `--out ${request.out}: ${error instanceof Error ? error.message : "cannot be written"}`,
      {
        cause: error,
      },
    );
  }
}

/** The account that the bot would trade with this configuration, in the mode that was set last. */
async function accountInUse(ledger: Ledger, { alpaca }: Config): Promise<string> {
  const { mode } = await ledger.control();
  if (mode === "live") return "live";
  return alpaca.paperKeys !== null || alpaca.liveKeys !== null ? "paper" : "sandbox";
}

/** A time of the command line, epoch ms. Throws a UsageError. */
export function instant(option: string, text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw new UsageError(`${option} ${text}: expected a date like 2026-01-02 or 2026-01-02T14:30:00Z`);
  return at;
}

function oneOf<Choice extends string>(name: string, word: string, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === word);
  if (found === undefined) throw new UsageError(unknownName(name, word, choices));
  return found;
}

function knownStrategy(id: string): string {
  if (id === "manual" || strategyById(id) !== undefined) return id;
  throw new UsageError(`--strategy: ${unknownStrategy(id)}`);
}

function knownSymbol(text: string): string {
  const symbol = parseSymbol(text);
  if (symbol === undefined) throw new UsageError(`--symbol: ${notASymbol(text)}`);
  return symbol;
}

function knownTag(text: string): string {
  const tag = readTag(text);
  if (tag === undefined) throw new UsageError(`--tag ${text}: a tag is 1 to 32 letters, digits, - and _`);
  return tag;
}
