/** A field of a protobuf message: text, bytes and messages by their length, numbers as varints. */
type Field = readonly [number: number, value: number | string | Uint8Array];

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

function message(...fields: readonly Field[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number") return [...varint(number * 8), ...varint(value)];
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
    }),
  );
}

const FLOAT = 1;

function tensorInfo(name: string, shape: readonly number[]): Uint8Array {
  const dimensions = shape.map((length): Field => [1, message([1, length])]);
  const tensor = message([1, FLOAT], [2, message(...dimensions)]);
  return message([1, name], [2, message([1, tensor])]);
}

/** An ONNX file (onnx.proto3, IR 8, opset 13) of 1 / (1 + e^−(features · weights)): MatMul and Sigmoid. */
export function logisticOnnx(weights: readonly number[]): Uint8Array {
  const matrix = message(
    [1, weights.length],
    [1, 1],
    [2, FLOAT],
    [8, "weights"],
    [9, new Uint8Array(Float32Array.from(weights).buffer)],
  );
  const graph = message(
    [1, message([1, "features"], [1, "weights"], [2, "sum"], [4, "MatMul"])],
    [1, message([1, "sum"], [2, "probability"], [4, "Sigmoid"])],
    [2, "filter"],
    [5, matrix],
    [11, tensorInfo("features", [1, weights.length])],
    [12, tensorInfo("probability", [1, 1])],
  );
  return message([1, 8], [7, graph], [8, message([1, ""], [2, 13])]);
}
