import type { EquityCurve } from "../../src/core/equity-curve.ts";
import type { GroupFigures } from "../../src/core/groups.ts";
import { money } from "../../src/core/money.ts";
import type { Order } from "../../src/core/order.ts";
import type { Position, Trade } from "../../src/core/position.ts";
import { samplePosition } from "../contracts/ledger-samples.ts";
import { changeText, limitChanges } from "../../src/core/risk/limit-changes.ts";
import { DEFAULT_LIMITS } from "../../src/core/risk/limits.ts";
import { parseLimits } from "../../src/core/risk/parse-limits.ts";
import { parseRun } from "../../src/core/run-options.ts";
import { ownStrategies, strategyById } from "../../src/core/strategies/index.ts";
import type {
  AccountView,
  AlertsView,
  Approval,
  By,
  ChartView,
  Outcome,
  PastBars,
  PastBarsRequest,
  Control,
  DecisionRow,
  Desk,
  ExternalView,
  ForeignOrderView,
  HealthView,
  LateAlert,
  LimitsPlan,
  JournalFilter,
  JournalRow,
  OfAccount,
  PerformanceView,
  PositionView,
  ReportPlan,
  ReportView,
  RiskView,
  Run,
  RunView,
  TradeFilter,
} from "../../src/ports.ts";
import { quietText } from "../../src/core/alerts/quiet.ts";
import { clientOrderId, isLive, runId } from "../../src/core/order.ts";

export const T0 = Date.UTC(2026, 6, 31, 15, 0, 0);

/** For operations that need not know who asks. */
const NOBODY: By = { actor: "", name: "", deliveryId: "" };

/** A desk over plain values: what it shows can be set, what it was asked to change is written down. */
export interface FakeDesk {
  readonly desk: Desk;
  readonly calls: { readonly name: string; readonly args: readonly unknown[]; readonly by: By }[];
  control: Control;
  positions: PositionView[];
  externals: ExternalView[];
  foreignOrders: ForeignOrderView[];
  runs: RunView[];
  trades: Trade[];
  /** By position id. */
  tags: Map<string, readonly string[]>;
  journal: JournalRow[];
  groups: readonly GroupFigures[];
  orders: Order[];
  decisions: DecisionRow[];
  approvals: Approval[];
  performance: PerformanceView;
  curve: EquityCurve;
  /** A week's is the same with the word week behind its label. */
  report: ReportView | undefined;
  /** Every symbol is without bars unless told. */
  pastBars: (request: PastBarsRequest) => Outcome<PastBars>;
  /** Answered for any symbol and timeframe; without it every symbol is unknown. */
  chart: ChartView | undefined;
  risk: RiskView;
  health: HealthView;
  liveLocks: string[];
  accounts: AccountView[];
  alerts: AlertsView;
  schedule: ReportPlan;
  missed: LateAlert[];
  missedAsked: { readonly channel: string; readonly sinceMs: number } | null;
  /** Methods that fail with this error. */
  readonly broken: Map<keyof Desk, Error>;
  /** What operations that change something wait for. */
  gate: Promise<void>;
}

