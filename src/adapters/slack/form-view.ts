import type { types } from "@slack/bolt";
import type { FormField } from "../../commands/contract.ts";
import type { Form } from "../../commands/form.ts";
import { fit, plain } from "./escape.ts";

/** All our forms; which command is meant stands in the view's private metadata. */
export const FORM_CALLBACK = "alphaflow:form";
/** The one element of each input block; the block is named as the field. */
export const FORM_ACTION = "value";

// docs.slack.dev/reference/views, …/block-kit/blocks/input-block and …/block-elements
const TITLE = 24;
const LABEL = 2000;
const HINT = 150;
const OPTIONS = 100;
const OPTION_TEXT = 75;
const PLACEHOLDER = 150;
const TEXT_MAX = 3000;

/** The form as a modal. `metadata`: at most 3,000 characters, back with what is submitted. */
export function formView(form: Form, metadata: string): types.ModalView {
  return {
    type: "modal",
    callback_id: FORM_CALLBACK,
    title: words(form.title, TITLE),
    submit: words("Continue", TITLE),
    close: words("Cancel", TITLE),
    private_metadata: metadata,
    blocks: form.fields.map((field) => inputBlock(field, form.given[field.name])),
  };
}

function inputBlock(field: FormField, given: string | undefined): types.InputBlock {
  return {
    type: "input",
    block_id: field.name,
    optional: !field.required,
    label: words(field.label, LABEL),
    hint: words(field.description, HINT),
    element: elementOf(field, given),
  };
}

function elementOf(field: FormField, given: string | undefined): types.StaticSelect | types.PlainTextInput {
  const { choices = [] } = field;
  if (choices.length > 0 && choices.length <= OPTIONS)
    return {
      type: "static_select",
      action_id: FORM_ACTION,
      options: choices.map((choice) => ({ text: words(choice, OPTION_TEXT), value: choice })),
    };
  const isSettings = field.kind === "settings";
  return {
    type: "plain_text_input",
    action_id: FORM_ACTION,
    max_length: TEXT_MAX,
    ...(given === undefined ? {} : { initial_value: given }),
    ...(field.verbatim === true ? { multiline: true } : {}),
    ...(isSettings
      ? { multiline: true, placeholder: words("name=value, one a line or with blanks between", PLACEHOLDER) }
      : {}),
  };
}

function words(text: string, limit: number): types.PlainTextElement {
  return { type: "plain_text", text: fit(text, limit, plain), emoji: false };
}
