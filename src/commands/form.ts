import { asWord, commandLine } from "./command-line.ts";
import type { ArgSpec, CommandSpec, FormField, FormSpec } from "./contract.ts";
import { parseCommand } from "./parse.ts";
import { complaint, readArg } from "./read-arg.ts";
import { namedWord, splitWords } from "./words.ts";

/** A command that asks for its arguments in a form. */
export interface Form extends FormSpec {
  readonly spec: CommandSpec;
  /** What stands in the fields already, by name. */
  readonly given: Readonly<Record<string, string>>;
}

/** The form of the command that was given without arguments, or with no more than lead it; undefined where there is none. */
export function formFor(commands: readonly CommandSpec[], text: string): Form | undefined {
  const words = splitWords(text.trim().replace(/^\//, ""));
  for (const { path, form } of commands) {
    const lead = words.slice(path.length);
    const isMeant = path.every((word, index) => words[index]?.toLowerCase() === word);
    if (form === undefined || !isMeant || lead.length > (form.leads ?? 0)) continue;
    const given = form.fields.slice(0, lead.length).map(({ name }, index) => [name, lead[index] ?? ""]);
    return formOf(commands, path, Object.fromEntries(given));
  }
  return undefined;
}

/** The form of a command by its path. */
export function formOf(
  commands: readonly CommandSpec[],
  path: readonly string[],
  given: Readonly<Record<string, string>> = {},
): Form | undefined {
  const wanted = path.join(" ");
  const spec = commands.find((each) => each.form !== undefined && each.path.join(" ") === wanted);
  return spec?.form === undefined ? undefined : { spec, given, ...spec.form };
}

export type Filled =
  /** The very command that would have been typed. */
  | { readonly kind: "command"; readonly text: string }
  /** By field: what is wrong and what would be right. */
  | { readonly kind: "wrong"; readonly problems: Readonly<Record<string, string>> };

/** Reads what was filled in, by field name; blank fields count as left out. */
export function fillForm(form: Form, filled: Readonly<Record<string, string>>): Filled {
  const values = new Map(form.fields.map(({ name }) => [name, (filled[name] ?? "").trim()]));
  const text = textOf(form, values);
  const problems = declaredProblems(form, values);
  if (Object.keys(problems).length > 0) return { kind: "wrong", problems };
  const parsed = parseCommand(text, [form.spec]);
  const [first] = form.fields;
  // Only what no field is to blame for: the sentence must stand somewhere.
  if (parsed.kind === "invalid") return { kind: "wrong", problems: blamed(form, parsed.text, first) };
  const deeper = form.check(parsed.args);
  return Object.keys(deeper).length > 0 ? { kind: "wrong", problems: deeper } : { kind: "command", text };
}

function declaredProblems(form: Form, values: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const found = form.fields.flatMap((field) => {
    const value = values.get(field.name) ?? "";
    const problem = fieldProblem(field, value);
    return problem === undefined ? [] : [[field.name, problem] as const];
  });
  return Object.fromEntries(found);
}

function fieldProblem(field: FormField, value: string): string | undefined {
  if (value === "") return field.required ? `needed: ${field.description}` : undefined;
  if (field.kind === "settings") {
    // A bare word in this field would be read as one more symbol.
    const bare = splitWords(value).find((word) => namedWord(word) === undefined);
    return bare === undefined ? undefined : complaint(field, bare);
  }
  return readArg(field, value) === undefined ? complaint(field, value) : undefined;
}

function blamed(form: Form, text: string, first: FormField | undefined): Readonly<Record<string, string>> {
  const field =
    form.fields.find(({ name }) => text.startsWith(`${name} `)) ??
    form.fields.find(({ kind }) => kind === "settings") ??
    first;
  return field === undefined ? {} : { [field.name]: text };
}

/** Fields that are no arguments are settings, and come before those that were written out. */
function textOf({ spec, fields }: Form, values: ReadonlyMap<string, string>): string {
  const own = fields.filter(({ name }) => spec.args.every((arg) => arg.name !== name));
  const settings = own.flatMap(({ name }) => {
    const value = values.get(name) ?? "";
    return value === "" ? [] : [`${name}=${asWord(value)}`];
  });
  return commandLine(spec, (arg: ArgSpec) => {
    const value = values.get(arg.name) ?? "";
    return arg.kind === "settings" ? [...settings, value].join(" ") : value;
  });
}
