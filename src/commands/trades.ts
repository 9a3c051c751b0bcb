import { TRADE_COLUMNS } from "../app/export.ts";
import { exitWords } from "../app/wording.ts";
import { dollars, sharesText, signedDollars, signedPercent } from "../core/figures.ts";
import type { Trade } from "../core/position.ts";
import { tradeRow } from "../core/records.ts";
import { tradeFigures } from "../core/trade-figures.ts";
import type { Table } from "../message.ts";
import type { Desk, OfAccount, TradeFilter, TradeTotals } from "../ports.ts";
import type { Args, CommandSpec } from "./contract.ts";
import { counted, duration, minuteText, orNone, riskMultiple, titleWithMode } from "./format.ts";
import { FILE_ROWS, fileLimit, fileOf, FORMAT, PAGE, pageOf, pageParts } from "./paging.ts";
import { STRATEGY_FILTER, SYMBOL_FILTER, TAG_FILTER, readTagFilter } from "./strategy-args.ts";

const MAX_NEWEST = 500;

export const trades: CommandSpec = {
  path: ["trades"],
  summary:
    "closed trades with profit, R, excursions, tags and the reason of the exit; csv or json gives a file",
  examples: ["/trades", "/trades 50 momentum", "/trades AAPL csv", "/trades tag=fomo page=2"],
  args: [
    {
      name: "n",
      kind: "integer",
      required: false,
      description: "only the newest n (all)",
      min: 1,
      max: MAX_NEWEST,
    },
    STRATEGY_FILTER,
    // Before the symbol, which would take the word too.
    FORMAT,
    SYMBOL_FILTER,
    TAG_FILTER,
    PAGE,
  ],
  role: () => "viewer",
  run: async ({ desk }, args) => {
    const { n, strategy, symbol } = args.values;
    const tag = readTagFilter(args);
    const filter: OfAccount<TradeFilter> = {
      ...(strategy === undefined ? {} : { strategyId: strategy }),
      ...(symbol === undefined ? {} : { symbol }),
      ...(tag === undefined ? {} : { tag }),
    };
    const totals = await desk.tradeTotals({ ...filter, ...(n === undefined ? {} : { limit: Number(n) }) });
    const title = await titleWithMode(desk, "Trades");
    if (totals.trades === 0) return { title, text: nothingText([strategy, symbol, tag && `#${tag}`]) };
    const page = pageOf(args, totals.trades);
    const list = await desk.trades({ ...filter, limit: page.limit, offset: page.offset });
    const tags = await desk.tagsOf(list.map((trade) => trade.positionId));
    const { footer, buttons } = pageParts(trades, args, page, "history");
    return {
      title,
      text: summaryText(totals),
      table: tradesTable(list, tags),
      footer: [...footer, ...fileLimit(args, totals.trades, "alphaflow export trades")],
      buttons,
      ...(await tradesFile(desk, args, filter, totals.trades)),
    };
  },
};

function nothingText(filters: readonly (string | undefined)[]): string {
  const named = filters.filter((each) => each !== undefined && each !== "");
  return named.length === 0 ? "No closed trades yet." : `No closed trades of ${named.join(" in ")}.`;
}

function summaryText({ trades: count, wins, pnl }: TradeTotals): string {
  return `${counted(count, "trade")}, ${wins} won, P&L ${signedDollars(pnl)}.`;
}

async function tradesFile(
  desk: Desk,
  args: Args,
  filter: OfAccount<TradeFilter>,
  total: number,
): Promise<ReturnType<typeof fileOf>> {
  if (args.values["format"] === undefined) return {};
  const all = await desk.trades({ ...filter, limit: Math.min(FILE_ROWS, total) });
  const tags = await desk.tagsOf(all.map((trade) => trade.positionId));
  return fileOf(
    args,
    "trades",
    TRADE_COLUMNS,
    all.map((trade) => tradeRow(trade, tags.get(trade.positionId) ?? [])),
  );
}

function tradesTable(list: readonly Trade[], tags: ReadonlyMap<string, readonly string[]>): Table {
  return {
    columns: [
      { header: "no." },
      { header: "closed" },
      { header: "symbol" },
      { header: "strategy" },
      { header: "shares", align: "right" },
      { header: "entry", align: "right" },
      { header: "exit", align: "right" },
      { header: "P&L", align: "right" },
      { header: "P&L %", align: "right" },
      { header: "R", align: "right" },
      { header: "MAE", align: "right" },
      { header: "MFE", align: "right" },
      { header: "reason" },
      { header: "held", align: "right" },
      { header: "tags" },
    ],
    rows: list.map((trade) => tradeCells(trade, tags.get(trade.positionId) ?? [])),
  };
}

function tradeCells(trade: Trade, tags: readonly string[]): readonly string[] {
  const figures = tradeFigures(trade);
  return [
    `#${trade.number}`,
    minuteText(trade.exitTime),
    trade.symbol,
    trade.strategyId,
    sharesText(trade.quantity),
    dollars(trade.entryPrice),
    dollars(trade.exitPrice),
    signedDollars(trade.pnl),
    signedPercent(trade.pnlPercent),
    orNone(figures.rMultiple, riskMultiple),
    orNone(figures.maeR, riskMultiple),
    orNone(figures.mfeR, riskMultiple),
    exitWords(trade.exitReason),
    duration(figures.holdingMs),
    tags.join(" "),
  ];
}
