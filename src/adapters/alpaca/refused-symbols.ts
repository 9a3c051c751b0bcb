import { ApiError } from "@alpacahq/alpaca-trade-api";
import type { Log } from "../../ports.ts";

/** Asked for at every look, a refused symbol would double the requests: for so long it is left out. */
const LEFT_OUT_MS = 60_000;

type AskPerSymbol = <V>(
  symbols: readonly string[],
  request: (accepted: readonly string[]) => Promise<ReadonlyMap<string, V>>,
) => Promise<ReadonlyMap<string, V>>;

/**
 * Alpaca refuses a whole request because of one symbol in it that the data of stocks does not know the form of (digits,
 * slashes): that one is dropped and the rest asked for again, so that it costs the others nothing. Each is logged once.
 */
export function withoutRefused(log: Log): AskPerSymbol {
  const refusedAt = new Map<string, number>();

  function leftOut(symbol: string): boolean {
    const at = refusedAt.get(symbol);
    return at !== undefined && performance.now() - at < LEFT_OUT_MS;
  }

  return async (symbols, request) => {
    let accepted = symbols.filter((symbol) => !leftOut(symbol));
    while (accepted.length > 0) {
      try {
        return await request(accepted);
      } catch (error) {
        const refused = refusedSymbol(error);
        if (refused === undefined || !accepted.includes(refused)) throw error;
        if (!refusedAt.has(refused))
          log.warn({ symbol: refused }, "Alpaca has no prices and no bars for this symbol: it is left out");
        refusedAt.set(refused, performance.now());
        accepted = accepted.filter((symbol) => symbol !== refused);
      }
    }
    return new Map();
  };
}

/** The symbol that a failed read was refused for, where it was. */
function refusedSymbol(failure: unknown): string | undefined {
  const cause = failure instanceof Error ? failure.cause : undefined;
  if (!(cause instanceof ApiError) || cause.status !== 400) return undefined;
  return /^invalid symbol: (\S+)$/.exec(cause.message)?.[1];
}
