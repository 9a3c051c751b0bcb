import { dueDaily, dueWeekly, mondayOf, reportDueMs } from "../core/report-schedule.ts";
import type { ReportPlan, Session } from "../ports.ts";
import { reportPlan, SCHEDULE_PREFIX } from "./alerts/settings.ts";
import { mayTrade, type Engine } from "./context.ts";
import { marketHours, sessionsSince } from "./market-hours.ts";
import { sessionReport, type ReportWindow } from "./session-report.ts";
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
  const { nowMs } = await marketHours(engine);
  const rows = await engine.ledger.settings(SCHEDULE_PREFIX);
  const plan = reportPlan(rows);
  for (const report of ["daily", "weekly"] as const) {
    const told = rows.get(toldKey(engine, report));
    const time = plan[report];
    // Before the first look there was nothing to tell, and nothing is made up for a time when it was off.
    if (typeof told !== "number" || (time === "off" && nowMs - told > HOUR_MS))
      await engine.ledger.setSetting(toldKey(engine, report), nowMs);
    else if (time !== "off") await tellDue(engine, report, time, told, nowMs);
  }
}

async function tellDue(
  engine: Engine,
  report: keyof ReportPlan,
  time: string,
  told: number,
  nowMs: number,
): Promise<void> {
  const sessions = [...(await sessionsSince(engine, nowMs - CALENDAR_MS, nowMs)).values()];
  const due = (report === "daily" ? dueDaily : dueWeekly)(
    sessions,
    time,
    Math.max(told, nowMs - CATCH_UP_MS),
    nowMs,
  );
  for (const { date } of due) {
    const index = sessions.findIndex((session) => session.date === date);
    const session = sessions[index];
    const dueMs = session === undefined ? undefined : reportDueMs(session, time);
    if (session === undefined || dueMs === undefined) continue;
    await tell(engine, report, windowOf(report, sessions, index, session), { dueMs, date, nowMs });
  }
}

async function tell(
  engine: Engine,
  report: keyof ReportPlan,
  window: ReportWindow,
  { dueMs, date, nowMs }: { readonly dueMs: number; readonly date: string; readonly nowMs: number },
): Promise<void> {
  const wallMs = engine.clock.nowMs();
  // The sandbox's market runs away from the wall clock, by which trades are kept: its report tells what came since the last.
  const sameClock = Math.abs(wallMs - nowMs) < HOUR_MS;
  const since = await engine.ledger.setting(wallKey(engine, report));
  const message = await sessionReport(
    engine,
    sameClock ? window : { ...window, fromMs: typeof since === "number" ? since : 0, toMs: wallMs },
  );
  await engine.ledger.transaction(async (tx) => {
    const key = `report:${report}:${engine.accountId}:${date}`;
    await tx.insertAlert(plainAlert(key, "report", sameClock ? dueMs : wallMs, message));
    await tx.setSetting(toldKey(engine, report), dueMs);
    await tx.setSetting(wallKey(engine, report), wallMs);
  });
  engine.wakeAlerts();
}

/** From the close before (the last one of the week before) to this session's. */
function windowOf(
  report: keyof ReportPlan,
  sessions: readonly Session[],
  index: number,
  session: Session,
): ReportWindow {
  const before = sessions
    .slice(0, index)
    .filter((each) => report === "daily" || mondayOf(each.date) !== mondayOf(session.date));
  const title =
    report === "daily" ? `Daily report ${session.date}` : `Weekly summary, week of ${mondayOf(session.date)}`;
  return { title, fromMs: before.at(-1)?.closeMs ?? 0, toMs: session.closeMs };
}

function toldKey(engine: Engine, report: keyof ReportPlan): string {
  return `${SCHEDULE_PREFIX}told.${report}.${engine.accountId}`;
}

function wallKey(engine: Engine, report: keyof ReportPlan): string {
  return `${SCHEDULE_PREFIX}wall.${report}.${engine.accountId}`;
}
