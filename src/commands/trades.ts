import { exitWords } from "../app/wording.ts";
import { dollars, sharesText, signedDollars, signedPercent } from "../core/figures.ts";
import { isoTime } from "../core/iso-time.ts";
import { ZERO } from "../core/money.ts";
import type { Trade } from "../core/position.ts";
import type { Table } from "../message.ts";
import type { CommandSpec } from "./contract.ts";
import { counted, duration, minuteText, NONE, riskMultiple, titleWithMode } from "./format.ts";
import { STRATEGY_FILTER, SYMBOL_FILTER } from "./strategy-args.ts";

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 500;

export const trades: CommandSpec = {
  path: ["trades"],
  summary: "closed trades with profit, R and the reason of the exit; csv gives a file",
  examples: ["/trades", "/trades 50 momentum", "/trades AAPL csv"],
  args: [
    {
      name: "n",
      kind: "integer",
      required: false,
      description: `how many (${DEFAULT_LIMIT})`,
      min: 1,
      max: MAX_LIMIT,
    },
    STRATEGY_FILTER,
    // Before the symbol, which would take the word too.
    { name: "format", kind: "choice", required: false, description: "csv: as a file", choices: ["csv"] },
    SYMBOL_FILTER,
  ],
  role: () => "viewer",
  run: async ({ desk }, { values }) => {
    const { n, strategy, symbol, format } = values;
    const list = await desk.trades({
      limit: Number(n ?? DEFAULT_LIMIT),
      ...(strategy === undefined ? {} : { strategyId: strategy }),
      ...(symbol === undefined ? {} : { symbol }),
    });
    const title = await titleWithMode(desk, "Trades");
    if (list.length === 0) {
      const filters = [strategy, symbol].filter((each) => each !== undefined);
      return {
        title,
        text: filters.length === 0 ? "No closed trades yet." : `No closed trades of ${filters.join(" in ")}.`,
      };
    }
    const text = summaryText(list);
    if (format !== "csv") return { title, text, table: tradesTable(list) };
    return { title, text, file: { name: "trades.csv", mediaType: "text/csv", content: tradesCsv(list) } };
  },
};

function summaryText(list: readonly Trade[]): string {
  const pnl = list.reduce((sum, trade) => sum.plus(trade.pnl), ZERO);
  const wins = list.filter((trade) => trade.pnl.gt(0)).length;
  return `${counted(list.length, "trade")}, ${wins} won, P&L ${signedDollars(pnl)}.`;
}

function tradesTable(list: readonly Trade[]): Table {
  return {
    columns: [
      { header: "closed" },
      { header: "symbol" },
      { header: "strategy" },
      { header: "shares", align: "right" },
      { header: "entry", align: "right" },
      { header: "exit", align: "right" },
      { header: "P&L", align: "right" },
      { header: "P&L %", align: "right" },
      { header: "R", align: "right" },
      { header: "reason" },
      { header: "held", align: "right" },
    ],
    rows: list.map((trade) => [
      minuteText(trade.exitTime),
      trade.symbol,
      trade.strategyId,
      sharesText(trade.quantity),
      dollars(trade.entryPrice),
      dollars(trade.exitPrice),
      signedDollars(trade.pnl),
      signedPercent(trade.pnlPercent),
      multipleText(trade),
      exitWords(trade.exitReason),
      duration(trade.exitTime - trade.entryTime),
    ]),
  };
}

/** P&L in units of what the first stop put at risk. */
function multipleText({ entryPrice, initialStop, quantity, pnl }: Trade): string {
  const risk = entryPrice.minus(initialStop).times(quantity);
  return risk.gt(0) ? riskMultiple(pnl.div(risk).toNumber()) : NONE;
}

function tradesCsv(list: readonly Trade[]): string {
  const header =
    "symbol,strategy_id,shares,entry_time,entry_price,exit_time,exit_price,pnl,pnl_percent,exit_reason";
  const lines = list.map((trade) =>
    [
      trade.symbol,
      trade.strategyId,
      trade.quantity.toString(),
      isoTime(trade.entryTime),
      trade.entryPrice.toString(),
      isoTime(trade.exitTime),
      trade.exitPrice.toString(),
      trade.pnl.toFixed(2),
      trade.pnlPercent.toFixed(2),
      trade.exitReason,
    ].join(","),
  );
  return `${[header, ...lines].join("\n")}\n`;
}
