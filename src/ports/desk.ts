import type { AlertLevel } from "../core/alerts/level.ts";
import type { PriceAlert } from "../core/alerts/price-alert.ts";
import type { QuietHours } from "../core/alerts/quiet.ts";
import type { Timeframe } from "../core/bar.ts";
import type { EquityCurve } from "../core/equity-curve.ts";
import type { GroupFigures, Grouping } from "../core/groups.ts";
import type { Order } from "../core/order.ts";
import type { Position, Trade } from "../core/position.ts";
import type { ReportTime } from "../core/report-schedule.ts";
import type { LedgerOps } from "./ledger.ts";
import type { LateAlert } from "./alerts.ts";
import type {
  Approval,
  Control,
  DecisionRow,
  JournalFilter,
  JournalRow,
  Mode,
  Run,
  TradeFilter,
  TradeTotals,
} from "./records.ts";
import type {
  By,
  JournalAbout,
  ManualTicket,
  OfAccount,
  Outcome,
  PastBarsRequest,
  PositionFilter,
  StopWish,
  Where,
} from "./requests.ts";
import type {
  AccountView,
  AlertsView,
  ChartView,
  ExternalView,
  ForeignOrderView,
  HealthView,
  LimitsPlan,
  ManualPreview,
  OnCall,
  PastBars,
  PerformanceView,
  PositionView,
  ReportPlan,
  ReportView,
  RiskView,
  RunView,
} from "./views.ts";

/** What the desk is told, when and how. */
export interface AlertDesk {
  view(): Promise<AlertsView>;
  setLevel(channel: string, level: AlertLevel): Promise<Outcome>;
  setQuiet(channel: string, quiet: QuietHours | null): Promise<Outcome>;
  setOnCall(change: Partial<OnCall>): Promise<Outcome>;
  addPrice(
    wanted: Pick<PriceAlert, "symbol" | "side" | "price" | "note">,
    by: By,
  ): Promise<Outcome<PriceAlert>>;
  removePrice(id: string): Promise<Outcome>;
  /** What a channel got late or has not got yet, since a moment. */
  missed(channel: string, sinceMs: number): Promise<readonly LateAlert[]>;
  acknowledge(id: number, by: By): Promise<Outcome>;
  schedule(): Promise<ReportPlan>;
  setSchedule(report: keyof ReportPlan, time: ReportTime): Promise<Outcome>;
}

/** Everything a front end may ask of the engine: chat commands and HTTP know nothing deeper. */
export interface Desk {
  readonly alerts: AlertDesk;
  startRun(
    request: {
      readonly strategyId: string;
      readonly symbols: readonly string[];
      readonly settings: readonly string[];
    },
    by: By,
  ): Promise<Outcome<Run>>;
  /** `which`: a run id, a strategy id, or "all". */
  stopRuns(which: string, closePositions: boolean, by: By): Promise<Outcome>;
  pauseRuns(which: string, by: By): Promise<Outcome>;
  resumeRuns(which: string, by: By): Promise<Outcome>;
  /** Applies from the next bar on; positions that are open keep their stops. */
  setRun(runId: string, settings: readonly string[], by: By): Promise<Outcome>;
  runs(): Promise<readonly RunView[]>;

