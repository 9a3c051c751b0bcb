import type { Outcome } from "../ports.ts";
import type { Actor, Answer, CommandSpec, Role } from "./contract.ts";
import { commandName } from "./usage.ts";

/** Nothing was done, and why; only the person who asked sees it. */
export function refusal(text: string, footer: readonly string[] = []): Answer {
  return { text, tone: "warn", private: true, refused: true, ...(footer.length > 0 ? { footer } : {}) };
}

/** What the desk made of a request that changes something. */
export function outcomeAnswer(outcome: Outcome<unknown>, done: Omit<Answer, "text">): Answer {
  return outcome.kind === "done" ? { ...done, text: outcome.text } : refusal(outcome.text);
}

export function noRole(actor: Actor): Answer {
  return refusal(
    `You have no role here. An admin must add ${actor.userId} to ROLE_VIEWER, ROLE_TRADER or ROLE_ADMIN and restart AlphaFlow.`,
  );
}

export function roleTooLow(spec: CommandSpec, needed: Role, role: Role): Answer {
  return refusal(`${commandName(spec)} needs the role ${needed}; you are ${role}. Nothing was done.`);
}

export const ALREADY_HANDLED: Answer = {
  text: "This delivery was handled already; nothing was done a second time.",
  private: true,
  refused: true,
};

export const NOT_RECORDED: Answer = refusal(
  "The database does not answer: the command cannot be recorded, so it was not done. Try again shortly; /halt and /kill work all the same.",
);

/** The handler threw. What is known goes to the log under the reference; the chat learns what to look at. */
export function failure(spec: CommandSpec, changes: boolean, reference: string): Answer {
  const name = commandName(spec);
  if (spec.effect === "urgent")
    return {
      title: `${name} may not have worked`,
      text: `${name} did not come to an end. Look at the account at the broker now and repeat ${name}. (Reference ${reference})`,
      tone: "bad",
    };
  const advice = changes
    ? "It may have been done in part: look at /positions and /orders before repeating it."
    : "Nothing was changed. Try again, or look at /health.";
  return { text: `${name} failed. ${advice} (Reference ${reference})`, tone: "bad", private: true };
}
