/**
 * The part of MessagePack that Alpaca's market-data stream uses: nil, booleans, integers, doubles, strings,
 * arrays, string-keyed maps and, outwards, timestamps (extension −1). Written here because the tests may not
 * lean on the client's own codec to check the client.
 */
export function encodeMsgpack(value: unknown): Buffer {
  if (value === null || value === undefined) return Buffer.from([0xc0]);
  if (typeof value === "boolean") return Buffer.from([value ? 0xc3 : 0xc2]);
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "string") {
    const text = Buffer.from(value, "utf8");
    return Buffer.concat([header(text.length, 0xa0, 31, 0xda), text]);
  }
  if (value instanceof Date) {
    const out = Buffer.alloc(15);
    out.set([0xc7, 12, 0xff]);
    out.writeUInt32BE((value.getTime() % 1000) * 1_000_000, 3);
    out.writeBigInt64BE(BigInt(Math.floor(value.getTime() / 1000)), 7);
    return out;
  }
  if (Array.isArray(value)) {
    return Buffer.concat([header(value.length, 0x90, 15, 0xdc), ...value.map((each) => encodeMsgpack(each))]);
  }
  if (typeof value !== "object") throw new TypeError(`cannot encode a ${typeof value}`);
  const entries = Object.entries(value);
  return Buffer.concat([
    header(entries.length, 0x80, 15, 0xde),
    ...entries.flatMap(([key, each]) => [encodeMsgpack(key), encodeMsgpack(each)]),
  ]);
}

function header(length: number, fix: number, fixMax: number, wide: number): Buffer {
  if (length <= fixMax) return Buffer.from([fix | length]);
  const out = Buffer.alloc(3);
  out[0] = wide;
  out.writeUInt16BE(length, 1);
  return out;
}

function encodeNumber(value: number): Buffer {
  if (Number.isInteger(value) && value >= 0 && value < 128) return Buffer.from([value]);
  const out = Buffer.alloc(9);
  if (Number.isSafeInteger(value)) {
    out[0] = 0xd3;
    out.writeBigInt64BE(BigInt(value), 1);
  } else {
    out[0] = 0xcb;
    out.writeDoubleBE(value, 1);
  }
  return out;
}

export function decodeMsgpack(bytes: Buffer): unknown {
  let at = 0;
  const take = (count: number): number => {
    at += count;
    return at - count;
  };
  const text = (length: number): string => {
    const start = take(length);
    return bytes.toString("utf8", start, start + length);
  };
  const list = (length: number): unknown[] => Array.from({ length }, () => read());
  const map = (length: number): Record<string, unknown> =>
    Object.fromEntries(Array.from({ length }, () => [String(read()), read()]));
  const read = (): unknown => {
    const tag = bytes.readUInt8(take(1));
    if (tag < 0x80) return tag;
    if (tag < 0x90) return map(tag & 0x0f);
    if (tag < 0xa0) return list(tag & 0x0f);
    if (tag < 0xc0) return text(tag & 0x1f);
    if (tag >= 0xe0) return tag - 256;
    const reader = wide.get(tag);
    if (reader === undefined) throw new TypeError(`MessagePack tag ${tag} is not supported here`);
    return reader();
  };
  const wide: ReadonlyMap<number, () => unknown> = new Map<number, () => unknown>([
    [0xc0, () => null],
    [0xc2, () => false],
    [0xc3, () => true],
    [0xca, () => bytes.readFloatBE(take(4))],
    [0xcb, () => bytes.readDoubleBE(take(8))],
    [0xcc, () => bytes.readUInt8(take(1))],
    [0xcd, () => bytes.readUInt16BE(take(2))],
    [0xce, () => bytes.readUInt32BE(take(4))],
    [0xcf, () => Number(bytes.readBigUInt64BE(take(8)))],
    [0xd0, () => bytes.readInt8(take(1))],
    [0xd1, () => bytes.readInt16BE(take(2))],
    [0xd2, () => bytes.readInt32BE(take(4))],
    [0xd3, () => Number(bytes.readBigInt64BE(take(8)))],
    [0xd9, () => text(bytes.readUInt8(take(1)))],
    [0xda, () => text(bytes.readUInt16BE(take(2)))],
    [0xdc, () => list(bytes.readUInt16BE(take(2)))],
    [0xde, () => map(bytes.readUInt16BE(take(2)))],
  ]);
  return read();
}