export function fakeDesk(): FakeDesk {
  const control: Control = {
    mode: "paper",
    halted: false,
    killed: false,
    by: null,
    reason: null,
    since: null,
  };
  const fake: Omit<FakeDesk, "desk"> = {
    calls: [],
    control,
    positions: [],
    externals: [],
    foreignOrders: [],
    runs: [],
    trades: [],
    tags: new Map(),
    journal: [],
    groups: [],
    orders: [],
    decisions: [],
    approvals: [],
    performance: performanceView(),
    curve: { time: [], equity: [] },
    report: undefined,
    pastBars: () => ({ kind: "refused", text: "no bars" }),
    chart: undefined,
    risk: riskView(control),
    health: healthView(),
    liveLocks: [],
    accounts: [testAccount("paper", { inUse: true }), testAccount("live", { mode: "live" })],
    alerts: {
      channels: new Map([["slack", { level: "all", quiet: null }]]),
      onCall: { people: [], minutes: 5 },
      mail: null,
      prices: [],
      open: [],
    },
    schedule: { daily: "close", weekly: "close" },
    missed: [],
    missedAsked: null,
    broken: new Map(),
    gate: Promise.resolve(),
  };
  const done = async (name: string, args: readonly unknown[], by: By) => {
    fake.calls.push({ name, args, by });
    await fake.gate;
    return { kind: "done" as const, value: undefined, text: `${name} ${args.join(" ")}`.trim() };
  };
  const asked = (name: string, args: readonly unknown[]) => done(name, args, NOBODY);
  const tradesThat = (filter: OfAccount<TradeFilter>) =>
    matching(fake.trades, filter).filter(
      ({ positionId }) =>
        (filter.positionId ?? positionId) === positionId &&
        (filter.tag === undefined || fake.tags.get(positionId)?.includes(filter.tag) === true),
    );
  const entriesThat = (filter: OfAccount<JournalFilter>) =>
    matching(fake.journal, filter).filter(
      ({ positionId }) =>
        (filter.positionId ?? positionId) === positionId &&
        (filter.tag === undefined || fake.tags.get(positionId)?.includes(filter.tag) === true),
    );
  const closedPositions = () =>
    fake.trades.map(({ positionId, number, symbol, strategyId, quantity, entryPrice, exitTime, entryText }) =>
      testPosition({
        id: positionId,
        number,
        symbol,
        strategyId,
        quantity: money(0),
        boughtQuantity: quantity,
        entryPrice,
        entryText,
        status: "closed",
        closedAt: exitTime,
      }),
    );
  const desk: Desk = {
    alerts: {
      view: async () => fake.alerts,
      setLevel: (...args) => asked("setLevel", args),
      setQuiet: (channel, quiet) => asked("setQuiet", [channel, quiet === null ? "off" : quietText(quiet)]),
      setOnCall: (change) => asked("setOnCall", [JSON.stringify(change)]),
      addPrice: async (wanted, by) => {
        const { symbol, side, price, note } = wanted;
        fake.calls.push({ name: "addPrice", args: [symbol, side, price.toString(), note], by });
        const alert = { ...wanted, id: "p1", setBy: by.actor, setByName: by.name, setAtMs: T0, armed: true };
        return { kind: "done", value: alert, text: `price alert p1: ${symbol} ${side} ${price.toString()}` };
      },
      removePrice: (id) => asked("removePrice", [id]),
      missed: async (channel, sinceMs) => {
        fake.missedAsked = { channel, sinceMs };
        return fake.missed;
      },
      acknowledge: (id, by) => done("acknowledge", [id], by),
      schedule: async () => fake.schedule,
      setSchedule: (...args) => asked("setSchedule", args),
    },
    startRun: async (request, by) => {
      fake.calls.push({ name: "startRun", args: [request], by });
      await fake.gate;
      const strategy = strategyById(request.strategyId);
      if (strategy === undefined) return { kind: "refused", text: "unknown strategy" };
      const parsed = parseRun(strategy, request.settings);
      if (parsed.kind === "invalid") return { kind: "refused", text: parsed.errors.join("\n") };
      const { params, options } = parsed;
      const run = testRun({ strategyId: strategy.id, symbols: request.symbols, params, options });
      return { kind: "done", value: run, text: `${strategy.title} runs on ${request.symbols.join(", ")}` };
    },
    stopRuns: (which, close, by) => done("stopRuns", [which, close], by),
    pauseRuns: (which, by) => done("pauseRuns", [which], by),
    resumeRuns: (which, by) => done("resumeRuns", [which], by),
    setRun: (run, settings, by) => done("setRun", [run, ...settings], by),
    runs: async () => fake.runs,
    positions: async (filter) => {
      const wanted = matching(
        fake.positions.map(({ position }) => position),
        filter,
      );
      return fake.positions.filter(({ position }) => wanted.includes(position));
    },
    externals: async () => fake.externals,
    foreignOrders: async () => fake.foreignOrders,
    decideForeign: (action, symbol, id, by) => done("decideForeign", [action, symbol, id], by),
    decideExternal: (action, symbol, stop, by) => done("decideExternal", [action, symbol, stop], by),
    previewOrder: async (ticket) => ({
      kind: "done",
      text: "",
      value: {
        side: ticket.side,
        symbol: ticket.symbol,
        shares: money(5),
        price: 185.5,
        limit: ticket.limit,
        stop: ticket.stop ?? 180.5,
        target: ticket.target,
        risk: 25,
        checks: [
          {
            gate: "heat",
            ok: true,
            text: "heat 0.06 → 0.08 of 25%",
            before: 0.06,
            after: 0.08,
            limit: 25,
            unit: "%",
            figures: {},
          },
        ],
      },
    }),
    placeOrder: (ticket, by) => done("placeOrder", [ticket], by),
    closePositions: (which, by) =>
      done(
        "closePositions",
        [which.symbol, which.strategyId, ...(which.part === undefined ? [] : [which.part])],
        by,
      ),
    moveStop: (which, to, by) => done("moveStop", [which.symbol, which.strategyId, to], by),
    trades: async ({ limit, offset = 0, ...filter }) => tradesThat(filter).slice(offset, offset + limit),
    tradeTotals: async ({ limit, ...filter }) => {
      const counted = tradesThat(filter).slice(0, limit);
      return {
        trades: counted.length,
        wins: counted.filter((trade) => trade.pnl.gt(0)).length,
        pnl: counted.reduce((sum, trade) => sum.plus(trade.pnl), money(0)),
      };
    },
    findPosition: async (number) =>
      fake.positions.find(({ position }) => position.number === number)?.position ??
      closedPositions().find((position) => position.number === number),
    tagsOf: async (ids) => new Map([...fake.tags].filter(([id]) => ids.includes(id))),
    tagCounts: async () => {
      const counts = new Map<string, number>();
      for (const tag of [...fake.tags.values()].flat()) counts.set(tag, (counts.get(tag) ?? 0) + 1);
      return [...counts].map(([tag, positions]) => ({ tag, positions }));
    },
    journal: async ({ limit, offset = 0, ...filter }) => entriesThat(filter).slice(offset, offset + limit),
    journalCount: async (filter) => entriesThat(filter).length,
    addNote: (about, text, where, by) =>
      done("addNote", [JSON.stringify(about), text, JSON.stringify(where)], by),
    changeTags: (about, { kind, tags }, where, by) =>
      done("changeTags", [JSON.stringify(about), kind, ...tags, JSON.stringify(where)], by),
    orders: async (limit, offset = 0) => fake.orders.slice(offset, offset + limit),
    orderCount: async () => fake.orders.length,
    workingOrders: async () => fake.orders.filter(isLive),
    cancelOrders: (which, by) => done("cancelOrders", [which], by),
    decisions: async ({ limit, offset = 0, ...filter }) =>
      matching(fake.decisions, filter).slice(offset, offset + limit),
    decisionCount: async (filter) => matching(fake.decisions, filter).length,
    performanceBy: async () => fake.groups,
    performance: async (period) => ({ ...fake.performance, period }),
    pastBars: async (request) => fake.pastBars(request),
    chart: async (request) =>
      fake.chart === undefined
        ? { kind: "refused", text: `unknown symbol ${request.symbol}` }
        : { kind: "done", text: "", value: { ...fake.chart, ...request } },
    equityCurve: async () => fake.curve,
    report: async (span) =>
      fake.report === undefined
        ? undefined
        : {
            ...fake.report,
            span: { ...fake.report.span, label: fake.report.span.label + (span === "week" ? " week" : "") },
          },
    risk: async () => fake.risk,
    planLimits: async (settings) => planLimits(settings),
    setLimits: async (settings, mayRaise, by) => {
      const plan = planLimits(settings);
      return plan.kind === "refused" ? plan : done("setLimits", [...settings, mayRaise], by);
    },
    control: async () => fake.control,
    halt: (reason, by) => done("halt", [reason], by),
    resume: (by) => done("resume", [], by),
    kill: (drill, by) => done("kill", [drill], by),
    approvals: () => Promise.resolve(fake.approvals),
    approve: (id, by) => done("approve", [id], by),
    reject: (id, by) => done("reject", [id], by),
    setMode: (mode, by) => done("setMode", [mode], by),
    liveLocks: async () => fake.liveLocks,
    accounts: async () => fake.accounts,
    health: async () => fake.health,
  };
  const guarded = new Proxy(desk, {
    get: (target, name: keyof Desk) => {
      const error = fake.broken.get(name);
      return error === undefined ? target[name] : () => Promise.reject(error);
    },
  });
  return Object.assign(fake, { desk: guarded });
}

