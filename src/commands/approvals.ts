import type { Approval, Desk, Outcome } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Answer, ArgSpec, CommandContext, CommandSpec } from "./contract.ts";
import { counted, duration, titleWithMode } from "./format.ts";

const ID: ArgSpec = { name: "id", kind: "text", required: false, description: "id that the card shows" };
/** Platforms take few buttons a message. */
const MAX_CARDS = 5;

export const approve: CommandSpec = {
  path: ["approve"],
  summary:
    "buys what a run with approve=ask proposed, after every check anew; alone: what waits for approval",
  examples: ["/approve", "/approve af-k7q2-AAPL-sn3k40-e1"],
  args: [ID],
  role: () => "trader",
  run: async (context, { values }) => {
    const { id } = values;
    return id === undefined
      ? waiting(context)
      : decision(context, "Approval", (desk) => desk.approve(id, byOf(context)));
  },
};

export const reject: CommandSpec = {
  path: ["reject"],
  summary: "turns down what a run with approve=ask proposed",
  examples: ["/reject af-k7q2-AAPL-sn3k40-e1"],
  args: [{ ...ID, required: true }],
  role: () => "trader",
  run: (context, { values }) =>
    decision(context, "Rejected", (desk) => desk.reject(values["id"] ?? "", byOf(context))),
};

async function decision(
  { desk }: CommandContext,
  title: string,
  decide: (desk: Desk) => Promise<Outcome>,
): Promise<Answer> {
  const outcome = await decide(desk);
  if (outcome.kind === "refused") return refusal(outcome.text);
  return outcomeAnswer(outcome, { title: await titleWithMode(desk, title), tone: "good" });
}

async function waiting({ desk, nowMs }: CommandContext): Promise<Answer> {
  const open = await desk.approvals();
  const title = await titleWithMode(desk, "Approvals");
  if (open.length === 0) return { title, text: "Nothing waits for approval." };
  return {
    title,
    text: `${counted(open.length, "buy")} waiting for approval.`,
    table: {
      columns: [
        { header: "entry" },
        { header: "strategy" },
        { header: "left", align: "right" },
        { header: "id" },
      ],
      rows: open.map((approval) => [
        approval.text,
        approval.strategyId,
        duration(approval.expiresAt - nowMs),
        approval.id,
      ]),
    },
    buttons: open.slice(0, MAX_CARDS).flatMap(buttonsOf),
  };
}

function buttonsOf({ id, symbol }: Approval): NonNullable<Answer["buttons"]> {
  return [
    { label: `Approve ${symbol}`, command: `/approve ${id}`, style: "primary" },
    { label: `Reject ${symbol}`, command: `/reject ${id}`, style: "danger" },
  ];
}
