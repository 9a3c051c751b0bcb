import { isObject, listOf, textOf, type Json } from "./json.ts";
import { Problems } from "./problems.ts";

export const OPTION = {
  subcommand: 1,
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  number: 10,
} as const;

const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;

/** What Discord's documentation forbids in a bulk overwrite of chat-input commands; empty when it is accepted. */
export function commandProblems(body: unknown): Problems {
  const problems = new Problems();
  if (!Array.isArray(body)) {
    problems.add("_", "LIST_TYPE_CONVERT", "Only iterables may be used.");
    return problems;
  }
  if (body.length > 100) problems.add("_", "BASE_TYPE_MAX_LENGTH", "Must be 100 or fewer in length.");
  const names = new Set<string>();
  body.forEach((command: unknown, index) => {
    const at = String(index);
    if (!isObject(command)) return problems.add(at, "DICT_TYPE_CONVERT", "Only dictionaries may be used.");
    checkNamed(problems, command, at);
    const name = textOf(command["name"]);
    if (names.has(name))
      problems.add(`${at}.name`, "APPLICATION_COMMANDS_DUPLICATE_NAME", "Names must be unique");
    names.add(name);
    const shownTo = command["default_member_permissions"] ?? null;
    if (shownTo !== null && (typeof shownTo !== "string" || !/^\d{1,20}$/.test(shownTo)))
      problems.add(`${at}.default_member_permissions`, "BASE_TYPE_STRING", "A bit set as a string.");
    checkOptions(problems, command["options"], at, 0);
    if (sizeOf(command) > 8000)
      problems.add(at, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)");
  });
  return problems;
}

function checkNamed(problems: Problems, named: Json, at: string): void {
  const name = textOf(named["name"]);
  if (!NAME.test(name) || name !== name.toLowerCase())
    problems.add(`${at}.name`, "APPLICATION_COMMAND_INVALID_NAME", `Command name is invalid: ${name}`);
  problems.length(`${at}.description`, named["description"] ?? "", 1, 100);
}

function checkOptions(problems: Problems, value: unknown, at: string, depth: number): void {
  if (value === undefined || value === null) return;
  if (!Array.isArray(value))
    return problems.add(`${at}.options`, "LIST_TYPE_CONVERT", "Only iterables may be used.");
  const options = listOf(value);
  if (options.length > 25)
    problems.add(`${at}.options`, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
  const nesting = options.filter((option) => Number(option["type"]) <= OPTION.group).length;
  if (nesting > 0 && nesting < options.length)
    problems.add(
      `${at}.options`,
      "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID",
      "Sub-command and sub-command group option types are mutually exclusive to all other types",
    );
  const names = new Set<string>();
  let optionalSeen = false;
  options.forEach((option, index) => {
    const optionAt = `${at}.options.${String(index)}`;
    checkNamed(problems, option, optionAt);
    const name = textOf(option["name"]);
    if (names.has(name))
      problems.add(
        `${optionAt}.name`,
        "APPLICATION_COMMAND_OPTIONS_NAME_DUPLICATED",
        "Option names must be unique",
      );
    names.add(name);
    if (option["required"] === true && optionalSeen)
      problems.add(
        optionAt,
        "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        "Required options must be placed before non-required options",
      );
    optionalSeen ||= option["required"] !== true;
    checkOption(problems, option, optionAt, depth);
  });
}

function checkOption(problems: Problems, option: Json, at: string, depth: number): void {
  const type = Number(option["type"]);
  if (!Number.isInteger(type) || type < 1 || type > 11)
    problems.add(`${at}.type`, "BASE_TYPE_CHOICES", "Value must be 1 to 11.");
  if (type <= OPTION.group) {
    if (type === OPTION.group ? depth > 0 : depth > 1)
      problems.add(at, "APPLICATION_COMMAND_OPTIONS_DEPTH", "Options are nested too deeply");
    checkOptions(problems, option["options"], at, depth + 1);
    return;
  }
  if (option["options"] !== undefined)
    problems.add(`${at}.options`, "UNKNOWN_FIELD", "Only sub-commands have options");
  const numeric = type === OPTION.integer || type === OPTION.number;
  if ((option["min_value"] !== undefined || option["max_value"] !== undefined) && !numeric)
    problems.add(`${at}.min_value`, "UNKNOWN_FIELD", "Only numbers have bounds");
  const choices = option["choices"] === undefined ? [] : listOf(option["choices"]);
  if (option["autocomplete"] === true && choices.length > 0)
    problems.add(
      `${at}.autocomplete`,
      "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES",
      "autocomplete may not be set with choices",
    );
  if (choices.length > 25)
    problems.add(`${at}.choices`, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
  choices.forEach((choice, index) => {
    const choiceAt = `${at}.choices.${String(index)}`;
    problems.length(`${choiceAt}.name`, choice["name"] ?? "", 1, 100);
    if (type === OPTION.string) problems.length(`${choiceAt}.value`, choice["value"] ?? "", 1, 100);
    else if (typeof choice["value"] !== "number")
      problems.add(`${choiceAt}.value`, "NUMBER_TYPE_COERCE", "Value is not a number.");
  });
}

/** Names, descriptions and choice values of a command and everything below it count towards its 8,000. */
function sizeOf(node: Json): number {
  const own = textOf(node["name"]).length + textOf(node["description"]).length + textOf(node["value"]).length;
  return [...listOf(node["options"]), ...listOf(node["choices"])].reduce(
    (sum, child) => sum + sizeOf(child),
    own,
  );
}

/** What is wrong with an answer to an autocomplete request. */
export function choicesProblems(data: unknown): Problems {
  const problems = new Problems();
  const choices = isObject(data) ? data["choices"] : undefined;
  if (!Array.isArray(choices)) problems.add("data.choices", "BASE_TYPE_REQUIRED", "This field is required");
  else if (choices.length > 25)
    problems.add("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
  listOf(choices).forEach((choice, index) => {
    problems.length(`data.choices.${String(index)}.name`, choice["name"] ?? "", 1, 100);
    if (typeof choice["value"] === "string")
      problems.length(`data.choices.${String(index)}.value`, choice["value"], 1, 100);
    else
      problems.add(
        `data.choices.${String(index)}.value`,
        "STRING_TYPE_CONVERT",
        "Could not interpret as string.",
      );
  });
  return problems;
}