function matching<T extends { strategyId: string; symbol: string }>(
  rows: readonly T[],
  filter: { readonly strategyId?: string; readonly symbol?: string } = {},
): T[] {
  return rows.filter(
    (row) =>
      (filter.strategyId ?? row.strategyId) === row.strategyId &&
      (filter.symbol ?? row.symbol) === row.symbol,
  );
}

export function testRun(over: Partial<Run> = {}): Run {
  const strategy = strategyById(over.strategyId ?? "momentum")!;
  const parsed = parseRun(strategy, []);
  if (parsed.kind === "invalid") throw new Error(parsed.errors.join());
  return {
    id: runId("k7q2"),
    accountId: "paper",
    strategyId: strategy.id,
    symbols: ["AAPL", "MSFT"],
    params: parsed.params,
    options: parsed.options,
    status: "running",
    startedBy: "ann",
    startedAt: T0 - 3_600_000,
    stoppedAt: null,
    ...over,
  };
}

export function testRunView(run: Run = testRun()): RunView {
  return {
    run,
    title: strategyById(run.strategyId)?.title ?? run.strategyId,
    openPositions: 1,
    closedTrades: 2,
    realizedPnl: money("-12.5"),
    symbols: run.symbols.map((symbol) => ({
      symbol,
      barTime: T0 - 900_000,
      reason: "moved +2.4% in 20 bars",
      context: "RSI 61 · ADX 24",
    })),
  };
}

