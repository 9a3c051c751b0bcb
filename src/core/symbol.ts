const SYMBOL = /^[A-Z][A-Z0-9]{0,5}(?:[./-][A-Z0-9]{1,4})?$/;

/** `aapl` → `AAPL`; undefined when it cannot be a symbol (AAPL, BRK.B). Whether it is traded, the broker knows. */
export function parseSymbol(word: string): string | undefined {
  const symbol = word.trim().toUpperCase();
  return SYMBOL.test(symbol) ? symbol : undefined;
}

/** `AAPL2000 is not a symbol; symbols look like AAPL or BRK.B` */
export function notASymbol(word: string): string {
  return `${word} is not a symbol; symbols look like AAPL or BRK.B`;
}
