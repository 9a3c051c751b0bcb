import type { Clock, Log, TradeUpdate } from "../../ports.ts";
import type { SimulatedMarket } from "./market.ts";
import { HEARTBEAT_MS, isSameOwner, ownedByOther, registerOwner, releaseOwner } from "./ownership.ts";
import { FileChangedError, removeLeftovers, stampOf, type Stamp } from "./replace-file.ts";
import { settle } from "./settle.ts";
import { readState, writeState } from "./state-file.ts";
import { newState, type Owner, type SandboxState } from "./state.ts";

/** Simulated time runs this many times as fast as the wall clock: one minute a second. */
export const SPEED = 60;
/** The market that a sandbox without a configured seed sees. */
export const DEFAULT_SEED = 1;
/** Another process that saves at the same time makes us read again; one of the two always gets on. */
const WRITE_ATTEMPTS = 20;

export interface Moment {
  readonly simMs: number;
  readonly wallMs: number;
}

/** A look at the account, or a change of it. Returns the state it was given when nothing changes. */
export type Act<T> = (
  state: SandboxState,
  now: Moment,
) => { readonly state: SandboxState; readonly answer: T; readonly updates?: readonly TradeUpdate[] };

/** The account file as a sequence of acts. Every answer and event is durable before anybody hears of it. */
export interface Sandbox {
  readonly market: SimulatedMarket;
  /** Settles orders up to now, then acts. Acts of one turn of the event loop share one write. Rejects when the file cannot be read or written. */
  act<T>(work: Act<T>): Promise<T>;
  /** Saves where time stopped; every further act is refused. */
  close(): Promise<void>;
}

export interface SandboxHooks {
  /** Durable events, in order. */
  onUpdates(updates: readonly TradeUpdate[]): void;
  /** Another process changed the account: what it did was not told here. */
  onForeignChange(): void;
  onSettled(state: SandboxState, now: Moment): void;
}

export interface SandboxOptions {
  readonly file: string;
  /** Undefined: the account's own, or the default for a new one. */
  readonly seed: number | undefined;
  /** What a new account begins with, USD. */
  readonly cash: number;
  readonly clock: Clock;
  readonly log: Log;
}

interface Waiting {
  /** Applies the act to the batch and returns what then resolves or rejects its promise. */
  run(
    state: SandboxState,
    now: Moment,
  ): { state: SandboxState; updates: readonly TradeUpdate[]; tell: () => void };
  reject(error: unknown): void;
}

