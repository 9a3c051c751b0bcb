import { unknownStrategy, strategyById } from "../../core/strategies/index.ts";
import { unknownName } from "../../core/suggest.ts";
import { notASymbol, parseSymbol } from "../../core/symbol.ts";

/** A request that cannot be answered: the status and one line that says what would be right. */
export class HttpProblem extends Error {
  readonly status: 400 | 404;
  constructor(status: 400 | 404, message: string) {
    super(message);
    this.status = status;
  }
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1_000;
/** Positions by hand have no run, and this name in place of a strategy's. */
const BY_HAND = "manual";

/** Query parameters of one request, each read by its rule; throws HttpProblem 400. */
export interface Query {
  limit(): number;
  strategy(): { readonly strategyId?: string };
  symbol(): { readonly symbol?: string };
  choice<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice;
}

/** `known`: the parameters this path takes; any other is a slip that would silently show too much. */
export function readQuery(parameters: URLSearchParams, known: readonly string[]): Query {
  for (const name of parameters.keys())
    if (!known.includes(name))
      throw new HttpProblem(
        400,
        known.length === 0
          ? `unknown parameter ${clean(name)}; this path takes none`
          : unknownName("parameter", clean(name), known),
      );
  return {
    limit: () => readLimit(parameters.get("limit")),
    strategy: () => {
      const id = parameters.get("strategy");
      return id === null ? {} : { strategyId: knownStrategy(id, 400) };
    },
    symbol: () => {
      const symbol = parameters.get("symbol");
      return symbol === null ? {} : { symbol: readSymbol(symbol) };
    },
    choice: (name, choices, fallback) => {
      const word = parameters.get(name);
      if (word === null) return fallback;
      const found = choices.find((choice) => choice === word);
      if (found === undefined) throw new HttpProblem(400, unknownName(name, clean(word), choices));
      return found;
    },
  };
}

function readLimit(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= MAX_LIMIT) return value;
  throw new HttpProblem(400, `limit is a whole number from 1 to ${MAX_LIMIT}, not ${clean(text)}`);
}

function readSymbol(text: string): string {
  const symbol = parseSymbol(text);
  if (symbol === undefined) throw new HttpProblem(400, notASymbol(clean(text)));
  return symbol;
}

/** The id of a strategy there is; throws HttpProblem with the nearest one. */
export function knownStrategy(id: string, status: 400 | 404): string {
  if (id === BY_HAND || strategyById(id) !== undefined) return id;
  throw new HttpProblem(status, unknownStrategy(clean(id)));
}

/** What a client sent, short enough to be repeated in an answer. */
export function clean(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