function testPosition(over: Partial<Position> = {}): Position {
  return samplePosition({
    id: "p1",
    number: 12,
    accountId: "paper",
    runId: runId("k7q2"),
    strategyId: "momentum",
    entryTime: T0 - 200_000,
    heldSince: null,
    entryOrderId: "af-k7q2-AAPL-e1",
    target: null,
    ...over,
  });
}

/** A position seen at `price`: 5 AAPL bought at 185.50 with the stop at 180.50, so $25 are at risk. */
export function testPositionView(over: Partial<Position> = {}, price: number | null = 191.5): PositionView {
  const position = testPosition(over);
  const entry = position.entryPrice.toNumber();
  const shares = position.quantity.toNumber();
  return {
    position,
    currentPrice: price,
    unrealizedPnl: price === null ? null : (price - entry) * shares,
    unrealizedPnlPercent: price === null ? null : (price / entry - 1) * 100,
    rMultiple: price === null ? null : (price - entry) / (entry - position.initialStop.toNumber()),
    ageMs: 200_000,
  };
}

export function testTrade(over: Partial<Trade> = {}): Trade {
  return {
    positionId: "p0",
    number: 11,
    accountId: "paper",
    runId: runId("k7q2"),
    strategyId: "momentum",
    symbol: "AAPL",
    quantity: money(5),
    entryPrice: money("185.5"),
    entryTime: T0 - 7_500_000,
    exitPrice: money(180),
    exitTime: T0 - 300_000,
    pnl: money("-27.5"),
    pnlPercent: money("-2.9649595687331536388"),
    initialStop: money("180.5"),
    exitReason: "stop-loss",
    entryText: "moved +2.4% in 20 bars",
    exitText: null,
    lowWater: money("179.5"),
    highWater: money("188"),
    entryDecided: money("927"),
    exitDecided: money("902.5"),
    fees: null,
    ...over,
  };
}

export function testOrder(over: Partial<Order> = {}): Order {
  return {
    clientOrderId: clientOrderId("af-k7q2-AAPL-sn3k40-s1"),
    accountId: "paper",
    runId: runId("k7q2"),
    strategyId: "momentum",
    symbol: "AAPL",
    side: "sell",
    purpose: "stop",
    attempt: 1,
    barTime: T0 - 900_000,
    type: "stop",
    quantity: money(5),
    limitPrice: null,
    stopPrice: money("180.5"),
    timeInForce: "gtc",
    extendedHours: false,
    state: "ACCEPTED",
    cancelRequestedAt: null,
    brokerOrderId: "b-1",
    filledQuantity: money(0),
    filledAvgPrice: null,
    exitReason: "stop-loss",
    decisionPrice: null,
    plannedStop: null,
    plannedTarget: null,
    plannedExits: null,
    positionId: "p1",
    replacedBy: null,
    replaces: null,
    error: null,
    context: null,
    createdAt: T0 - 190_000,
    updatedAt: T0 - 190_000,
    orderClass: "simple",
    parentId: null,
    workUntil: null,
    missingSince: null,
    ...over,
  };
}