export function openSandbox(
  options: SandboxOptions,
  marketOf: (seed: number) => SimulatedMarket,
  hooks: SandboxHooks,
): Sandbox {
  const { clock, file } = options;
  const self = registerOwner();
  const queue: Waiting[] = [];
  let closed = false;
  let state: SandboxState;
  let stamp: Stamp;
  try {
    ({ state, stamp } = readOrBegin(options, self));
  } catch (error) {
    releaseOwner(self);
    throw error;
  }
  // Market time pauses while nobody runs; beside a living owner it has gone on.
  const openedMs = clock.nowMs();
  let pace: Moment = {
    simMs: state.simMs,
    wallMs: ownedByOther(state, self, openedMs) ? state.wallMs : openedMs,
  };
  const market = marketOf(state.seed);
  let newest: Moment = pace;

  function now(): Moment {
    const wallMs = clock.nowMs();
    // The wall clock was set back: market time goes on from where it is.
    if (wallMs < newest.wallMs) pace = { simMs: newest.simMs, wallMs };
    newest = { wallMs, simMs: Math.max(newest.simMs, pace.simMs + (wallMs - pace.wallMs) * SPEED) };
    return newest;
  }

  function reload(): void {
    const current = stampOf(file);
    if (current === stamp || current === undefined) return;
    const found = readState(file);
    if (found === undefined) return;
    const changed = found.state.revision !== state.revision;
    ({ state, stamp } = found);
    const { simMs, wallMs } = state.running
      ? state
      : { simMs: Math.max(state.simMs, newest.simMs), wallMs: newest.wallMs };
    pace = { simMs, wallMs };
    if (changed) hooks.onForeignChange();
  }

  /** One attempt at the whole batch; what is told is returned, to be called once it is durable. */
  function runBatch(batch: readonly Waiting[]): void {
    reload();
    const at = now();
    const wallAt = (marketMs: number): number => Math.round(at.wallMs - (at.simMs - marketMs) / SPEED);
    const settled = settle(state, market, at.simMs, wallAt);
    let draft = settled.state;
    const updates = [...settled.updates];
    const tells: (() => void)[] = [];
    for (const waiting of batch) {
      const done = waiting.run(draft, at);
      draft = done.state;
      updates.push(...done.updates);
      tells.push(done.tell);
    }
    const acted = draft !== settled.state;
    // Settling is deterministic, so beside a living owner it is only looked at: saving it is the owner's.
    const mine = acted || !ownedByOther(state, self, at.wallMs);
    if (mine) {
      const dirty =
        acted ||
        draft.lastEquity !== state.lastEquity ||
        settled.updates.length > 0 ||
        draft.open !== state.open;
      const beats = Math.abs(at.wallMs - state.wallMs) >= HEARTBEAT_MS || !isSameOwner(state.owner, self);
      if (dirty || beats) {
        const next = {
          ...draft,
          ...at,
          revision: state.revision + (dirty ? 1 : 0),
          owner: self,
          running: true,
        };
        stamp = writeState(file, next, stamp);
        state = next;
      } else state = draft;
    }
    for (const tell of tells) tell();
    if (mine && updates.length > 0) hooks.onUpdates(updates);
    hooks.onSettled(draft, at);
  }

  function drain(): void {
    const batch = queue.splice(0);
    for (let attempt = 1; ; attempt++) {
      try {
        runBatch(batch);
        return;
      } catch (error) {
        if (error instanceof FileChangedError && attempt < WRITE_ATTEMPTS) continue;
        for (const waiting of batch) waiting.reject(error);
        return;
      }
    }
  }

  function act<T>(work: Act<T>): Promise<T> {
    if (closed) return Promise.reject(new Error("the simulated broker is closed"));
    return new Promise<T>((resolve, reject) => {
      if (queue.length === 0) queueMicrotask(drain);
      queue.push({
        run(before, at) {
          try {
            const { state: after, answer, updates = [] } = work(before, at);
            return { state: after, updates, tell: () => resolve(answer) };
          } catch (error) {
            return { state: before, updates: [], tell: () => reject(error) };
          }
        },
        reject,
      });
    });
  }

  async function close(): Promise<void> {
    if (closed) return;
    await act((current) => ({ state: current, answer: undefined }));
    closed = true;
    saveWhereTimeStopped();
    releaseOwner(self);
  }

  /** Unless another process owns the account, or takes it over in this moment: then its time runs on. */
  function saveWhereTimeStopped(): void {
    for (let attempt = 1; ; attempt++) {
      reload();
      if (!isSameOwner(state.owner, self)) return;
      try {
        stamp = writeState(file, { ...state, ...now(), running: false }, stamp);
        return;
      } catch (error) {
        if (!(error instanceof FileChangedError) || attempt >= WRITE_ATTEMPTS) throw error;
      }
    }
  }

  return { market, act, close };
}

function readOrBegin(
  options: SandboxOptions,
  self: Owner,
): { readonly state: SandboxState; readonly stamp: Stamp } {
  const { cash, clock, file, log, seed } = options;
  removeLeftovers(file);
  for (;;) {
    const found = readState(file);
    if (found !== undefined) {
      if (seed === undefined || seed === found.state.seed) return found;
      throw new Error(
        `the sandbox's account file ${file} belongs to the market of seed ${found.state.seed}, not ${seed}: leave the seed as it was, or name another file`,
      );
    }
    const state = newState(seed ?? DEFAULT_SEED, cash, clock.nowMs(), self);
    try {
      const stamp = writeState(file, state, undefined);
      log.info({ file, cash }, "a new simulated account");
      return { state, stamp };
    } catch (error) {
      // Another process began it in the same moment: then its account is ours too.
      if (!(error instanceof FileChangedError)) throw error;
    }
  }
}
