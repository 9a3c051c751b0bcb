/** Columns by name up to so many bytes together; beyond that the one that was looked at longest ago goes. */
export class ByteCache<Column extends ArrayBufferView> {
  private readonly columns = new Map<string, Column>();
  private readonly mostBytes: number;
  private bytes = 0;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  /** The column of this name, computed when it is not there. One that is larger than all there may be is not kept. */
  get(name: string, compute: () => Column): Column {
    const known = this.columns.get(name);
    if (known !== undefined) {
      // The newest stand last.
      this.columns.delete(name);
      this.columns.set(name, known);
      return known;
    }
    const column = compute();
    this.columns.set(name, column);
    this.bytes += column.byteLength;
    for (const [oldest, { byteLength }] of this.columns) {
      if (this.bytes <= this.mostBytes) break;
      this.columns.delete(oldest);
      this.bytes -= byteLength;
    }
    return column;
  }
}
