import type { OnnxRuntime } from "../../src/ports.ts";

/** For engines whose filters are all built in. */
export const noOnnx: OnnxRuntime = {
  open: () => Promise.reject(new Error("no ONNX runtime in this test")),
};
