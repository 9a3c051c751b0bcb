/** A user's own model, ready to be asked. */
export interface OnnxModel {
  /** The score of these features, 0–1. Rejects where the model does not take so many, or answers no number. */
  score(features: readonly number[]): Promise<number>;
}

/** Runs models that were made elsewhere. */
export interface OnnxRuntime {
  /** Rejects with what to do where no runtime is installed, or the bytes are no model. */
  open(bytes: Uint8Array): Promise<OnnxModel>;
}
