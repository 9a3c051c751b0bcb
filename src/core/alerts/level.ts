/** What an alert tells of. */
export type AlertKind =
  | "fill"
  | "stop"
  | "order"
  | "rejected"
  | "refused"
  | "halt"
  | "kill"
  | "run"
  | "connection"
  | "external"
  | "mode"
  | "approval"
  | "system"
  | "price"
  | "report"
  /** A critical alert that nobody acknowledged, again. */
  | "escalation"
  /** What a chat has not taken for minutes, for another way. */
  | "undelivered";

/** `critical` asks for an acknowledgement and goes by mail too; `always` only passes every level and all quiet hours. */
export type Urgency = "critical" | "always";

/** From the most to the least talkative. */
export const ALERT_LEVELS = ["all", "important", "fills"] as const;
export type AlertLevel = (typeof ALERT_LEVELS)[number];

interface About {
  readonly kind: AlertKind;
  readonly urgency?: Urgency;
}

const ALWAYS: ReadonlySet<AlertKind> = new Set(["fill", "stop", "halt", "kill", "escalation"]);
const IMPORTANT: ReadonlySet<AlertKind> = new Set([
  "rejected",
  "connection",
  "external",
  "mode",
  "approval",
  "price",
  "report",
]);

/** What moves money, and what somebody must act on: no level and no quiet hours hold it back. */
export function alwaysPasses({ kind, urgency }: About): boolean {
  return urgency !== undefined || ALWAYS.has(kind);
}

export function passesLevel(level: AlertLevel, alert: About): boolean {
  if (level === "all" || alwaysPasses(alert)) return true;
  return level === "important" && IMPORTANT.has(alert.kind);
}

/** Mail is for what cannot wait until somebody looks into the chat; a connection that was away for long is, and that it is back. */
export function goesByMail({ kind, urgency }: About): boolean {
  if (kind === "connection" && urgency !== undefined) return true;
  return urgency === "critical" || kind === "escalation" || kind === "undelivered";
}
