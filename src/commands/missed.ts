import { delayText } from "../app/alerts/late.ts";
import { oneLine } from "./words.ts";
import type { LateAlert } from "../ports.ts";
import type { CommandSpec } from "./contract.ts";
import { counted, minuteText } from "./format.ts";

const DEFAULT_HOURS = 24;
const HOUR_MS = 3_600_000;

export const missed: CommandSpec = {
  path: ["missed"],
  summary: "what this chat got late or has not got yet: while it was down, or quiet",
  examples: ["/missed", "/missed 72", "/missed 24 discord"],
  args: [
    {
      name: "hours",
      kind: "integer",
      required: false,
      description: `how far back (${DEFAULT_HOURS})`,
      min: 1,
      max: 720,
    },
    {
      name: "channel",
      kind: "choice",
      required: false,
      description: "which chat (the one you are in)",
      choices: ["slack", "discord", "console", "mail"],
    },
  ],
  role: () => "viewer",
  run: async ({ desk, actor, nowMs }, { values }) => {
    const hours = Number(values["hours"] ?? DEFAULT_HOURS);
    const channel = values["channel"] ?? actor.platform;
    const late = await desk.alerts.missed(channel, nowMs - hours * HOUR_MS);
    if (late.length === 0)
      return { title: "Missed", text: `${channel} missed nothing in the last ${counted(hours, "hour")}.` };
    return {
      title: "Missed",
      text: `${counted(late.length, "alert")} came late to ${channel}, or not yet, in the last ${counted(hours, "hour")}:`,
      table: {
        columns: [{ header: "happened" }, { header: "alert" }, { header: "came" }],
        rows: late.map((alert) => [minuteText(alert.atMs), wordsOf(alert), cameText(alert)]),
      },
    };
  },
};

function wordsOf({ message }: LateAlert): string {
  return oneLine(message.title === undefined ? message.text : `${message.title}: ${message.text}`, 160);
}

function cameText({ atMs, deliveredAtMs, settled }: LateAlert): string {
  if (deliveredAtMs === null) return "not yet";
  if (settled === "digest") return "in the message after quiet hours";
  if (settled === "refused") return "never: refused";
  return delayText(deliveredAtMs - atMs);
}
