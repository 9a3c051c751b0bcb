import { priceAlertText } from "../app/alerts/price.ts";
import { ALERT_LEVELS } from "../core/alerts/level.ts";
import { parseQuiet, quietText } from "../core/alerts/quiet.ts";
import type { AlertsView } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import type { Answer, ArgSpec, CommandContext, CommandSpec } from "./contract.ts";
import { counted, minuteText } from "./format.ts";
import { readPeople } from "./people.ts";

const NEW_YORK = "America/New_York";

const CHANNEL: ArgSpec = {
  name: "channel",
  kind: "choice",
  required: false,
  description: "which chat (the one you are in)",
  choices: ["slack", "discord", "console"],
};

export const alerts: CommandSpec = {
  path: ["alerts"],
  bareName: "list",
  summary: "levels, quiet hours, who is on call, mail, price alerts and what waits for an Ack",
  examples: ["/alerts"],
  effect: "reads",
  args: [],
  role: () => "trader",
  run: async ({ desk }) => overview(await desk.alerts.view()),
};

function overview({ channels, onCall, mail, prices, open }: AlertsView): Answer {
  const duty =
    onCall.people.length === 0
      ? "nobody: critical alerts are said once"
      : `${onCall.people.join(", ")}, every ${onCall.minutes} min until acknowledged`;
  return {
    title: "Alerts",
    text: `${counted(prices.length, "price alert")} waiting, ${counted(open.length, "critical alert")} not acknowledged.`,
    fields: [
      ...[...channels].map(([channel, { level, quiet }]) => ({
        label: channel,
        value: `${level}${quiet === null ? "" : `, quiet ${quietText(quiet)}`}`,
      })),
      { label: "on call", value: duty },
      { label: "mail", value: mail ?? "not configured (SMTP_URL, EMAIL_FROM, EMAIL_TO)" },
      ...open.map(({ id, message, atMs }) => ({
        label: `/ack ${id}`,
        value: `${message.title ?? message.text}, ${minuteText(atMs)}`,
      })),
    ],
    ...(prices.length === 0
      ? {}
      : {
          table: {
            columns: [{ header: "id" }, { header: "price alert" }, { header: "note" }, { header: "set by" }],
            rows: prices.map((each) => [each.id, priceAlertText(each), each.note ?? "", each.setByName]),
          },
        }),
    footer: ["Fills, stops, halt, kill and critical alerts always come."],
  };
}

export const alertsLevel: CommandSpec = {
  path: ["alerts", "level"],
  summary: "what a chat hears: all, important (no refusals, no run chatter), or fills and what stops trading",
  examples: ["/alerts level important", "/alerts level fills discord"],
  args: [
    { name: "level", kind: "choice", required: true, description: "how much", choices: ALERT_LEVELS },
    CHANNEL,
  ],
  role: () => "trader",
  run: async (context, { values }) => {
    const level = ALERT_LEVELS.find((each) => each === values["level"]) ?? "all";
    const outcome = await context.desk.alerts.setLevel(channelOf(context, values["channel"]), level);
    return outcomeAnswer(outcome, { title: "Alerts", tone: "good" });
  },
};

export const alertsQuiet: CommandSpec = {
  path: ["alerts", "quiet"],
  summary:
    "hours in which only fills, stops and critical alerts come; the rest comes afterwards in one message",
  examples: ["/alerts quiet 22:00-07:00", "/alerts quiet 22:00-07:00 Europe/Berlin", "/alerts quiet off"],
  args: [
    { name: "hours", kind: "text", required: true, description: "22:00-07:00, or off" },
    CHANNEL,
    { name: "timezone", kind: "text", required: false, description: `whose clocks (${NEW_YORK})` },
  ],
  role: () => "trader",
  run: async (context, { values }) => {
    const { hours = "", timezone = NEW_YORK } = values;
    const quiet = hours.toLowerCase() === "off" ? null : parseQuiet(hours, timezone);
    if (quiet !== null && "problem" in quiet) return refusal(quiet.problem);
    const outcome = await context.desk.alerts.setQuiet(channelOf(context, values["channel"]), quiet);
    return outcomeAnswer(outcome, { title: "Alerts", tone: "good" });
  },
};

export const alertsOnCall: CommandSpec = {
  path: ["alerts", "oncall"],
  summary: "who is called when nobody acknowledges a critical alert, and after how many minutes",
  examples: ["/alerts oncall me", "/alerts oncall U0ANN U0BOB minutes=10", "/alerts oncall off"],
  args: [
    {
      name: "minutes",
      kind: "integer",
      required: false,
      description: "patience before each call (5)",
      min: 1,
      max: 120,
      named: true,
    },
    {
      name: "people",
      kind: "text",
      required: false,
      description: "me, Slack or Discord user ids or mentions, or off",
    },
  ],
  role: () => "trader",
  run: async ({ desk, actor }, { values }) => {
    const { people, minutes } = values;
    if (people === undefined && minutes === undefined)
      return refusal("say who, for example /alerts oncall me, or minutes=10");
    const read = people === undefined ? undefined : readPeople(people, actor);
    if (read !== undefined && "problem" in read) return refusal(read.problem);
    const outcome = await desk.alerts.setOnCall({
      ...(read === undefined ? {} : { people: read.people }),
      ...(minutes === undefined ? {} : { minutes: Number(minutes) }),
    });
    return outcomeAnswer(outcome, { title: "On call", tone: "good" });
  },
};

function channelOf({ actor }: CommandContext, named: string | undefined): string {
  return named ?? actor.platform;
}
