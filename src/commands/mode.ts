import { modeLabel } from "../app/wording.ts";
import type { Desk, Mode } from "../ports.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { Answer, Args, CommandSpec, Confirm } from "./contract.ts";
import { controlText } from "./format.ts";

export const mode: CommandSpec = {
  path: ["mode"],
  summary: "shows or changes the trading mode; live needs a second admin",
  examples: ["/mode", "/mode paper", "/mode live"],
  args: [
    {
      name: "mode",
      kind: "choice",
      required: false,
      description: "paper, or live for real money",
      choices: ["paper", "live"],
    },
  ],
  role: (args) => (wantedMode(args) === undefined ? "viewer" : "admin"),
  confirm: async ({ desk }, args) => (wantedMode(args) === "live" ? confirmLive(desk) : { kind: "go" }),
  run: async (context, args) => {
    const wanted = wantedMode(args);
    if (wanted === undefined) return modeAnswer(context.desk);
    const outcome = await context.desk.setMode(wanted, byOf(context));
    return outcomeAnswer(outcome, {
      title: `Mode · ${modeLabel(wanted)}`,
      tone: wanted === "live" ? "warn" : "good",
    });
  },
};

function wantedMode({ values }: Args): Mode | undefined {
  const { mode: wanted } = values;
  return wanted === "live" || wanted === "paper" ? wanted : undefined;
}

async function modeAnswer(desk: Desk): Promise<Answer> {
  const [control, locks] = await Promise.all([desk.control(), desk.liveLocks()]);
  const live = control.mode === "live";
  return {
    title: `Mode · ${modeLabel(control.mode)}`,
    text: live
      ? "Orders are placed with real money."
      : "Orders are placed with paper money; no real money moves.",
    tone: live ? "warn" : "neutral",
    fields: [{ label: "Trading", value: controlText(control) }],
    ...(live ? {} : { footer: liveFooter(locks) }),
  };
}

function liveFooter(locks: readonly string[]): readonly string[] {
  return locks.length === 0
    ? ["Every lock for live trading is open: /mode live by one admin, confirmed by a second."]
    : ["Live trading still needs:", ...locks.map((lock) => `– ${lock}`)];
}

/** What stands before real money: every lock, and a second admin's word. */
export async function confirmLive(desk: Desk): Promise<Confirm> {
  const [control, locks] = await Promise.all([desk.control(), desk.liveLocks()]);
  if (control.mode === "live") return { kind: "answer", message: refusal("The mode is live already.") };
  if (locks.length > 0)
    return {
      kind: "answer",
      message: refusal(
        "Live trading is locked; the mode stays PAPER.",
        locks.map((lock) => `Missing: ${lock}`),
      ),
    };
  return {
    kind: "ask",
    secondPerson: true,
    preview: {
      title: "Trade live? · PAPER now",
      text: "From then on orders are placed with real money.",
      tone: "bad",
    },
  };
}
