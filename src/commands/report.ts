import { reportMessage } from "../app/report-message.ts";
import { refusal } from "./answers.ts";
import type { CommandSpec } from "./contract.ts";

const SPANS = ["day", "week"] as const;

export const report: CommandSpec = {
  path: ["report"],
  summary: "the session's report: profit, trades, open positions, risk used and the equity curve",
  examples: ["/report", "/report week"],
  args: [
    {
      name: "span",
      kind: "choice",
      required: false,
      description: "the open or last session (day), or its week",
      choices: SPANS,
    },
  ],
  role: () => "viewer",
  run: async ({ desk }, { values }) => {
    const span = SPANS.find((each) => each === values["span"]) ?? "day";
    const [view, control] = await Promise.all([desk.report(span), desk.control()]);
    if (view === undefined)
      return refusal("the market calendar cannot be read just now, so there is no session to report on");
    return reportMessage(view, control.mode);
  },
};
