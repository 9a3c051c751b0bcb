import { describe, expect, it } from "vitest";
import { ByteCache } from "../../src/core/byte-cache.ts";

/** Columns of 8 bytes in a cache of 16; answers which of the names were computed. */
function computed(names: readonly string[], bytes = 8): readonly string[] {
  const cache = new ByteCache<Uint8Array>(16);
  const calls: string[] = [];
  for (const name of names)
    cache.get(name, () => {
      calls.push(name);
      return new Uint8Array(bytes);
    });
  return calls;
}

describe("a byte cache", () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ["computes a column once", ["a", "a", "b", "a"], ["a", "b"]],
    [
      "lets go of the column that was looked at longest ago",
      ["a", "b", "a", "c", "a", "b"],
      ["a", "b", "c", "b"],
    ],
  ])("%s", (_name, asked, expected) => {
    expect(computed(asked)).toEqual(expected);
  });

  it("does not keep a column larger than all it may hold", () => {
    expect(computed(["a", "a"], 17)).toEqual(["a", "a"]);
  });
});
