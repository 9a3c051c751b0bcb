import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { createOnnx } from "../../../src/adapters/onnx/create-onnx.ts";
import { logisticOnnx } from "../../support/onnx-model.ts";

/** The package is optional: where it is installed the model really runs, elsewhere the way to it is told. */
function installed(): boolean {
  try {
    createRequire(import.meta.url).resolve("onnxruntime-node");
    return true;
  } catch {
    return false;
  }
}

const MISSING =
  /^onnxruntime-node is not installed: ONNXRUNTIME_NODE_INSTALL=skip npm install --no-save onnxruntime-node \(/;

/** What a model of three weights answers to these features, or why it does not. */
function answer(bytes: Uint8Array, features: readonly number[]): Promise<string> {
  return createOnnx()
    .open(bytes)
    .then((model) => model.score(features))
    .then(
      (score) => score.toFixed(6),
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
}

describe("a user's own model as an ONNX file", () => {
  it.each([
    // 0.5 × 2 − 0.25 × 4 + 1 × 1 = 1; 1 / (1 + e^−1)
    ["is asked", logisticOnnx([0.5, -0.25, 1]), [2, 4, 1], /^0\.731059$/],
    ["that is none is refused", new TextEncoder().encode("no model"), [2, 4, 1], /^not an ONNX model: /],
    [
      "that takes another number of features cannot be asked",
      logisticOnnx([0.5, 1]),
      [2, 4, 1],
      /dimension/i,
    ],
  ])("%s; without onnxruntime-node it says how to install it", async (_name, bytes, features, expected) => {
    expect(await answer(bytes, features)).toMatch(installed() ? expected : MISSING);
  });
});
