/** Uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * A stream of uniform numbers for a seed and a path of whole numbers (window, trial …): streams of different paths have nothing
 * in common, so that any trial can be drawn anew without those before it. mulberry32, keyed by MurmurHash3's finaliser.
 */
export function seeded(seed: number, ...path: readonly number[]): Random {
  let state = mixed(seed);
  for (const step of path) state = mixed(state ^ Math.imul(step + 1, 0x9e3779b1));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
