import { csvLine, type Row } from "../core/csv-text.ts";
import { isoTime } from "../core/iso-time.ts";
import { tradeRow } from "../core/records.ts";
import type { JournalFilter, JournalRow, LedgerOps, TradeFilter } from "../ports.ts";

export type FileFormat = "csv" | "json";

/** Rows read at once: enough to be quick, few enough that a history of any length needs no memory. */
const BATCH = 1_000;

export const TRADE_COLUMNS = [
  "symbol",
  "strategy_id",
  "shares",
  "entry_time",
  "entry_price",
  "exit_time",
  "exit_price",
  "pnl",
  "pnl_percent",
  "exit_reason",
  "number",
  "r_multiple",
  "initial_stop",
  "initial_risk",
  "holding_seconds",
  "mae",
  "mae_r",
  "mfe",
  "mfe_r",
  "entry_decision_price",
  "entry_slippage",
  "entry_slippage_bps",
  "exit_decision_price",
  "exit_slippage",
  "exit_slippage_bps",
  "fees",
  "entry_text",
  "exit_text",
  "tags",
  "run_id",
  "position_id",
] as const;

export const JOURNAL_COLUMNS = [
  "time",
  "number",
  "symbol",
  "strategy_id",
  "kind",
  "text",
  "actor",
  "name",
  "platform",
  "channel",
  "position_id",
] as const;

/** An entry of the journal as files have it. */
export function journalRow(entry: JournalRow): Row {
  return {
    time: isoTime(entry.atMs),
    number: entry.number,
    symbol: entry.symbol,
    strategy_id: entry.strategyId,
    kind: entry.kind,
    text: entry.text,
    actor: entry.actor,
    name: entry.name,
    platform: entry.platform,
    channel: entry.channel,
    position_id: entry.positionId,
  };
}

/** Every closed trade that the filter lets through, newest first, as pieces of one CSV or JSON file. */
export function exportTrades(
  ledger: LedgerOps,
  filter: TradeFilter,
  format: FileFormat,
): AsyncIterable<string> {
  return fileText(TRADE_COLUMNS, tradeRows(ledger, filter), format);
}

/** Every entry of the journal that the filter lets through, newest first. */
export function exportJournal(
  ledger: LedgerOps,
  filter: JournalFilter,
  format: FileFormat,
): AsyncIterable<string> {
  return fileText(JOURNAL_COLUMNS, journalRows(ledger, filter), format);
}

async function* tradeRows(ledger: LedgerOps, filter: TradeFilter): AsyncGenerator<readonly Row[]> {
  let batch = await ledger.trades({ ...filter, limit: BATCH });
  for (;;) {
    const last = batch.at(-1);
    if (last === undefined) return;
    const tags = await ledger.tagsOf(batch.map((trade) => trade.positionId));
    yield batch.map((trade) => tradeRow(trade, tags.get(trade.positionId) ?? []));
    batch = await ledger.trades({ ...filter, limit: BATCH, after: last });
  }
}

async function* journalRows(ledger: LedgerOps, filter: JournalFilter): AsyncGenerator<readonly Row[]> {
  let batch = await ledger.journal({ ...filter, limit: BATCH });
  for (;;) {
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch.map(journalRow);
    batch = await ledger.journal({ ...filter, limit: BATCH, beforeId: last.id });
  }
}

async function* fileText(
  columns: readonly string[],
  batches: AsyncIterable<readonly Row[]>,
  format: FileFormat,
): AsyncGenerator<string> {
  if (format === "csv") {
    yield csvLine(columns);
    for await (const rows of batches)
      yield rows.map((row) => csvLine(columns.map((column) => row[column] ?? null))).join("");
    return;
  }
  let opened = false;
  for await (const rows of batches) {
    yield `${opened ? ",\n" : "[\n"}${rows.map((row) => JSON.stringify(row)).join(",\n")}`;
    opened = true;
  }
  yield opened ? "\n]\n" : "[]\n";
}
