import { setTimeout } from "node:timers/promises";
import { Connection, type Link } from "./connection.ts";

/**
 * Lends connections, each to one borrower at a time, first come first served. A dead one is thrown away and a new one made
 * when it is next needed: that is how the ledger comes back after the server was away.
 */
export class Pool {
  readonly #size: number;
  readonly #connect: () => Promise<Link>;
  readonly #idle: Connection[] = [];
  readonly #lent = new Set<Connection>();
  /** Told true when a place is theirs, false when the pool closes. */
  readonly #waiting: ((granted: boolean) => void)[] = [];
  #free: number;
  #drained: (() => void) | undefined;
  #closed = false;

  constructor(size: number, connect: () => Promise<Link>) {
    this.#size = size;
    this.#free = size;
    this.#connect = connect;
  }

  async use<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    await this.#takePlace();
    try {
      const connection = this.#idleOne() ?? new Connection(await this.#connect());
      this.#lent.add(connection);
      try {
        return await work(connection);
      } finally {
        this.#lent.delete(connection);
        if (connection.alive) this.#idle.push(connection);
      }
    } finally {
      this.#leavePlace();
    }
  }

  /** Refuses new borrowers, gives those inside `graceMs` to finish, then hangs up on everyone. */
  async close(graceMs: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const tell of this.#waiting.splice(0)) tell(false);
    if (this.#free < this.#size) await this.#drainedOr(graceMs);
    for (const connection of this.#lent) connection.destroy();
    await Promise.all(this.#idle.splice(0).map(async (connection) => connection.end()));
  }

  async #takePlace(): Promise<void> {
    if (this.#closed) throw new Error("the ledger is closed");
    if (this.#free > 0) {
      this.#free -= 1;
      return;
    }
    const granted = await new Promise<boolean>((tell) => this.#waiting.push(tell));
    if (!granted) throw new Error("the ledger is closed");
  }

  /** The place goes straight to the first who waits: nobody can slip in between. */
  #leavePlace(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next(true);
      return;
    }
    this.#free += 1;
    if (this.#free === this.#size) this.#drained?.();
  }

  #idleOne(): Connection | undefined {
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop())
      if (connection.alive) return connection;
    return undefined;
  }

  async #drainedOr(graceMs: number): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
    const hurry = new AbortController();
    try {
      await Promise.race([drained, setTimeout(graceMs, undefined, { signal: hurry.signal })]);
    } finally {
      hurry.abort();
    }
  }
}
