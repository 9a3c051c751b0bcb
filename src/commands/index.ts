import { accountList, accountUse } from "./account.ts";
import { ack } from "./ack.ts";
import { alerts, alertsLevel, alertsOnCall, alertsQuiet } from "./alerts.ts";
import { backtest } from "./backtest.ts";
import { chart } from "./chart.ts";
import { approve, reject } from "./approvals.ts";
import { close } from "./close.ts";
import { confirm } from "./confirmation.ts";
import type { CommandSpec } from "./contract.ts";
import { halt, kill, resume } from "./control.ts";
import { external } from "./external.ts";
import { health } from "./health.ts";
import { helpCommand } from "./help.ts";
import { optimize, optimizeCancel, optimizeList, optimizeShow } from "./optimize.ts";
import { missed } from "./missed.ts";
import { journalEmoji } from "./journal-emoji.ts";
import { journalNote, journalShow, journalTag, journalUntag } from "./journal.ts";
import { mlCompare, mlStatus, mlTrain } from "./ml.ts";
import { mode } from "./mode.ts";
import { order } from "./order.ts";
import { cancel, orders } from "./orders.ts";
import { performance } from "./performance.ts";
import { positions } from "./positions.ts";
import { alertsAdd, alertsRemove } from "./price-alerts.ts";
import { report } from "./report.ts";
import { risk } from "./risk.ts";
import { schedule, scheduleDaily, scheduleWeekly } from "./schedule.ts";
import { riskSet } from "./risk-set.ts";
import { stop } from "./stop.ts";
import { strategyPause, strategyResume, strategySet, strategyStart, strategyStop } from "./strategy-run.ts";
import { strategyInfo, strategyList, strategyStatus } from "./strategy-show.ts";
import { trades } from "./trades.ts";
import { why } from "./why.ts";

/** Every command there is, in the order of /help and the README. To add one: a file here and a line in this list. */
export const commands: readonly CommandSpec[] = [
  strategyList,
  strategyInfo,
  strategyStatus,
  strategyStart,
  strategyStop,
  strategyPause,
  strategyResume,
  strategySet,
  positions,
  close,
  order,
  stop,
  external,
  orders,
  cancel,
  approve,
  reject,
  trades,
  journalNote,
  journalTag,
  journalUntag,
  journalShow,
  journalEmoji,
  performance,
  report,
  risk,
  riskSet,
  why,
  chart,
  backtest,
  mlTrain,
  mlStatus,
  mlCompare,
  optimize,
  optimizeList,
  optimizeShow,
  optimizeCancel,
  halt,
  resume,
  kill,
  mode,
  accountList,
  accountUse,
  alerts,
  alertsLevel,
  alertsQuiet,
  alertsAdd,
  alertsRemove,
  alertsOnCall,
  ack,
  missed,
  schedule,
  scheduleDaily,
  scheduleWeekly,
  health,
  helpCommand(() => commands),
  confirm,
];
