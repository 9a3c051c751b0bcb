import { describe, expect, it } from "vitest";
import {
  entryOrderId,
  followingOrderId,
  manualOrderId,
  orderId,
  parseOrderId,
} from "../../src/core/client-order-id.ts";
import { runId } from "../../src/core/order.ts";

const BAR = Date.parse("2026-11-20T15:30:00Z");

it("names an order by hand by the delivery that confirmed it: the same one makes the same id, others do not", () => {
  const id = manualOrderId("slack:U1 3f0c9d1e-7a52-4d36-b9c0-5f2f6f1f7a10", "BRK.B");
  expect(id).toBe(manualOrderId("slack:U1 3f0c9d1e-7a52-4d36-b9c0-5f2f6f1f7a10", "BRK.B"));
  expect(id).not.toBe(manualOrderId("slack:U2 3f0c9d1e-7a52-4d36-b9c0-5f2f6f1f7a10", "BRK.B"));
  expect(id).toMatch(/^af-h-[0-9a-z]{1,13}-BRK\.B-e1$/);
  expect(parseOrderId(id)).toMatchObject({ purpose: "entry", attempt: 1 });
});

describe("a client order id", () => {
  it("is the same for the same intent and another for another bar, symbol or run", () => {
    const id = entryOrderId(runId("k7q2"), "AAPL", BAR);
    expect(entryOrderId(runId("k7q2"), "AAPL", BAR)).toBe(id);
    const others = [
      entryOrderId(runId("k7q2"), "AAPL", BAR + 60_000),
      entryOrderId(runId("k7q2"), "MSFT", BAR),
      entryOrderId(runId("k7q3"), "AAPL", BAR),
    ];
    expect(new Set([id, ...others]).size).toBe(4);
  });

  it("carries the program's prefix and stays within 48 characters for the longest names", () => {
    const id = followingOrderId(entryOrderId(runId("zzzzzz"), "BRK.B", BAR), "stop", 99);
    expect(id.startsWith("af-")).toBe(true);
    expect(id.length).toBeLessThanOrEqual(48);
    expect(() => orderId("af-" + "x".repeat(50), "exit", 1)).toThrow("longer than 48");
  });

  it("keeps the stem of its entry for the orders that follow, and reads back", () => {
    const entry = entryOrderId(runId("k7q2"), "AAPL", BAR);
    const stop = followingOrderId(entry, "stop", 2);
    expect(parseOrderId(stop)).toEqual({ stem: entry.replace(/-e1$/, ""), purpose: "stop", attempt: 2 });
  });

  it("is nobody's when it is not ours", () => {
    expect(parseOrderId("9f0c1a52-3b1e-4a7e-9f7d-0c7e1f2a3b4c")).toBeUndefined();
  });
});
