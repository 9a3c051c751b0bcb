import { dollars, sharesText, signedDollars, signedPercent } from "../core/figures.ts";
import type { Button, Table } from "../message.ts";
import type { ExternalView, PositionView } from "../ports.ts";
import type { CommandSpec } from "./contract.ts";
import { counted, duration, NONE, orNone, riskMultiple, titleWithMode } from "./format.ts";
import { fileOf, FORMAT, PAGE, pageOf, pageParts } from "./paging.ts";
import { externalRow, POSITION_COLUMNS, positionRow } from "./rows.ts";
import { STRATEGY_FILTER, SYMBOL_FILTER } from "./strategy-args.ts";

/** Of each kind: platforms take 25 buttons a message; whoever holds more types /close, /stop and /chart. */
const MAX_ROWS = 7;

export const positions: CommandSpec = {
  path: ["positions"],
  summary: "open positions: shares, entry, price, stop, target, profit, R and age",
  examples: ["/positions", "/positions AAPL", "/positions momentum", "/positions csv"],
  // The format before the symbol, which would take the word too.
  args: [STRATEGY_FILTER, FORMAT, SYMBOL_FILTER, PAGE],
  role: () => "viewer",
  run: async ({ desk }, args) => {
    const { strategy, symbol } = args.values;
    const filter = {
      ...(strategy === undefined ? {} : { strategyId: strategy }),
      ...(symbol === undefined ? {} : { symbol }),
    };
    const [views, all] = await Promise.all([desk.positions(filter), desk.externals()]);
    // A holding that no run of ours opened belongs to no strategy.
    const externals =
      strategy === undefined ? all.filter((each) => symbol === undefined || each.symbol === symbol) : [];
    const title = await titleWithMode(desk, "Positions");
    if (views.length === 0 && externals.length === 0)
      return { title, text: `No open position${filterText(strategy, symbol)}.` };
    const tags = await desk.tagsOf(views.map(({ position }) => position.id));
    const page = pageOf(args, views.length + externals.length);
    const shown = views.slice(page.offset, page.offset + page.limit);
    const beyond = page.offset + page.limit - views.length;
    const shownExternals = externals.slice(Math.max(0, beyond - page.limit), Math.max(0, beyond));
    const turns = pageParts(positions, args, page, "list");
    return {
      title,
      text: summaryText(views, externals),
      table: positionsTable(shown, shownExternals, tags),
      footer: turns.footer,
      buttons: [...turns.buttons, ...buttonsOf(shown)],
      ...fileOf(args, "positions", POSITION_COLUMNS, [
        ...views.map((view) => positionRow(view, tags.get(view.position.id) ?? [])),
        ...externals.map(externalRow),
      ]),
    };
  },
};

function buttonsOf(views: readonly PositionView[]): readonly Button[] {
  const held = [...new Set(views.map(({ position }) => `${position.symbol} ${position.strategyId}`))];
  const symbols = new Set(views.map(({ position }) => position.symbol));
  return [
    ...held
      .slice(0, MAX_ROWS)
      .map((which): Button => ({ label: `Close ${which}`, command: `/close ${which}`, style: "danger" })),
    ...held.slice(0, MAX_ROWS).map((which) => ({
      label: `Stop to breakeven ${which}`,
      command: `/stop ${which.replace(" ", " breakeven ")}`,
    })),
    ...[...symbols]
      .slice(0, MAX_ROWS)
      .map((symbol) => ({ label: `Chart ${symbol}`, command: `/chart ${symbol}` })),
  ];
}

function filterText(strategy: string | undefined, symbol: string | undefined): string {
  return [symbol === undefined ? "" : ` in ${symbol}`, strategy === undefined ? "" : ` of ${strategy}`].join(
    "",
  );
}

function summaryText(views: readonly PositionView[], externals: readonly ExternalView[]): string {
  const unrealized = views.reduce((sum, view) => sum + (view.unrealizedPnl ?? 0), 0);
  const unpriced = views.filter((view) => view.unrealizedPnl === null).length;
  const parts = [
    counted(views.length, "open position"),
    `unrealised P&L ${signedDollars(unrealized)}${unpriced === 0 ? "" : ` (${unpriced} without a price)`}`,
    ...(externals.length === 0
      ? []
      : [
          `${counted(externals.length, "holding")} at the broker that AlphaFlow did not open (EXTERNAL, without a stop)`,
        ]),
  ];
  return `${parts.join(", ")}.`;
}

function positionsTable(
  views: readonly PositionView[],
  externals: readonly ExternalView[],
  tags: ReadonlyMap<string, readonly string[]>,
): Table {
  return {
    columns: [
      { header: "symbol" },
      { header: "strategy" },
      { header: "shares", align: "right" },
      { header: "entry", align: "right" },
      { header: "price", align: "right" },
      { header: "stop", align: "right" },
      { header: "target", align: "right" },
      { header: "P&L", align: "right" },
      { header: "P&L %", align: "right" },
      { header: "R", align: "right" },
      { header: "age", align: "right" },
      { header: "no.", align: "right" },
      { header: "tags" },
    ],
    rows: [
      ...views.map((view) => positionCells(view, tags.get(view.position.id) ?? [])),
      ...externals.map(externalCells),
    ],
  };
}

function positionCells(view: PositionView, tags: readonly string[]): readonly string[] {
  const { position } = view;
  return [
    position.symbol,
    position.exitReason === null ? position.strategyId : `${position.strategyId} (closing)`,
    sharesText(position.quantity),
    dollars(position.entryPrice),
    orNone(view.currentPrice, dollars),
    position.stop.gt(0) ? dollars(position.stop) : NONE,
    orNone(position.target, dollars),
    orNone(view.unrealizedPnl, signedDollars),
    orNone(view.unrealizedPnlPercent, signedPercent),
    orNone(view.rMultiple, riskMultiple),
    duration(view.ageMs),
    `#${position.number}`,
    tags.join(" "),
  ];
}

function externalCells({ symbol, quantity, currentPrice }: ExternalView): readonly string[] {
  const unknown = [NONE, NONE, NONE, NONE, NONE, NONE];
  return [symbol, "EXTERNAL", sharesText(quantity), NONE, orNone(currentPrice, dollars), ...unknown];
}
