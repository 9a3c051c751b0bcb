import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MultiFeed, nominalClose } from "../../src/core/aggregate.ts";
import { TIMEFRAME_MS, type Timeframe } from "../../src/core/bar.ts";
import type { Kernel } from "../../src/core/strategies/contract.ts";
import { MINUTE_MS } from "./series-builder.ts";

/** A kernel that writes down what it is fed. */
function recorder(): { kernel: Kernel; fed: string[] } {
  const fed: string[] = [];
  const kernel: Kernel = {
    step: () => 0,
    feed: (slot, close) => fed.push(`${slot}:${close}`),
    explain: () => ({ reason: "", figures: {} }),
  };
  return { kernel, fed };
}

/** Aggregates one-minute bars that start at these minutes; the close of each is its minute. What was fed before each step. */
function feedMinutes(minutes: readonly number[], timeframes: readonly Timeframe[]): string[] {
  const { kernel, fed } = recorder();
  const feed = new MultiFeed(kernel, timeframes);
  return minutes.map((minute) => {
    fed.length = 0;
    feed.aggregate(minute * MINUTE_MS, minute);
    feed.advance((minute + 1) * MINUTE_MS);
    return fed.join(" ");
  });
}

describe("bars of a longer timeframe", () => {
  it("close with the bar that ends with them", () => {
    expect(feedMinutes([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], ["5Min"])).toEqual([
      "",
      "",
      "",
      "",
      "0:4",
      "",
      "",
      "",
      "",
      "0:9",
    ]);
  });

  it("close with the next bar when the last ones are missing", () => {
    expect(feedMinutes([2, 3, 7, 9], ["5Min"])).toEqual(["", "", "0:3", "0:9"]);
  });

  it("are fed to every slot, the run's own timeframe included", () => {
    expect(feedMinutes([58, 59, 60], ["1Min", "1Hour"])).toEqual(["0:58", "0:59 1:59", "0:60"]);
  });

  it("are the ones closed at the bar, whatever bars are missing", () => {
    const minutes = fc
      .uniqueArray(fc.integer({ min: 0, max: 200 }), { minLength: 1 })
      .map((all) => all.sort((a, b) => a - b));
    fc.assert(
      fc.property(minutes, (starts) => {
        const fed = feedMinutes(starts, ["15Min"])
          .join(" ")
          .split(" ")
          .filter((text) => text !== "");
        const newest = starts.at(-1) ?? 0;
        const buckets = new Map(starts.map((minute) => [Math.floor(minute / 15), minute]));
        const closed = [...buckets]
          .filter(([bucket]) => (bucket + 1) * 15 <= newest + 1)
          .map(([, close]) => `0:${close}`);
        expect(fed).toEqual(closed);
      }),
    );
  });
});

describe("fetched bars of a slot", () => {
  it("are fed once each, before the step of the first bar at whose close they are closed", () => {
    const { kernel, fed } = recorder();
    const feed = new MultiFeed(kernel, ["5Min"]);
    feed.add(0, 0, 100);
    feed.add(0, 5 * MINUTE_MS, 101);
    feed.add(0, 5 * MINUTE_MS, 999); // fetched again
    feed.advance(5 * MINUTE_MS);
    expect(fed).toEqual(["0:100"]);
    feed.add(0, 0, 999); // fetched again, older
    feed.advance(9 * MINUTE_MS);
    expect(fed).toEqual(["0:100"]);
    feed.advance(10 * MINUTE_MS);
    expect(fed).toEqual(["0:100", "0:101"]);
  });

  it("close with the session when the calendar says so", () => {
    const { kernel, fed } = recorder();
    const sessionEndMs = 20 * 60 * MINUTE_MS;
    const feed = new MultiFeed(kernel, ["1Day"], (timeframe, startMs) =>
      timeframe === "1Day" ? startMs + sessionEndMs : nominalClose(timeframe, startMs),
    );
    feed.add(0, 0, 100);
    feed.advance(sessionEndMs - 1);
    expect(fed).toEqual([]);
    feed.advance(sessionEndMs);
    expect(fed).toEqual(["0:100"]);
    expect(nominalClose("1Day", 0)).toBe(TIMEFRAME_MS["1Day"]);
  });
});
