import type { MessagePlace } from "./chat.ts";

export type StudyState = "running" | "done" | "failed" | "cancelled";

/** Who asked for a study, and where. */
interface StudyAsked {
  /** "slack:U123", "console". */
  readonly actor: string;
  readonly name: string;
  readonly platform: string;
  readonly channel: string | null;
}

export interface NewStudy {
  /** Names the command that asked for it: however often it is delivered, there is one study. */
  readonly key: string;
  /** One line for people: strategy, symbols, search. */
  readonly title: string;
  /** What is studied, as JSON; whoever runs it reads it. */
  readonly definition: unknown;
  readonly asked: StudyAsked;
  readonly atMs: number;
}

/** A study without what is large. */
export interface StudyRow extends NewStudy {
  /** By which people name it, from 1. */
  readonly number: number;
  readonly state: StudyState;
  /** Trials that it will have come to, as far as is known; 0 before that is. */
  readonly planned: number;
  /** Trials that are kept. */
  readonly finished: number;
  readonly endedAtMs: number | null;
  /** Why it failed, or who cancelled it; else empty. */
  readonly text: string;
  /** What came of it, as JSON; null until it is done. */
  readonly report: unknown;
  /** The message that shows how far it is; null where there is none. */
  readonly place: MessagePlace | null;
  /** When its end was said where it was asked for. */
  readonly toldAtMs: number | null;
}

/** A trial as it is kept: its number in the study, and its result as JSON. */
export interface TrialRow {
  readonly number: number;
  readonly trial: unknown;
}

/** Studies, their bars and the results of their trials: what is here survives every process. */
export interface StudyStore {
  /** With its bars, in one transaction. A key that is known gives its study, and nothing is written. */
  insert(study: NewStudy, bars: readonly Uint8Array[]): Promise<StudyRow>;
  study(number: number): Promise<StudyRow | undefined>;
  /** Newest first. */
  list(limit: number): Promise<readonly StudyRow[]>;
  /** Oldest first. */
  running(): Promise<readonly StudyRow[]>;
  /** Ended since then and not yet said where they were asked for, oldest first. */
  untold(sinceMs: number): Promise<readonly StudyRow[]>;
  /** In the order in which they were given; empty when the study has ended. */
  bars(number: number): Promise<readonly Uint8Array[]>;
  setPlanned(number: number, planned: number): Promise<void>;
  setPlace(number: number, place: MessagePlace): Promise<void>;
  setTold(number: number, atMs: number): Promise<void>;
  /** Keeps results: the first one of each number stands. */
  addTrials(number: number, trials: readonly TrialRow[]): Promise<void>;
  /** Which trials are kept. */
  trialNumbers(number: number): Promise<readonly number[]>;
  /** Every kept trial, by number. */
  trials(number: number): Promise<readonly TrialRow[]>;
  /** Ends a running study and drops its bars; false when it had ended before. */
  end(
    number: number,
    end: {
      readonly state: Exclude<StudyState, "running">;
      readonly text: string;
      readonly report: unknown;
      readonly atMs: number;
    },
  ): Promise<boolean>;
}

/** Trials of one study that are run together. */
export interface Chunk {
  /** The same trials of the same study have the same one. */
  readonly id: string;
  readonly study: number;
  /** What is to be tried, as JSON. */
  readonly trials: readonly TrialRow[];
}

/** Hands chunks to whoever serves it, each to one at a time; a chunk whose server died is handed to another. */
export interface ChunkQueue {
  stop(): Promise<void>;
  /** A chunk that is waiting or being served already is left as it is. */
  put(chunks: readonly Chunk[]): Promise<void>;
  /** The next chunk, now this server's; undefined when none waits. */
  take(): Promise<Chunk | undefined>;
  /** It is done, its results kept. */
  done(chunk: Chunk): Promise<void>;
  /** This server cannot do it: another may. */
  giveBack(chunk: Chunk, reason: string): Promise<void>;
  /** Chunks that nobody could do, each once, with the last reason. */
  takeHopeless(): Promise<readonly { readonly chunk: Chunk; readonly reason: string }[]>;
  /** Drops those of the study's chunks that nobody serves yet. */
  drop(study: number): Promise<void>;
}