export function testDecision(over: Partial<DecisionRow> = {}): DecisionRow {
  return {
    accountId: "paper",
    runId: runId("k7q2"),
    strategyId: "momentum",
    symbol: "AAPL",
    barTime: T0 - 900_000,
    signal: "BUY",
    outcome: "refused",
    code: "DAILY_LOSS",
    text: "day loss 2.31 % of 2 % allowed",
    checks: [
      {
        gate: "day_loss",
        ok: false,
        code: "DAILY_LOSS",
        text: "day loss 2.31 % of 2 % allowed",
        figures: { dayLoss: 0.0231 },
      },
      { gate: "buying_power", ok: true, text: "$927.50 of $50,000.00", figures: { cost: 927.5 } },
    ],
    figures: { close: 185.5 },
    atMs: T0 - 60_000,
    ...over,
  };
}

function performanceView(): PerformanceView {
  return {
    period: "all",
    trades: 2,
    realizedPnl: 12.3,
    unrealizedPnl: 30,
    winRatePercent: 50,
    profitFactor: 1.45,
    expectancy: 6.15,
    sharpe: null,
    maxDrawdownPercent: -1.2,
    best: testTrade({ pnl: money("39.8"), pnlPercent: money("4.29"), exitReason: "signal" }),
    worst: testTrade(),
  };
}

/** Over the default limits. */
function planLimits(settings: readonly string[]): LimitsPlan {
  const parsed = parseLimits(settings, DEFAULT_LIMITS);
  if (parsed.kind === "invalid") return { kind: "refused", text: parsed.errors.join("\n") };
  const changes = limitChanges(DEFAULT_LIMITS, parsed.limits);
  return {
    kind: "plan",
    limits: parsed.limits,
    changes,
    text: changes.map(changeText).join(", "),
    raises: changes.some((change) => change.raises),
  };
}

function riskView(control: Control): RiskView {
  return {
    equity: 99_000,
    lastEquity: 100_000,
    cash: 98_000,
    buyingPower: 196_000,
    dayLoss: 0.01,
    maxDayLoss: 0.02,
    exposure: 957.5,
    openRisk: 55,
    openPositions: 1,
    limits: [
      {
        name: "heat_pct",
        description: "lost of equity if every stop is hit",
        unit: "%",
        limit: 25,
        used: 11.2,
        left: 13.8,
        where: null,
      },
      {
        name: "correlated_pct",
        description: "of equity in what moves together",
        unit: "%",
        limit: 15,
        used: 14.96,
        left: 0.04,
        where: "NVDA, AMD",
      },
      {
        name: "price_band_pct",
        description: "an order's distance from the latest trade",
        unit: "%",
        limit: 5,
        used: null,
        left: null,
        where: null,
      },
      {
        name: "max_positions",
        description: "open positions",
        unit: "count",
        limit: null,
        used: 1,
        left: null,
        where: null,
      },
    ],
    control,
  };
}

function healthView(): HealthView {
  return {
    ready: true,
    version: "0.1.0",
    mode: "paper",
    broker: { name: "simulated", stream: "connected", accountNumber: "SIM1" },
    database: { description: "PGlite in ./data", ok: true },
    chats: [{ platform: "console", state: "connected" }],
    leader: true,
    reconciled: true,
    market: { isOpen: true, nowMs: T0 },
    tickFailure: null,
    lastTickMs: T0 - 1_000,
    tickDurationMs: 12.4,
    pendingAlerts: 0,
    startedAtMs: T0 - 60_000,
    ownStrategies: ownStrategies(),
  };
}

function testAccount(name: string, changes: Partial<AccountView> = {}): AccountView {
  return {
    name,
    mode: "paper",
    inUse: false,
    broker: "Alpaca",
    connection: "connected",
    numberEnd: "3456",
    equity: money(100_000),
    runs: 2,
    positions: 1,
    ...changes,
  };
}
