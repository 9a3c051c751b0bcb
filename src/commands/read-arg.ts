import { strategies, unknownStrategy } from "../core/strategies/index.ts";
import { didYouMean, unknownName } from "../core/suggest.ts";
import { notASymbol, parseHolding, parseSymbol } from "../core/symbol.ts";
import type { ArgSpec } from "./contract.ts";
import { echo } from "./words.ts";

/** A person may name this many symbols in one command. */
export const MAX_SYMBOLS = 50;

const RUN = /^[\w-]{1,40}$/;
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

/** One word as the declared argument reads it; undefined when it is nothing for this argument. */
export function readArg(arg: ArgSpec, word: string): string | undefined {
  const literal = [...(arg.choices ?? []), ...(arg.words ?? [])].find(
    (each) => each.toLowerCase() === word.toLowerCase(),
  );
  if (literal !== undefined) return literal;
  switch (arg.kind) {
    case "choice":
      return undefined;
    case "strategy":
      return strategies.find((strategy) => strategy.id === word.toLowerCase())?.id;
    case "symbol":
      return parseSymbol(word);
    case "holding":
      return parseHolding(word);
    case "symbols":
      return readSymbols(word)?.join(",");
    case "run":
      return RUN.test(word) ? word : undefined;
    case "integer":
      return readInteger(arg, word);
    case "text":
      return word;
    case "settings":
      return undefined;
  }
}

/** `AAPL,msft` or `AAPL MSFT` → symbols without repeats; undefined when one of them cannot be a symbol. */
function readSymbols(word: string): readonly string[] | undefined {
  const parts = word.split(/[\s,]+/).filter((part) => part !== "");
  const symbols = parts.flatMap((part) => parseSymbol(part) ?? []);
  return symbols.length === parts.length ? [...new Set(symbols)] : undefined;
}

function readInteger({ min = -Infinity, max = Infinity }: ArgSpec, word: string): string | undefined {
  const value = Number(word);
  return NUMBER.test(word) && Number.isSafeInteger(value) && value >= min && value <= max
    ? String(value)
    : undefined;
}

/** Why the word is nothing for this argument, and what would be. */
export function complaint(arg: ArgSpec, word: string): string {
  const said = echo(word);
  switch (arg.kind) {
    case "choice":
      return unknownName(arg.name, said, arg.choices ?? []);
    case "strategy":
      return arg.words === undefined || nearStrategy(word) !== undefined
        ? unknownStrategy(said)
        : `${unknownStrategy(said)}, ${arg.words.join(", ")}`;
    case "holding":
      return notASymbol(said);
    case "symbol":
    case "symbols": {
      const bad = word.split(/[\s,]+/).find((part) => part !== "" && parseSymbol(part) === undefined);
      return notASymbol(echo(bad ?? word));
    }
    case "run":
      return `${said} is not the id of a run; /strategy status lists them`;
    case "integer":
      return `${arg.name} is a whole number${range(arg)}, not ${said}`;
    case "text":
      return `${said} is nothing for ${arg.name}`;
    case "settings":
      return `${said} is not a setting; settings are written name=value`;
  }
}

function range({ min, max }: ArgSpec): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  return min === undefined ? "" : ` of at least ${min}`;
}

function nearStrategy(word: string): string | undefined {
  return didYouMean(
    word,
    strategies.map((strategy) => strategy.id),
  );
}

/** Of several arguments that do not take the word: the one whose error helps most. */
export function bestComplaint(args: readonly ArgSpec[], word: string): string {
  const [only, second] = args;
  if (only === undefined) return `${echo(word)} is one word too many`;
  if (second === undefined) return complaint(only, word);
  const integer = args.find((arg) => arg.kind === "integer");
  if (integer !== undefined && NUMBER.test(word)) return complaint(integer, word);
  const strategy = args.find((arg) => arg.kind === "strategy");
  if (strategy !== undefined && nearStrategy(word) !== undefined) return complaint(strategy, word);
  const choice = args.find(
    (arg) => arg.kind === "choice" && didYouMean(word, arg.choices ?? []) !== undefined,
  );
  if (choice !== undefined) return complaint(choice, word);
  return `${echo(word)} fits none of ${args.map((arg) => arg.name).join(", ")}`;
}
