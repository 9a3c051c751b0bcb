import type { AlertLevel } from "../core/alerts/level.ts";
import type { PriceAlert } from "../core/alerts/price-alert.ts";
import type { QuietHours } from "../core/alerts/quiet.ts";
import type { Bar, Timeframe } from "../core/bar.ts";
import type { EquityCurve } from "../core/equity-curve.ts";
import type { Money } from "../core/money.ts";
import type { AssetKind, OrderType, Side, TimeInForce } from "../core/order.ts";
import type { Position, Trade } from "../core/position.ts";
import type { ReportTime } from "../core/report-schedule.ts";
import type { GateCheck } from "../core/risk/contract.ts";
import type { LimitChange } from "../core/risk/limit-changes.ts";
import type { Limits } from "../core/risk/limits.ts";
import type { LimitUse } from "../core/risk/usage.ts";
import type { OwnStrategies } from "../core/strategies/index.ts";
import type { Plot } from "../core/strategies/plot.ts";
import type { ConnectionState } from "./chat.ts";
import type { CriticalAlert } from "./alerts.ts";
import type { Control, Mode, Run } from "./records.ts";

export interface PositionView {
  readonly position: Position;
  readonly currentPrice: number | null;
  readonly unrealizedPnl: number | null;
  readonly unrealizedPnlPercent: number | null;
  /** Unrealised gain in units of the initial risk. */
  readonly rMultiple: number | null;
  /** Market time since the entry. */
  readonly ageMs: number;
}

/** A holding at the broker that no row of ours explains. */
export interface ExternalView {
  readonly symbol: string;
  readonly quantity: Money;
  readonly currentPrice: Money | null;
  /** As the broker reckons it, USD, never negative; a contract of options is worth a hundred times its price. */
  readonly value: Money | null;
  /** Somebody decided to leave it alone: its symbol takes entries. */
  readonly ignored: boolean;
}

/** An order that works at the broker and that nothing here placed. */
export interface ForeignOrder {
  readonly brokerOrderId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  readonly kind: AssetKind;
  /** 0 for an order by amount. */
  readonly quantity: Money;
  /** USD; null unless it is an order by amount. */
  readonly amount: Money | null;
  readonly filledQuantity: Money;
  readonly limitPrice: Money | null;
  readonly stopPrice: Money | null;
}

export interface ForeignOrderView extends ForeignOrder {
  /** Somebody said that it be left alone: it does not freeze its symbol. */
  readonly ignored: boolean;
}

/** What an order by hand would do now. */
export interface ManualPreview {
  readonly side: Side;
  readonly symbol: string;
  readonly shares: Money;
  /** What a share is expected to cost, USD. */
  readonly price: number;
  readonly limit: number | null;
  readonly stop: number | null;
  readonly target: number | null;
  /** Change of what is lost when every stop is hit, USD; negative for a sale. */
  readonly risk: number;
  /** Every pre-trade check, as for a strategy's entry; none for a sale. */
  readonly checks: readonly GateCheck[];
}

export interface RunView {
  readonly run: Run;
  readonly title: string;
  readonly openPositions: number;
  readonly closedTrades: number;
  readonly realizedPnl: Money;
  /** Per symbol: newest decided bar, the kernel's newest reason, and the market-context line. */
  readonly symbols: readonly {
    readonly symbol: string;
    readonly barTime: number | null;
    readonly reason: string | null;
    readonly context: string | null;
  }[];
}

export interface PerformanceView {
  readonly period: "day" | "week" | "month" | "all";
  readonly trades: number;
  readonly realizedPnl: number;
  readonly unrealizedPnl: number;
  readonly winRatePercent: number | null;
  readonly profitFactor: number | null;
  /** Mean P&L of a trade, USD. */
  readonly expectancy: number | null;
  /** Annualised from daily equity as in the backtest; null until there are enough days. */
  readonly sharpe: number | null;
  /** Negative percent, from equity snapshots. */
  readonly maxDrawdownPercent: number | null;
  readonly best: Trade | null;
  readonly worst: Trade | null;
}

/** A symbol's bars and what this desk did on them; `plot` and times are aligned with the bars. */
export interface ChartView {
  readonly symbol: string;
  readonly timeframe: Timeframe;
  /** The last one may still be forming; oldest first. */
  readonly bars: readonly Bar[];
  /** The run whose averages are shown, and what a chart shows of its strategy; null where none trades on these bars. */
  readonly strategyId: string | null;
  readonly plot: Plot | null;
  /** Entries and exits, in market time. */
  readonly fills: readonly {
    readonly side: "buy" | "sell";
    readonly atMs: number;
    readonly price: number;
  }[];
  /** Open in this symbol. */
  readonly positions: readonly PositionView[];
  /** The latest trade, else the last close. */
  readonly price: number | null;
}

