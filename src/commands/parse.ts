import { didYouMean } from "../core/suggest.ts";
import type { Args, ArgSpec, CommandSpec } from "./contract.ts";
import { bestComplaint, complaint, MAX_SYMBOLS, readArg } from "./read-arg.ts";
import { commandName, usage } from "./usage.ts";
import {
  echo,
  MAX_COMMAND_LENGTH,
  MAX_TEXT_LENGTH,
  namedWord,
  splitWords,
  textAfter,
  type NamedWord,
} from "./words.ts";

export type Parsed =
  | { readonly kind: "command"; readonly spec: CommandSpec; readonly args: Args }
  /** `text` says what is wrong and what would be right; `hints` are usage and an example. */
  | { readonly kind: "invalid"; readonly text: string; readonly hints: readonly string[] };

/**
 * Reads a command as Slack and the console write it: `/strategy start momentum AAPL,MSFT timeframe=1Min`. The slash is
 * optional; every declared argument may also be given as `name=value`, as Discord does.
 */
export function parseCommand(text: string, commands: readonly CommandSpec[]): Parsed {
  const body = text.trim().replace(/^\//, "");
  const longest = carriesText(body, commands) ? MAX_TEXT_LENGTH : MAX_COMMAND_LENGTH;
  if (text.length > longest)
    return invalid(`that command has ${text.length} characters; ${longest} are read at most`);
  const [first, ...rest] = splitWords(body);
  if (first === undefined)
    return invalid("type a command, for example /strategy list", ["/help lists all commands"]);
  const named = commands.filter((spec) => spec.path[0] === first.toLowerCase());
  if (named.length === 0) return unknownCommand(first, commands);
  return parseFamily(named, rest, body);
}

/** Whether the command is one with a `verbatim` argument, which may be long. */
function carriesText(body: string, commands: readonly CommandSpec[]): boolean {
  const words = body.slice(0, MAX_COMMAND_LENGTH).toLowerCase().split(/\s+/, 2);
  return commands.some(
    ({ path, args }) => args.at(-1)?.verbatim === true && path.every((word, index) => words[index] === word),
  );
}

function unknownCommand(word: string, commands: readonly CommandSpec[]): Parsed {
  const near = didYouMean(word, [...new Set(commands.map((spec) => spec.path[0]))]);
  return invalid(`unknown command /${echo(word)}${near === undefined ? "" : `; did you mean /${near}?`}`, [
    "/help lists all commands",
  ]);
}

/** `family`: the commands whose first word was said, with or without subcommands. */
function parseFamily(family: readonly CommandSpec[], words: readonly string[], body: string): Parsed {
  const [second, ...rest] = words;
  const bare = family.find((spec) => spec.path.length === 1);
  const word = second?.toLowerCase();
  const sub =
    word === undefined ? undefined : family.find((spec) => spec.path[1] === word || spec.bareName === word);
  if (sub !== undefined) return parseArgs(sub, rest, body);
  if (bare !== undefined) return parseArgs(bare, words, body);
  const subs = family.flatMap((spec) => spec.path[1] ?? []);
  const name = `/${family[0]?.path[0] ?? ""}`;
  if (second === undefined) return invalid(`${name} needs one of ${subs.join(", ")}`, family.map(usage));
  const near = didYouMean(second, subs);
  const advice = near === undefined ? `it knows ${subs.join(", ")}` : `did you mean ${name} ${near}?`;
  return invalid(`unknown ${name} ${echo(second)}; ${advice}`, family.map(usage));
}

interface Taken {
  readonly values: Map<string, string>;
  readonly symbols: Set<string>;
  readonly settings: string[];
}

function parseArgs(spec: CommandSpec, words: readonly string[], body: string): Parsed {
  const taken: Taken = { values: new Map(), symbols: new Set(), settings: [] };
  const verbatim = spec.args.at(-1)?.verbatim === true ? spec.args.at(-1) : undefined;
  const before = verbatim === undefined ? words : words.slice(0, spec.args.length - 1);
  if (verbatim !== undefined) {
    const rest = textAfter(body, spec.path.length + before.length);
    if (rest !== "") taken.values.set(verbatim.name, rest);
  }
  for (const word of before) {
    const named = namedWord(word);
    const error = named === undefined ? takeBare(spec, taken, word) : takeNamed(spec, taken, named, word);
    if (error !== undefined) return invalidFor(spec, error);
  }
  if (taken.symbols.size > MAX_SYMBOLS)
    return invalidFor(spec, `${taken.symbols.size} symbols are too many; ${MAX_SYMBOLS} at most`);
  const missing = spec.args.find((arg) => arg.required && !isGiven(arg, taken));
  if (missing !== undefined) return invalidFor(spec, `${missing.name} is missing: ${missing.description}`);
  const args: Args = {
    values: Object.fromEntries(taken.values),
    symbols: [...taken.symbols],
    settings: taken.settings,
  };
  return { kind: "command", spec, args };
}

function isGiven(arg: ArgSpec, taken: Taken): boolean {
  if (arg.kind === "symbols") return taken.symbols.size > 0;
  return arg.kind === "settings" ? taken.settings.length > 0 : taken.values.has(arg.name);
}

/** Takes `name=value` for the argument of that name, else as a setting; an error sentence when neither is possible. */
function takeNamed(
  spec: CommandSpec,
  taken: Taken,
  { name, value }: NamedWord,
  word: string,
): string | undefined {
  const arg = spec.args.find((each) => each.name === name);
  if (arg === undefined) {
    if (spec.args.some((each) => each.kind === "settings")) return takeSettings(taken, [`${name}=${value}`]);
    // Free text may hold an equals sign.
    if (spec.args.some((each) => each.kind === "text")) return takeBare(spec, taken, word);
    return unknownArgument(spec, name);
  }
  if (value === "") return `${name} needs a value: ${arg.description}`;
  if (arg.kind === "settings") return takeSettings(taken, value.split(/[\s,]+(?=[A-Za-z_][\w-]*=)|\s+/));
  if (isGiven(arg, taken) && arg.kind !== "symbols") return `${name} is given twice`;
  const read = readArg(arg, value);
  if (read === undefined) return complaint(arg, value);
  take(arg, taken, read);
  return undefined;
}

function unknownArgument(spec: CommandSpec, name: string): string {
  const names = spec.args.map((arg) => arg.name);
  const near = didYouMean(name, names);
  const known = names.length === 0 ? `${commandName(spec)} takes none` : `known: ${names.join(", ")}`;
  return `unknown argument ${echo(name)}; ${near === undefined ? known : `did you mean ${near}?`}`;
}

function takeSettings(taken: Taken, texts: readonly string[]): string | undefined {
  for (const text of texts) {
    const setting = namedWord(text);
    if (setting === undefined) return `${echo(text)} is not a setting; settings are written name=value`;
    if (setting.value === "") return `${setting.name} needs a value: ${setting.name}=…`;
    if (taken.settings.some((each) => each.startsWith(`${setting.name}=`)))
      return `${setting.name} is given twice`;
    taken.settings.push(`${setting.name}=${setting.value}`);
  }
  return undefined;
}

/** Gives a bare word to the first open argument that takes it; required arguments come in their order. */
function takeBare(spec: CommandSpec, taken: Taken, word: string): string | undefined {
  const positional = spec.args.filter((arg) => arg.named !== true && arg.kind !== "settings");
  const open = positional.filter((arg) => arg.kind === "symbols" || !taken.values.has(arg.name));
  const firstRequired = open.findIndex((arg) => arg.required && !isGiven(arg, taken));
  const candidates = firstRequired < 0 ? open : open.slice(0, firstRequired + 1);
  for (const arg of candidates) {
    const read = readArg(arg, word);
    if (read !== undefined) {
      take(arg, taken, read);
      return undefined;
    }
  }
  // The last text argument takes all that follows: a reason, a title.
  const last = spec.args.at(-1);
  if (last?.kind === "text" && taken.values.has(last.name)) {
    taken.values.set(last.name, `${taken.values.get(last.name) ?? ""} ${word}`);
    return undefined;
  }
  if (candidates.every((arg) => arg.kind === "symbols" && isGiven(arg, taken)) && hasSettings(spec))
    return `${echo(word)} is neither a symbol nor a setting; settings are written name=value`;
  return bestComplaint(candidates, word);
}

function hasSettings(spec: CommandSpec): boolean {
  return spec.args.some((arg) => arg.kind === "settings");
}

function take(arg: ArgSpec, taken: Taken, read: string): void {
  if (arg.kind !== "symbols") taken.values.set(arg.name, read);
  else for (const symbol of read.split(",")) if (symbol !== "") taken.symbols.add(symbol);
}

function invalid(text: string, hints: readonly string[] = []): Parsed {
  return { kind: "invalid", text, hints };
}

function invalidFor(spec: CommandSpec, text: string): Parsed {
  const [example] = spec.examples;
  return invalid(text, [`usage: ${usage(spec)}`, ...(example === undefined ? [] : [`example: ${example}`])]);
}
