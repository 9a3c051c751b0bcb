/** An update that meets no row is a broken invariant: what it would have recorded must not be lost in silence. */
export function oneRow(what: string, id: string, updated: readonly unknown[]): void {
  if (updated.length !== 1) throw new Error(`ledger: there is no ${what} ${id} to update`);
}
