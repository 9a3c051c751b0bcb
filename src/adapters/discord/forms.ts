import { InteractionResponseType } from "discord.js";
import { mayUse } from "../../commands/authorize.ts";
import type { Answer, CommandBus } from "../../commands/contract.ts";
import { fillForm, formFor, formOf, type Form } from "../../commands/form.ts";
import type { Act, Delivery } from "./delivery.ts";
import { formModal, spreadValues } from "./form-modal.ts";
import { answerFirst, type Outlet } from "./outlet.ts";

type FormParts = Outlet & { readonly bus: CommandBus };

/**
 * Opens the form of a command that was given without arguments. False when there is none, or when this person may not use
 * the command: then it is to be run as it stands, and its refusal is the answer.
 */
export async function openForm(
  parts: FormParts,
  delivery: Delivery,
  text: string,
  receivedAtMs: number,
): Promise<boolean> {
  const form = formFor(parts.bus.commands, text);
  const role = form === undefined ? undefined : parts.bus.roleOf(delivery.actor);
  if (form === undefined || role === undefined) return false;
  if (!mayUse(role, form.spec.role({ values: {}, symbols: [], settings: [] }))) return false;
  await answerFirst(parts, delivery, receivedAtMs, {
    type: InteractionResponseType.Modal,
    data: formModal(form),
  });
  return true;
}

export type Submitted =
  | { readonly kind: "command"; readonly text: string }
  | { readonly kind: "wrong"; readonly answer: Answer };

/** Reads a submitted form: the command that it stands for, or what is wrong with it. */
export function readForm(parts: FormParts, { path, values }: Extract<Act, { kind: "form" }>): Submitted {
  const form = formOf(parts.bus.commands, path);
  if (form === undefined) return { kind: "command", text: `/${path.join(" ")}` };
  const spread = spreadValues(form, values);
  if (spread.kind === "wrong") return wrong(form, [spread.text]);
  const filled = fillForm(form, spread.values);
  if (filled.kind === "command") return filled;
  const lines = Object.entries(filled.problems).map(
    ([name, problem]) => `${labelOf(form, name)}: ${problem}`,
  );
  return wrong(form, lines);
}

/** Discord closes a form whatever was in it: what is wrong is an answer, with a way back. */
function wrong(form: Form, lines: readonly string[]): Submitted {
  return {
    kind: "wrong",
    answer: {
      text: `Nothing was done.\n${lines.join("\n")}`,
      tone: "warn",
      private: true,
      refused: true,
      buttons: [{ label: "Fill in again", command: `/${form.spec.path.join(" ")}` }],
    },
  };
}

function labelOf({ fields }: Form, name: string): string {
  return fields.find((field) => field.name === name)?.label ?? name;
}
