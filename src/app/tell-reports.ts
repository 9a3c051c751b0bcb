import { dueDaily, dueWeekly, mondayOf, reportDueMs } from "../core/report-schedule.ts";
import type { ReportPlan, ReportSpan, Session } from "../ports.ts";
import { reportPlan, SCHEDULE_PREFIX } from "./alerts/settings.ts";
import { mayTrade, type Engine } from "./context.ts";
import { sessionsSince, timeScale, type TimeScale } from "./market-hours.ts";
import { reportMessage } from "./report-message.ts";
import { reportView } from "./report.ts";
import { plainAlert } from "./wording.ts";

/** How often the schedule is looked at. */
export const REPORTS_EVERY_MS = 10_000;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** An outage longer than this leaves its oldest reports out. */
const CATCH_UP_MS = 8 * DAY_MS;
/** The calendar that is asked for: two weeks back, so that every week in question is whole. */
const CALENDAR_MS = 16 * DAY_MS;

/**
 * Tells the reports that came due since the last one, those missed in an outage first. Each is written to the outbox with how
 * far telling has come, under a key of account and session: once a session, whatever is killed in between.
 */
export async function tellReports(engine: Engine): Promise<void> {
  if (!mayTrade(engine) || !engine.state.reconciled) return;
  const scale = await timeScale(engine);
  const rows = await engine.ledger.settings(SCHEDULE_PREFIX);
  const plan = reportPlan(rows);
  for (const report of ["daily", "weekly"] as const) {
    const told = rows.get(toldKey(engine, report));
    const time = plan[report];
    // Before the first look there was nothing to tell, and nothing is made up for a time when it was off.
    if (typeof told !== "number" || (time === "off" && scale.nowMs - told > HOUR_MS))
      await engine.ledger.setSetting(toldKey(engine, report), scale.nowMs);
    else if (time !== "off") await tellDue(engine, report, time, told, scale);
  }
}

async function tellDue(
  engine: Engine,
  report: keyof ReportPlan,
  time: string,
  told: number,
  scale: TimeScale,
): Promise<void> {
  const { nowMs } = scale;
  const sessions = [...(await sessionsSince(engine, nowMs - CALENDAR_MS, nowMs)).values()];
  const since = Math.max(told, nowMs - CATCH_UP_MS);
  const due = (report === "daily" ? dueDaily : dueWeekly)(sessions, time, since, nowMs);
  for (const session of due) {
    const dueMs = reportDueMs(session, time);
    if (dueMs === undefined) continue;
    const span = report === "daily" ? sessionSpan(session) : weekSpan(sessions, session);
    const name = report === "daily" ? "Daily report" : "Week";
    const message = reportMessage(await reportView(engine, span), engine.mode, name);
    const key = `report:${report}:${engine.accountId}:${session.date}`;
    await engine.ledger.transaction(async (tx) => {
      await tx.insertAlert(plainAlert(key, "report", scale.toWall(dueMs), message));
      await tx.setSetting(toldKey(engine, report), dueMs);
    });
    engine.wakeAlerts();
  }
}

function sessionSpan({ date, openMs, closeMs }: Session): ReportSpan {
  return { label: date, fromMs: openMs, toMs: closeMs };
}

/** From the first session of its week to this one. */
function weekSpan(sessions: readonly Session[], last: Session): ReportSpan {
  const first = sessions.find(({ date }) => mondayOf(date) === mondayOf(last.date)) ?? last;
  return { label: `${first.date} to ${last.date}`, fromMs: first.openMs, toMs: last.closeMs };
}

function toldKey(engine: Engine, report: keyof ReportPlan): string {
  return `${SCHEDULE_PREFIX}told.${report}.${engine.accountId}`;
}
