import { modeLabel } from "../app/wording.ts";
import { dollars, sharesText, signedDollars, signedPercent } from "../core/figures.ts";
import type { Button, Message } from "../message.ts";
import type { Desk, HealthView, PositionView, RiskView, RunView } from "../ports.ts";
import type { Role } from "./contract.ts";
import { controlText, counted, NONE, orNone, riskMultiple } from "./format.ts";
import { limitTable } from "./risk.ts";

/** A home page holds 100 blocks; whoever has more types /positions and /strategy status. */
const POSITIONS_SHOWN = 15;
const RUNS_SHOWN = 12;

/** The desk on one page, section by section, with the buttons that this role may press. */
export async function homePage(desk: Desk, role: Role): Promise<readonly Message[]> {
  const [risk, health, positions, runs] = await Promise.all([
    desk.risk(),
    desk.health(),
    desk.positions(),
    desk.runs(),
  ]);
  const trades = role !== "viewer";
  const active = runs.filter(({ run }) => run.status !== "stopped");
  return [
    headOf(risk, health, role),
    positionsHead(positions),
    ...positions.slice(0, POSITIONS_SHOWN).map((view) => positionSection(view, trades)),
    ...more(positions.length - POSITIONS_SHOWN, "position", "/positions"),
    { title: "Risk", text: "How much of each limit is used.", table: limitTable(risk.limits) },
    {
      title: "Runs",
      text: active.length === 0 ? "Nothing is running." : `${counted(active.length, "run")}.`,
    },
    ...active.slice(0, RUNS_SHOWN).map((view) => runSection(view, trades)),
    ...more(active.length - RUNS_SHOWN, "run", "/strategy status"),
  ];
}

function headOf(risk: RiskView, health: HealthView, role: Role): Message {
  const { control } = risk;
  const gain = risk.equity - risk.lastEquity;
  const percent = risk.lastEquity === 0 ? 0 : (gain / risk.lastEquity) * 100;
  const stopped = control.halted || control.killed;
  return {
    title: `AlphaFlow · ${modeLabel(health.mode)}`,
    text: controlText(control),
    tone: stopped ? "bad" : health.ready ? "good" : "warn",
    fields: [
      { label: "Equity", value: dollars(risk.equity) },
      { label: "Day P&L", value: `${signedDollars(gain)} (${signedPercent(percent)})` },
      { label: "Broker", value: `${health.broker.name}, ${health.broker.stream}` },
      { label: "Database", value: health.database.ok ? "ok" : "down" },
      {
        label: "Chats",
        value: health.chats.map(({ platform, state }) => `${platform} ${state}`).join(", ") || NONE,
      },
      { label: "Market", value: orNone(health.market, ({ isOpen }) => (isOpen ? "open" : "closed")) },
    ],
    buttons: role === "viewer" ? [] : deskButtons(stopped, role),
  };
}

function deskButtons(stopped: boolean, role: Role): readonly Button[] {
  return [
    { label: "Start a strategy", command: "/strategy start", style: "primary" },
    { label: "Order ticket", command: "/order" },
    ...(stopped ? [] : [{ label: "Halt entries", command: "/halt" }]),
    ...(stopped && role === "admin" ? [{ label: "Resume", command: "/resume" }] : []),
  ];
}

function positionsHead(views: readonly PositionView[]): Message {
  const unrealized = views.reduce((sum, view) => sum + (view.unrealizedPnl ?? 0), 0);
  return {
    title: "Positions",
    text:
      views.length === 0
        ? "No open position."
        : `${counted(views.length, "open position")}, unrealised P&L ${signedDollars(unrealized)}.`,
  };
}

/** `AAPL 5 @ $185.50 → $191.50 · +1.20R · +$30.00 (+3.23%)`, and below it what keeps it. */
function positionSection(view: PositionView, trades: boolean): Message {
  const { position } = view;
  const { symbol, strategyId } = position;
  const stop = position.stop.gt(0) ? `stop ${dollars(position.stop)}` : "no stop";
  const figures = [
    `${symbol} ${sharesText(position.quantity)} @ ${dollars(position.entryPrice)} → ${orNone(view.currentPrice, dollars)}`,
    orNone(view.rMultiple, riskMultiple),
    `${orNone(view.unrealizedPnl, signedDollars)} (${orNone(view.unrealizedPnlPercent, signedPercent)})`,
  ];
  const terms = [
    strategyId,
    stop,
    `target ${orNone(position.target, dollars)}`,
    ...(position.exitReason === null ? [] : ["closing"]),
  ];
  return {
    text: `${figures.join(" · ")}\n${terms.join(" · ")}`,
    buttons: [
      ...(trades && position.exitReason === null
        ? [
            { label: "Close", command: `/close ${symbol} ${strategyId}`, style: "danger" as const },
            { label: "Stop to breakeven", command: `/stop ${symbol} breakeven ${strategyId}` },
          ]
        : []),
      { label: "Chart", command: `/chart ${symbol}` },
      { label: "Why", command: `/why ${symbol} ${strategyId}` },
    ],
  };
}

function runSection({ run, openPositions, realizedPnl }: RunView, trades: boolean): Message {
  const { id, strategyId, symbols, status, options } = run;
  const paused = status === "paused";
  return {
    text: [
      `${id} ${strategyId} on ${symbols.join(", ")} (${options.timeframe})${paused ? " · paused" : ""}`,
      `${counted(openPositions, "open position")} · realised ${signedDollars(realizedPnl)}`,
    ].join("\n"),
    buttons: trades
      ? [
          { label: "Stop", command: `/strategy stop ${id}`, style: "danger" },
          paused
            ? { label: "Resume", command: `/strategy resume ${id}` }
            : { label: "Pause", command: `/strategy pause ${id}` },
          { label: "Status", command: `/strategy status ${id}` },
        ]
      : [{ label: "Status", command: `/strategy status ${id}` }],
  };
}

function more(left: number, what: string, command: string): readonly Message[] {
  return left > 0 ? [{ text: `… ${counted(left, `more ${what}`)}: ${command}` }] : [];
}
