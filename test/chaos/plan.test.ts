import { describe, expect, it } from "vitest";
import { FAULTS } from "./faults.ts";
import { planOf } from "./plan.ts";

describe("the plan of a chaos run", () => {
  it("tries every fault that is possible before a run is left with fewer than three", () => {
    const { faults, spare } = planOf(71_045, { database: "postgres", standby: true });
    const tried = [...faults, ...spare];
    expect(new Set(tried).size).toBe(tried.length);
    expect(tried.toSorted()).toEqual(FAULTS.map(({ kind }) => kind).toSorted());
  });

  it("leaves out what a run cannot have", () => {
    const { faults, spare } = planOf(71_045, { database: "pglite" });
    const impossible = FAULTS.filter(({ needs }) => needs !== undefined).map(({ kind }) => kind);
    expect(impossible).not.toEqual([]);
    expect([...faults, ...spare].filter((kind) => impossible.includes(kind))).toEqual([]);
  });
});
