import { ALERT_LEVELS } from "../../core/alerts/level.ts";
import type { QuietHours } from "../../core/alerts/quiet.ts";
import type { ChannelAlerts, LedgerOps, OnCall, ReportPlan } from "../../ports.ts";

/** Rows of the settings table; one a figure, so that two commands at once do not undo each other. */
const ALERTS_PREFIX = "alerts.";
export const SCHEDULE_PREFIX = "schedule.";

export const levelKey = (channel: string): string => `${ALERTS_PREFIX}level.${channel}`;
export const quietKey = (channel: string): string => `${ALERTS_PREFIX}quiet.${channel}`;
export const onCallKey = (what: keyof OnCall): string => `${ALERTS_PREFIX}oncall.${what}`;
export const planKey = (report: keyof ReportPlan): string => `${SCHEDULE_PREFIX}${report}`;

const DEFAULT_PATIENCE_MINUTES = 5;

type Rows = ReadonlyMap<string, unknown>;

/** What a channel wants; everything at all hours until somebody says otherwise. A row that cannot be read says nothing. */
export function channelAlerts(rows: Rows, channel: string): ChannelAlerts {
  const level = ALERT_LEVELS.find((each) => each === rows.get(levelKey(channel)));
  const quiet = rows.get(quietKey(channel));
  return { level: level ?? "all", quiet: isQuietHours(quiet) ? quiet : null };
}

export function onCallOf(rows: Rows): OnCall {
  const people = rows.get(onCallKey("people"));
  const minutes = rows.get(onCallKey("minutes"));
  return {
    people: Array.isArray(people) ? people.filter((each) => typeof each === "string") : [],
    minutes: typeof minutes === "number" && minutes > 0 ? minutes : DEFAULT_PATIENCE_MINUTES,
  };
}

/** Reports come five minutes after the close until somebody says otherwise. */
export function reportPlan(rows: Rows): ReportPlan {
  const time = (report: keyof ReportPlan): string => {
    const value = rows.get(planKey(report));
    return typeof value === "string" ? value : "close";
  };
  return { daily: time("daily"), weekly: time("weekly") };
}

export async function readAlertSettings(ledger: Pick<LedgerOps, "settings">): Promise<Rows> {
  return ledger.settings(ALERTS_PREFIX);
}

function isQuietHours(value: unknown): value is QuietHours {
  return (
    typeof value === "object" &&
    value !== null &&
    "from" in value &&
    typeof value.from === "number" &&
    "to" in value &&
    typeof value.to === "number" &&
    "timeZone" in value &&
    typeof value.timeZone === "string"
  );
}
