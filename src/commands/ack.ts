import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { CommandSpec } from "./contract.ts";
import { echo } from "./words.ts";

const CODE = /^\d{1,12}$/;

export const ack: CommandSpec = {
  path: ["ack"],
  summary: "says that you look after a critical alert: nobody is called about it any more",
  examples: ["/ack 1042"],
  args: [{ name: "code", kind: "text", required: true, description: "the number on the alert" }],
  role: () => "trader",
  run: async (context, { values }) => {
    const { code = "" } = values;
    if (!CODE.test(code))
      return refusal(`${echo(code)} is no alert's number; /alerts lists those that are open`);
    const outcome = await context.desk.alerts.acknowledge(Number(code), byOf(context));
    return outcomeAnswer(outcome, { tone: "good" });
  },
};
