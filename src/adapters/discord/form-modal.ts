import { ComponentType, TextInputStyle, type APIModalInteractionResponseCallbackData } from "discord.js";
import type { FormField } from "../../commands/contract.ts";
import type { Form } from "../../commands/form.ts";
import { namedWord, splitWords } from "../../commands/words.ts";
import { cut, showable } from "./escape.ts";

// docs.discord.com/developers/components/reference: modal, label, text input, string select
const TITLE_MAX = 45;
const LABEL_MAX = 45;
const DESCRIPTION_MAX = 100;
const COMPONENTS_MAX = 5;
const OPTIONS_MAX = 25;
const PLACEHOLDER_MAX = 100;
const TEXT_MAX = 3000;
const PREFIX = "form:";
/** The field that takes, as name=value, what has no field of its own. */
const REST = "…";

type Labels = APIModalInteractionResponseCallbackData["components"];

/** The form as a modal: five fields at most, the last of which takes all others as `name=value`. */
export function formModal(form: Form): APIModalInteractionResponseCallbackData {
  const { shown, rest } = partition(form);
  return {
    custom_id: PREFIX + form.spec.path.join(" "),
    title: cut(form.title, TITLE_MAX),
    components: [
      ...shown.map((field) => labelled(field, form.given[field.name])),
      ...(rest.length === 0 ? [] : [restField(rest)]),
    ],
  };
}

/** The path of the command whose form has this custom id. */
export function formPath(customId: string): readonly string[] | undefined {
  return customId.startsWith(PREFIX) ? customId.slice(PREFIX.length).split(" ") : undefined;
}

export type Spread =
  | { readonly kind: "values"; readonly values: Readonly<Record<string, string>> }
  | { readonly kind: "wrong"; readonly text: string };

/** What was submitted, by field name: the last field's `name=value` texts go to the fields they name. */
export function spreadValues(form: Form, submitted: Readonly<Record<string, string>>): Spread {
  const { [REST]: others = "", ...values } = submitted;
  const { rest } = partition(form);
  const spread: Record<string, string> = { ...values };
  for (const word of splitWords(others)) {
    const named = namedWord(word);
    const field = rest.find(({ name }) => name === named?.name);
    if (named === undefined || field === undefined)
      return {
        kind: "wrong",
        text: `${cut(showable(word), 40)}: expected ${rest.map(({ name }) => `${name}=…`).join(" ")}`,
      };
    spread[field.name] = named.value;
  }
  return { kind: "values", values: spread };
}

function partition({ fields }: Form): {
  readonly shown: readonly FormField[];
  readonly rest: readonly FormField[];
} {
  const own = fields.length > COMPONENTS_MAX ? COMPONENTS_MAX - 1 : fields.length;
  return { shown: fields.slice(0, own), rest: fields.slice(own) };
}

function labelled(field: FormField, given: string | undefined): Labels[number] {
  return {
    type: ComponentType.Label,
    label: cut(field.label, LABEL_MAX),
    description: cut(field.description, DESCRIPTION_MAX),
    component: componentOf(field, given),
  };
}

function componentOf(
  { name, kind, required, verbatim, choices = [] }: FormField,
  given: string | undefined,
): Extract<Labels[number], { type: ComponentType.Label }>["component"] {
  if (choices.length > 0 && choices.length <= OPTIONS_MAX)
    return {
      type: ComponentType.StringSelect,
      custom_id: name,
      required,
      options: choices.map((choice) => ({ label: choice, value: choice })),
    };
  return {
    type: ComponentType.TextInput,
    custom_id: name,
    style: kind === "settings" || verbatim === true ? TextInputStyle.Paragraph : TextInputStyle.Short,
    required,
    max_length: TEXT_MAX,
    ...(given === undefined ? {} : { value: given }),
  };
}

function restField(rest: readonly FormField[]): Labels[number] {
  return {
    type: ComponentType.Label,
    label: "Further",
    description: cut(rest.map(({ label }) => label.toLowerCase()).join(", "), DESCRIPTION_MAX),
    component: {
      type: ComponentType.TextInput,
      custom_id: REST,
      style: TextInputStyle.Paragraph,
      required: false,
      max_length: TEXT_MAX,
      placeholder: cut(rest.map(({ name }) => `${name}=…`).join(" "), PLACEHOLDER_MAX),
    },
  };
}