  positions(filter?: {
    readonly strategyId?: string;
    readonly symbol?: string;
  }): Promise<readonly PositionView[]>;
  externals(): Promise<readonly ExternalView[]>;
  /** What becomes of a holding that no run opened; `stop` in USD, null for the default. */
  decideExternal(
    action: "adopt" | "close" | "ignore",
    symbol: string,
    stop: number | null,
    by: By,
  ): Promise<Outcome>;
  foreignOrders(): Promise<readonly ForeignOrderView[]>;
  /** What becomes of orders in a symbol that nothing here placed: the one whose broker id begins with `id`; null: all. */
  decideForeign(
    action: "cancel" | "ignore",
    symbol: string | null,
    id: string | null,
    by: By,
  ): Promise<Outcome>;
  /**
   * Asks for an exit at market of every open position that matches; "all" is every one. `part`, in (0, 1), sells that
   * fraction of each, in whole shares rounded down, and leaves the rest under its stop.
   */
  closePositions(which: PositionFilter & { readonly part?: number }, by: By): Promise<Outcome>;
  /** Raises the stop of every open position that matches; refused where it would be lowered, or too near the market. */
  moveStop(which: PositionFilter, to: StopWish, by: By): Promise<Outcome>;
  /** What an order by hand would do; refused with every check that stands against it. Writes nothing. */
  previewOrder(ticket: ManualTicket): Promise<Outcome<ManualPreview>>;
  /** Buys into a position of `manual`, through every pre-trade check, or sells from those positions only. */
  placeOrder(ticket: ManualTicket, by: By): Promise<Outcome>;
  trades(
    filter: OfAccount<TradeFilter> & { readonly limit: number; readonly offset?: number },
  ): Promise<readonly Trade[]>;
  tradeTotals(filter: OfAccount<TradeFilter> & { readonly limit?: number }): Promise<TradeTotals>;
  /** An open position or a closed trade by its number. */
  findPosition(number: number): Promise<Position | undefined>;
  tagsOf(positionIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
  tagCounts(): ReturnType<LedgerOps["tagCounts"]>;
  journal(
    filter: OfAccount<JournalFilter> & { readonly limit: number; readonly offset?: number },
  ): Promise<readonly JournalRow[]>;
  journalCount(filter: OfAccount<JournalFilter>): Promise<number>;
  /** Once a delivery id and platform; 10 kB at most. */
  addNote(about: JournalAbout, text: string, where: Where, by: By): Promise<Outcome>;
  changeTags(
    about: JournalAbout,
    change: { readonly kind: "tag" | "untag"; readonly tags: readonly string[] },
    where: Where,
    by: By,
  ): Promise<Outcome>;
  orders(limit: number, offset?: number): Promise<readonly Order[]>;
  orderCount(): Promise<number>;
  /** All that work, however old. */
  workingOrders(): Promise<readonly Order[]>;
  cancelOrders(which: string, by: By): Promise<Outcome>;
  /** Entries that wait for a person's word, oldest first. */
  approvals(): Promise<readonly Approval[]>;
  /** Buys what was proposed if every check passes now; of several presses the first one decides. */
  approve(id: string, by: By): Promise<Outcome>;
  reject(id: string, by: By): Promise<Outcome>;
  decisions(filter: {
    readonly symbol?: string;
    readonly strategyId?: string;
    readonly limit: number;
    readonly offset?: number;
  }): Promise<readonly DecisionRow[]>;
  decisionCount(filter: { readonly symbol?: string; readonly strategyId?: string }): Promise<number>;
  /** Closed trades of the period, told apart. */
  performanceBy(period: PerformanceView["period"], by: Grouping): Promise<readonly GroupFigures[]>;
  performance(period: PerformanceView["period"]): Promise<PerformanceView>;
  /** Equity over the period for a picture: a few hundred points, closed hours left out. */
  equityCurve(period: PerformanceView["period"]): Promise<EquityCurve>;
  /** The session that is open now or was last, or its week; undefined while the calendar cannot be read. */
  report(span: "day" | "week"): Promise<ReportView | undefined>;
  /** Closed bars to test a strategy on. Refused for a symbol that the broker does not list or that had no bar. */
  pastBars(request: PastBarsRequest): Promise<Outcome<PastBars>>;
  /** Refused for a symbol that the broker does not list; without bars the chart is empty. */
  chart(request: {
    readonly symbol: string;
    /** That of the run that trades it unless given, 15Min where none does. */
    readonly timeframe?: Timeframe;
  }): Promise<Outcome<ChartView>>;
  risk(): Promise<RiskView>;
  /** What `name=value` texts would change of the risk limits; nothing is written. */
  planLimits(settings: readonly string[]): Promise<LimitsPlan>;
  /** Changes risk limits, from the next entry on. Without `mayRaise` nothing is raised. */
  setLimits(settings: readonly string[], mayRaise: boolean, by: By): Promise<Outcome>;
  control(): Promise<Control>;
  halt(reason: string, by: By): Promise<Outcome>;
  resume(by: By): Promise<Outcome>;
  /** Latches at once and works until the broker reports zero; resolves with the report per symbol. `drill` tells what would be done. */
  kill(drill: boolean, by: By): Promise<Outcome>;
  /** Every lock of PRODUCT.md is checked again here. */
  setMode(mode: Mode, by: By): Promise<Outcome>;
  /** Every account that there are keys for, or the sandbox. */
  accounts(): Promise<readonly AccountView[]>;
  /** What still stands between here and live trading; empty when every lock but the two admins' word is open. */
  liveLocks(): Promise<readonly string[]>;
  health(): Promise<HealthView>;
}
