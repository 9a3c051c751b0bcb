const SYMBOL = /^[A-Z][A-Z0-9]{0,5}(?:[./-][A-Z0-9]{1,4})?$/;

/** `aapl` → `AAPL`; undefined when it cannot be a symbol (AAPL, BRK.B). Whether it is traded, the broker knows. */
export function parseSymbol(word: string): string | undefined {
  const symbol = word.trim().toUpperCase();
  return SYMBOL.test(symbol) ? symbol : undefined;
}

/** What somebody may hold at the broker beside shares: pairs of coins (BTCUSD) and options (AAPL270115C00200000). */
const HOLDING = /^[A-Z0-9](?:[A-Z0-9./-]{0,23}[A-Z0-9])?$/;

/** As `parseSymbol`, for what is held or ordered at the broker already; a pair as positions spell it: `btc/usd` → `BTCUSD`. */
export function parseHolding(word: string): string | undefined {
  const symbol = parseSymbol(word) ?? word.trim().toUpperCase();
  return HOLDING.test(symbol) ? symbol : undefined;
}

/** `AAPL2000 is not a symbol; symbols look like AAPL or BRK.B` */
export function notASymbol(word: string): string {
  return `${word} is not a symbol; symbols look like AAPL or BRK.B`;
}
