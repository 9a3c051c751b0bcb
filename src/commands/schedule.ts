import { parseReportTime } from "../core/report-schedule.ts";
import type { ReportPlan } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import type { CommandSpec } from "./contract.ts";

export const schedule: CommandSpec = {
  path: ["schedule"],
  bareName: "show",
  summary: "when the daily report and the weekly summary come, New York time",
  examples: ["/schedule"],
  effect: "reads",
  args: [],
  role: () => "trader",
  run: async ({ desk }) => {
    const { daily, weekly } = await desk.alerts.schedule();
    return {
      title: "Schedule",
      text: "Reports come by themselves; times are New York.",
      fields: [
        { label: "Daily report", value: timeText(daily, "every session's day") },
        { label: "Weekly summary", value: timeText(weekly, "the week's last session") },
      ],
      footer: ["To change it: /schedule daily 16:30, /schedule weekly off"],
    };
  },
};

function timeText(time: string, day: string): string {
  if (time === "off") return "off";
  return time === "close" ? `${day}, 5 minutes after the close` : `${day}, ${time}`;
}

export const scheduleDaily = setter("daily", "when the daily report comes: a New York time, close, or off");
export const scheduleWeekly = setter(
  "weekly",
  "when the weekly summary comes after the week's last session: a New York time, close, or off",
);

function setter(report: keyof ReportPlan, summary: string): CommandSpec {
  return {
    path: ["schedule", report],
    summary,
    examples: [`/schedule ${report} 16:30`, `/schedule ${report} off`],
    args: [{ name: "time", kind: "text", required: true, description: "16:30, close, or off" }],
    role: () => "trader",
    run: async ({ desk }, { values }) => {
      const read = parseReportTime(values["time"] ?? "");
      if ("problem" in read) return refusal(read.problem);
      const outcome = await desk.alerts.setSchedule(report, read.time);
      return outcomeAnswer(outcome, { title: "Schedule", tone: "good" });
    },
  };
}
