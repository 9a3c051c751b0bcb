/** 32 well-mixed bits of three integers (the finaliser of MurmurHash3): the sandbox's only source of randomness. */
export function hashBits(key: number, a: number, b: number): number {
  let bits = key ^ Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca77);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** The key of one symbol's path under one seed. */
export function pathKey(seed: number, symbol: string): number {
  let key = hashBits(seed, 1, 0);
  for (let at = 0; at < symbol.length; at++) key = hashBits(key, symbol.charCodeAt(at), at);
  return key;
}

/** Uniform in [-1, 1] at lattice point `point` of one layer. */
export function latticeValue(key: number, layer: number, point: number): number {
  return hashBits(key, layer, point) / 0x8000_0000 - 1;
}

/** A smooth wave through the lattice values of one layer, in [-1, 1]; slope at most 3 a lattice step. */
export function wave(key: number, layer: number, position: number): number {
  const point = Math.floor(position);
  const part = position - point;
  const from = latticeValue(key, layer, point);
  const to = latticeValue(key, layer, point + 1);
  return from + (to - from) * part * part * (3 - 2 * part);
}
