import type { By } from "./requests.ts";

/** A /kill or /halt that the database has not taken yet. */
export type Unrecorded =
  | { readonly kind: "kill"; readonly by: By; readonly atMs: number }
  | { readonly kind: "halt"; readonly reason: string; readonly by: By; readonly atMs: number };

/** What is found of it later. */
export interface Kept {
  /** Where it lies, for people. */
  readonly path: string;
  /** The broker's number of the account that it was given for; null where that is not known. */
  readonly accountNumber: string | null;
  /** `unreadable`: something was kept, but not what; `why` is for people, `atMs` when it was written, as far as known. */
  readonly content: Unrecorded | { readonly kind: "unreadable"; readonly why: string; readonly atMs: number };
}

/**
 * Keeps what the database did not take over the end of the process, for one account and on this machine alone: an instance
 * elsewhere knows nothing of it.
 */
export interface UnrecordedStore {
  /** Where it is kept, for people. */
  readonly place: string;
  /** Resolves once it survives the end of the process and a power cut; throws when it cannot be kept. */
  keep(given: Unrecorded, accountNumber: string | null): Promise<void>;
  /** What was kept and not removed, by whatever process. Never throws for what cannot be read, or not in time: that is told as such. */
  kept(): Promise<readonly Kept[]>;
  /** What could not be read is put aside for people to look at. What is gone already is fine. */
  remove(kept: Kept): Promise<void>;
}
