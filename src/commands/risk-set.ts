import { expectedOf } from "../core/strategies/params.ts";
import { LIMITS } from "../core/risk/limits.ts";
import { outcomeAnswer, refusal } from "./answers.ts";
import { byOf } from "./bus.ts";
import type { CommandSpec } from "./contract.ts";
import { titleWithMode } from "./format.ts";

/** Tightening holds at once. Raising waits for a second admin where there is one. */
export const riskSet: CommandSpec = {
  path: ["risk", "set"],
  summary: "changes risk limits; raising one needs a second admin where there are two",
  examples: ["/risk set heat_pct=20", "/risk set max_positions=8 cooldown_minutes=30"],
  args: [
    {
      name: "settings",
      kind: "settings",
      completes: "limits",
      required: true,
      description: "name=value of one or more limits; /risk lists them",
    },
  ],
  role: () => "admin",
  confirm: async ({ desk, soleAdmin }, { settings }) => {
    const plan = await desk.planLimits(settings);
    if (plan.kind === "refused") return { kind: "answer", message: refusal(plan.text, hints(settings)) };
    if (!plan.raises || soleAdmin) return { kind: "go" };
    return {
      kind: "ask",
      secondPerson: true,
      preview: {
        title: await titleWithMode(desk, "Raise risk limits?"),
        text: `${plan.text}: more may be lost than before.`,
        tone: "warn",
      },
    };
  },
  run: async (context, { settings }) => {
    const { desk, soleAdmin, confirmed } = context;
    const outcome = await desk.setLimits(settings, soleAdmin || confirmed, byOf(context));
    return outcomeAnswer(outcome, { title: await titleWithMode(desk, "Risk limits"), tone: "good" });
  },
};

/** What the named limits are about. */
function hints(settings: readonly string[]): readonly string[] {
  return LIMITS.filter(({ name }) => settings.some((text) => text.startsWith(`${name}=`))).map(
    (limit) => `${limit.name}: ${limit.description}; ${expectedOf(limit)}`,
  );
}
