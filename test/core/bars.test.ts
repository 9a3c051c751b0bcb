import { describe, expect, it } from "vitest";
import type { Bar } from "../../src/core/bar.ts";
import { checkBars, looksSound, valueFault } from "../../src/core/bars.ts";

const sound: Bar = { time: 1_767_225_600_000, open: 100, high: 102, low: 99, close: 101, volume: 100 };
const next: Bar = { ...sound, time: sound.time + 60_000 };
const last: Bar = { ...sound, time: sound.time + 120_000 };

describe("bars that may be traded on", () => {
  it("pass as they are", () => {
    expect(checkBars("AAPL", [sound, next, last])).toEqual({ sound: [sound, next, last], faults: [] });
  });

  it.each([
    [{ close: Number.NaN }, "close NaN is not a price"],
    [{ open: 0 }, "open 0 is not a price"],
    [{ low: -1 }, "low -1 is not a price"],
    [{ high: Number.POSITIVE_INFINITY }, "high Infinity is not a price"],
    [{ high: 100.5 }, "high 100.5 is below the close 101"],
    [{ high: 98, low: 99 }, "high 98 is below the low 99"],
    [{ low: 100.5 }, "low 100.5 is above the open 100"],
    [{ volume: -1 }, "volume -1 is not a volume"],
    [{ volume: Number.NaN }, "volume NaN is not a volume"],
    [{ time: sound.time }, "time is there twice"],
    [{ time: sound.time - 1000 }, "time is out of order: it comes after 2026-01-01T00:00:00Z"],
    [{ time: Number.NaN }, "time NaN is not a time"],
  ])("do not include %j", (change, fault) => {
    const faulty = { ...next, ...change };
    const { sound: kept, faults } = checkBars("AAPL", [sound, faulty, last]);
    expect(kept).toEqual([sound, last]);
    expect(faults).toHaveLength(1);
    expect(faults[0]?.index).toBe(1);
    expect(faults[0]?.text).toMatch(/^AAPL bar 1\b/);
    expect(faults[0]?.text).toContain(`: ${fault}`);
  });

  it("may pass their high or low in the last digits: split adjustment rounds each price on its own", () => {
    const close = 100 * (1 + 1e-12);
    expect(looksSound(99, 100, 98, close, 1)).toBe(false);
    expect(valueFault(99, 100, 98, close, 1)).toBeUndefined();
  });
});
