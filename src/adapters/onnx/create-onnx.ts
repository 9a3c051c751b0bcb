import type { OnnxModel, OnnxRuntime } from "../../ports.ts";

/** The part of onnxruntime-node that is used; the package is optional, so its own types may not be there. */
interface Runtime {
  readonly InferenceSession: { create(bytes: Uint8Array): Promise<Session> };
  readonly Tensor: new (type: "float32", values: Float32Array, shape: readonly number[]) => Tensor;
}

interface Tensor {
  readonly type: string;
  readonly data: ArrayLike<number | bigint | string>;
}

interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Readonly<Record<string, Tensor>>>;
}

// Over 100 MB, most of it for other platforms: whoever brings a model of their own installs it.
const PACKAGE: string = "onnxruntime-node";
const INSTALL = `${PACKAGE} is not installed: ONNXRUNTIME_NODE_INSTALL=skip npm install --no-save ${PACKAGE}`;

/**
 * Models as ONNX files, run by onnxruntime-node, which is looked for when the first one is opened. A model takes one float input
 * [1, features]; the last number of its last output is the probability of a win.
 */
export function createOnnx(): OnnxRuntime {
  return {
    async open(bytes) {
      const runtime = await findRuntime();
      const session = await runtime.InferenceSession.create(bytes).catch((error: unknown) => {
        throw new Error(`not an ONNX model: ${messageOf(error)}`, { cause: error });
      });
      return modelOf(runtime, session);
    },
  };
}

async function findRuntime(): Promise<Runtime> {
  const found: unknown = await import(PACKAGE).catch((error: unknown) => {
    throw new Error(`${INSTALL} (${messageOf(error)})`, { cause: error });
  });
  if (!isRuntime(found)) throw new Error(`${PACKAGE} has another interface than expected: install version 1`);
  return found;
}

function isRuntime(found: unknown): found is Runtime {
  return typeof found === "object" && found !== null && "InferenceSession" in found && "Tensor" in found;
}

function modelOf({ Tensor }: Runtime, session: Session): OnnxModel {
  const [input, ...more] = session.inputNames;
  const output = session.outputNames.at(-1);
  if (input === undefined || more.length > 0 || output === undefined)
    throw new Error(
      `the model has ${session.inputNames.length} inputs and ${session.outputNames.length} outputs; expected one float input [1, features] and the probability in the last output`,
    );
  return {
    async score(features) {
      const feed = new Tensor("float32", Float32Array.from(features), [1, features.length]);
      const answer = (await session.run({ [input]: feed }))[output];
      const score = answer?.data[answer.data.length - 1];
      if (answer?.type !== "float32" || typeof score !== "number")
        throw new Error(
          `its output ${output} is ${answer?.type ?? "nothing"}; expected floats, the probability of a win last (skl2onnx: zipmap off)`,
        );
      return score;
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
