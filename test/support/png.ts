import { inflateSync } from "node:zlib";

/** Pixels as four bytes each (red, green, blue, opacity), row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

const SIGNATURE = "\u0089PNG\r\n\u001a\n";

/** Decodes what resvg writes: 8 bits a channel, RGBA, not interlaced. Throws on anything else. */
export function decodePng(png: Uint8Array): Pixels {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  if (bytes.subarray(0, 8).toString("latin1") !== SIGNATURE) throw new Error("not a PNG");
  const packed: Buffer[] = [];
  let header = Buffer.alloc(13);
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") header = Buffer.from(body);
    if (type === "IDAT") packed.push(body);
    at += 12 + length;
  }
  const form = [...header.subarray(8, 13)].join(" ");
  if (form !== "8 6 0 0 0") throw new Error(`a PNG of another form: ${form}`);
  const width = header.readUInt32BE(0);
  const height = header.readUInt32BE(4);
  return { width, height, data: unfilter(inflateSync(Buffer.concat(packed)), width * 4, height) };
}

/** Each row begins with the number of its filter (PNG specification, 9.2). */
function unfilter(raw: Buffer, stride: number, height: number): Uint8Array {
  const data = new Uint8Array(stride * height);
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const left = x < 4 ? 0 : (data[row * stride + x - 4] ?? 0);
      const up = row === 0 ? 0 : (data[(row - 1) * stride + x] ?? 0);
      const corner = x < 4 || row === 0 ? 0 : (data[(row - 1) * stride + x - 4] ?? 0);
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
      data[row * stride + x] = (raw[row * (stride + 1) + 1 + x] ?? 0) + guess;
    }
  }
  return data;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [a, b, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}

/** The share of pixels, 0 to 1, of which some channel differs by more than `tolerance` of 255; 1 when the sizes differ. */
export function difference(one: Pixels, other: Pixels, tolerance: number): number {
  if (one.width !== other.width || one.height !== other.height) return 1;
  let different = 0;
  for (let at = 0; at < one.data.length; at += 4)
    if (
      [0, 1, 2, 3].some(
        (channel) => Math.abs((one.data[at + channel] ?? 0) - (other.data[at + channel] ?? 0)) > tolerance,
      )
    )
      different += 1;
  return different / (one.data.length / 4);
}
