import { isObject, listOf, textOf, type Json } from "./json.ts";
import { Problems } from "./problems.ts";

const LABEL = 18;
const TEXT_INPUT = 4;
const STRING_SELECT = 3;

/** docs.discord.com/developers/components/reference: what is wrong with a modal. */
export function modalProblems(data: Json): Problems {
  const problems = new Problems();
  problems.length("data.custom_id", data["custom_id"] ?? "", 1, 100);
  problems.length("data.title", data["title"] ?? "", 1, 45);
  const components = listOf(data["components"]);
  if (components.length < 1 || components.length > 5)
    problems.add("data.components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
  const ids = new Set<string>();
  components.forEach((label, index) => {
    const at = `data.components.${String(index)}`;
    if (label["type"] !== LABEL)
      problems.add(`${at}.type`, "UNION_TYPE_CHOICES", "Value of field type must be a label.");
    problems.length(`${at}.label`, label["label"] ?? "", 1, 45);
    if (label["description"] !== undefined)
      problems.length(`${at}.description`, label["description"], 1, 100);
    const component = isObject(label["component"]) ? label["component"] : {};
    problems.length(`${at}.component.custom_id`, component["custom_id"] ?? "", 1, 100);
    if (ids.has(textOf(component["custom_id"])))
      problems.add(`${at}.component.custom_id`, "COMPONENT_CUSTOM_ID_DUPLICATED", "Must be unique");
    ids.add(textOf(component["custom_id"]));
    if (component["type"] === TEXT_INPUT) checkInput(problems, component, `${at}.component`);
    else if (component["type"] === STRING_SELECT) checkSelect(problems, component, `${at}.component`);
    else problems.add(`${at}.component.type`, "UNION_TYPE_CHOICES", "Must be an input or a select.");
  });
  return problems;
}

function checkInput(problems: Problems, input: Json, at: string): void {
  if (input["style"] !== 1 && input["style"] !== 2)
    problems.add(`${at}.style`, "BASE_TYPE_CHOICES", "Value must be one of (1, 2).");
  if (input["label"] !== undefined) problems.add(`${at}.label`, "UNKNOWN_FIELD", "The label has the label.");
  const most = input["max_length"] ?? 4000;
  if (typeof most !== "number" || most < 1 || most > 4000)
    problems.add(`${at}.max_length`, "NUMBER_TYPE_MAX", "1 to 4000");
  if (input["placeholder"] !== undefined) problems.length(`${at}.placeholder`, input["placeholder"], 1, 100);
}

function checkSelect(problems: Problems, select: Json, at: string): void {
  const options = listOf(select["options"]);
  if (options.length < 1 || options.length > 25)
    problems.add(`${at}.options`, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 25 in length.");
  options.forEach((option, index) => {
    problems.length(`${at}.options.${String(index)}.label`, option["label"] ?? "", 1, 100);
    problems.length(`${at}.options.${String(index)}.value`, option["value"] ?? "", 1, 100);
  });
}

/** The data of a submitted modal; throws for what Discord's own client would not let through. */
export function modalData(modal: Json, filled: Readonly<Record<string, string>>): Json {
  const inputs = listOf(modal["components"]).map((label) =>
    isObject(label["component"]) ? label["component"] : {},
  );
  for (const name of Object.keys(filled))
    if (!inputs.some((input) => input["custom_id"] === name)) throw new Error(`the modal has no ${name}`);
  return {
    custom_id: modal["custom_id"],
    components: inputs.map((input, index) => {
      const id = textOf(input["custom_id"]);
      const value = filled[id];
      if (value === undefined && input["required"] !== false) throw new Error(`${id} is required`);
      const base = { id: 2 * index + 2, type: input["type"], custom_id: id };
      const known = listOf(input["options"]).some((option) => option["value"] === value);
      if (input["type"] === STRING_SELECT && value !== undefined && !known)
        throw new Error(`${id} has no option ${value}`);
      return {
        id: 2 * index + 1,
        type: LABEL,
        component:
          input["type"] === STRING_SELECT
            ? { ...base, values: value === undefined ? [] : [value] }
            : { ...base, value: value ?? "" },
      };
    }),
  };
}