/** A session or a week of sessions; `label` is `2026-11-20` or `2026-11-16 to 2026-11-20`. */
export interface ReportSpan {
  readonly label: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** What became of a span: its trades and equity, and the positions and the risk of now. */
export interface ReportView {
  readonly span: ReportSpan;
  readonly ended: boolean;
  /** Before the span, USD; null when nothing was recorded. */
  readonly startEquity: number | null;
  readonly endEquity: number | null;
  /** Closed in the span. */
  readonly trades: number;
  readonly won: number;
  readonly realizedPnl: number;
  readonly best: Trade | null;
  readonly worst: Trade | null;
  readonly positions: readonly PositionView[];
  readonly risk: RiskView;
  readonly curve: EquityCurve;
}

export interface RiskView {
  readonly equity: number;
  readonly lastEquity: number;
  readonly cash: number;
  readonly buyingPower: number;
  /** Loss since the last session's close, fraction of that equity; negative in profit. */
  readonly dayLoss: number;
  readonly maxDayLoss: number;
  /** Value of positions, working entries, external holdings and external buy orders. */
  readonly exposure: number;
  /** Heat: what of it is lost when every stop is hit; all of what is external. */
  readonly openRisk: number;
  readonly limits: readonly LimitUse[];
  readonly openPositions: number;
  readonly control: Control;
}

/** Changes of the risk limits that could be made. */
export type LimitsPlan =
  | {
      readonly kind: "plan";
      readonly limits: Limits;
      readonly changes: readonly LimitChange[];
      /** `heat_pct 25% → 20%, max_positions none → 8` */
      readonly text: string;
      /** More could be risked than before. */
      readonly raises: boolean;
    }
  | { readonly kind: "refused"; readonly text: string };

export interface HealthView {
  /** Reconciled and every chat connected. */
  readonly ready: boolean;
  readonly version: string;
  readonly mode: Mode;
  readonly broker: {
    readonly name: string;
    readonly stream: ConnectionState;
    readonly accountNumber: string | null;
  };
  readonly database: { readonly description: string; readonly ok: boolean };
  readonly chats: readonly { readonly platform: string; readonly state: ConnectionState }[];
  readonly leader: boolean;
  readonly reconciled: boolean;
  readonly market: { readonly isOpen: boolean; readonly nowMs: number } | null;
  /** Why the newest tick failed; null when it did not. */
  readonly tickFailure: string | null;
  readonly lastTickMs: number | null;
  /** How long the newest tick took. */
  readonly tickDurationMs: number | null;
  readonly pendingAlerts: number;
  readonly startedAtMs: number;
  readonly ownStrategies: OwnStrategies;
}

export interface AccountView {
  readonly name: string;
  readonly mode: Mode;
  /** Commands and runs mean this one. */
  readonly inUse: boolean;
  readonly broker: string;
  readonly connection: ConnectionState;
  /** The last four characters; null while it cannot be read. */
  readonly numberEnd: string | null;
  /** USD. */
  readonly equity: Money | null;
  /** Running or paused. */
  readonly runs: number;
  readonly positions: number;
}

/** What a channel wants to hear, and when. */
export interface ChannelAlerts {
  readonly level: AlertLevel;
  readonly quiet: QuietHours | null;
}

/** Who is called when nobody acknowledges a critical alert. */
export interface OnCall {
  /** "slack:U123", "slack:S12" (a group), "discord:42", "discord:&42" (a role). */
  readonly people: readonly string[];
  /** Patience before each call, minutes. */
  readonly minutes: number;
}

export interface ReportPlan {
  readonly daily: ReportTime;
  readonly weekly: ReportTime;
}

export interface AlertsView {
  readonly channels: ReadonlyMap<string, ChannelAlerts>;
  readonly onCall: OnCall;
  /** Where mail goes, null when it is not configured. */
  readonly mail: string | null;
  readonly prices: readonly PriceAlert[];
  /** Critical ones that nobody has acknowledged. */
  readonly open: readonly CriticalAlert[];
}

/** Closed bars of the regular session by symbol, oldest first; those before `fromMs` are history. */
export interface PastBars {
  readonly fromMs: number;
  readonly bars: ReadonlyMap<string, readonly Bar[]>;
}
