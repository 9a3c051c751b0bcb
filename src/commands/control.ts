import { outcomeAnswer } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Args, CommandSpec } from "./contract.ts";
import { titleWithMode } from "./format.ts";
import { oneLine } from "./words.ts";

// The desk acts first; the title with the mode, which needs the database, comes after.

export const halt: CommandSpec = {
  path: ["halt"],
  summary: "no new entries until an admin's /resume; exits and stops go on",
  examples: ["/halt", "/halt CPI at 14:30"],
  effect: "urgent",
  args: [{ name: "reason", kind: "text", required: false, description: "why, for the others" }],
  role: () => "trader",
  stops: (args) => ({ kind: "halt", reason: reasonOf(args) }),
  run: async (context, args) => {
    const reason = reasonOf(args);
    const outcome = await context.desk.halt(reason, byOf(context));
    return outcomeAnswer(outcome, {
      title: await titleWithMode(context.desk, "Halted"),
      tone: "warn",
      footer: ["An admin lifts it: /resume"],
    });
  },
};

function reasonOf({ values }: Args): string {
  return oneLine(values["reason"] ?? "by hand", 200);
}

export const resume: CommandSpec = {
  path: ["resume"],
  summary: "lifts a halt or the kill switch",
  examples: ["/resume"],
  args: [],
  role: () => "admin",
  run: async (context) => {
    const outcome = await context.desk.resume(byOf(context));
    return outcomeAnswer(outcome, { title: await titleWithMode(context.desk, "Resumed"), tone: "good" });
  },
};

export const kill: CommandSpec = {
  path: ["kill"],
  summary:
    "at once: stops all runs, cancels all orders, closes all positions; stays so until an admin's /resume",
  examples: ["/kill", "/kill drill"],
  effect: "urgent",
  args: [
    {
      name: "drill",
      kind: "choice",
      required: false,
      description: "drill: only tell what would be done",
      choices: ["drill"],
    },
  ],
  role: () => "trader",
  stops: (args) => (isDrill(args) ? null : { kind: "kill" }),
  run: async (context, args) => {
    const drill = isDrill(args);
    const outcome = await context.desk.kill(drill, byOf(context));
    return outcomeAnswer(outcome, {
      title: await titleWithMode(context.desk, drill ? "Kill switch, drill" : "Kill switch"),
      tone: drill ? "neutral" : "bad",
      footer: drill
        ? ["Nothing was done. For real: /kill"]
        : ["Trading stays stopped until an admin's /resume."],
    });
  },
};

function isDrill({ values }: Args): boolean {
  return values["drill"] !== undefined;
}
