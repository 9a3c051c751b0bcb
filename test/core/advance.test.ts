import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { advance, type OrderEvent } from "../../src/core/advance.ts";
import { money } from "../../src/core/money.ts";
import { isTerminal, type BrokerStatus, type Order } from "../../src/core/order.ts";
import { anOrder, aReport } from "../support/orders.ts";

const report = (
  status: BrokerStatus,
  filled: number,
  avg: number | null = filled === 0 ? null : 10,
  execution?: { id: string; quantity: number; price: number },
): OrderEvent => ({
  kind: "report",
  report: aReport({
    status,
    filledQuantity: money(filled),
    filledAvgPrice: avg === null ? null : money(avg),
  }),
  ...(execution === undefined
    ? {}
    : {
        execution: {
          executionId: execution.id,
          quantity: money(execution.quantity),
          price: money(execution.price),
          atMs: 5,
        },
      }),
  atMs: 5,
});

function play(order: Order, ...events: readonly OrderEvent[]): { order: Order; booked: string[] } {
  const booked: string[] = [];
  let current = order;
  for (const event of events) {
    const next = advance(current, event);
    current = next.order;
    if (next.booking !== null)
      booked.push(`${next.booking.quantity.toString()}@${next.booking.price.toString()}`);
  }
  return { order: current, booked };
}

describe("an order's life", () => {
  it.each([
    ["SENDING", "working", "ACCEPTED"],
    ["SENDING", "filled", "FILLED"],
    ["UNKNOWN", "working", "ACCEPTED"],
    ["ACCEPTED", "canceled", "CANCELED"],
    ["ACCEPTED", "expired", "EXPIRED"],
    ["ACCEPTED", "replaced", "REPLACED"],
    ["ACCEPTED", "rejected", "REJECTED"],
  ] as const)("goes from %s by a %s report to %s", (before, status, after) => {
    expect(
      advance(anOrder({ state: before }), report(status, status === "filled" ? 100 : 0)).order.state,
    ).toBe(after);
  });

  it("forgets the heir that a broker named when the order fills before its change is made", () => {
    const changing = advance(anOrder(), {
      kind: "report",
      report: aReport({ replacedBy: "b2" }),
      atMs: 5,
    }).order;
    expect(changing.replacedBy).toBe("b2");
    expect(advance(changing, report("filled", 100)).order.replacedBy).toBeNull();
  });

  it("books only the rise over what was booked: 40, then 100 of 100, is 40 and 60", () => {
    const { order, booked } = play(anOrder(), report("partially_filled", 40), report("filled", 100));
    expect(order.state).toBe("FILLED");
    expect(booked).toEqual(["40@10", "60@10"]);
  });

  it("works out what the rise cost from the averages: 40 at 10 and 100 at 10.6 in all is 60 at 11", () => {
    // (100 × 10.6 − 40 × 10) / 60 = (1060 − 400) / 60 = 11
    expect(play(anOrder(), report("partially_filled", 40, 10), report("filled", 100, 10.6)).booked).toEqual([
      "40@10",
      "60@11",
    ]);
  });

  it("takes the stream's own price where it covers the rise exactly", () => {
    const { booked } = play(
      anOrder(),
      report("filled", 100, 10.333333, { id: "x1", quantity: 100, price: 10.33 }),
    );
    expect(booked).toEqual(["100@10.33"]);
  });

  it("books nothing again when the same fill comes twice, or late and out of order", () => {
    const { order, booked } = play(
      anOrder(),
      report("filled", 100),
      report("partially_filled", 40),
      report("filled", 100),
      report("working", 0),
    );
    expect(order.state).toBe("FILLED");
    expect(order.filledQuantity.toString()).toBe("100");
    expect(booked).toEqual(["100@10"]);
  });

  it("books a late fill of a canceled order without reopening it", () => {
    const { order, booked } = play(anOrder(), report("canceled", 0), report("filled", 100));
    expect(order.state).toBe("CANCELED");
    expect(booked).toEqual(["100@10"]);
  });

  it("keeps a partial fill when a working report comes after it", () => {
    expect(play(anOrder(), report("partially_filled", 40), report("working", 0)).order.state).toBe(
      "PARTIALLY_FILLED",
    );
  });

  it("leaves an unanswered order UNKNOWN, and UNSEEN only after a minute of not being found", () => {
    const lost = advance(anOrder(), { kind: "unanswered", reason: "time-out", atMs: 0 }).order;
    expect(lost.state).toBe("UNKNOWN");
    const first = advance(lost, { kind: "not_found", atMs: 1_000 }).order;
    expect(first.state).toBe("UNKNOWN");
    expect(advance(first, { kind: "not_found", atMs: 60_999 }).order.state).toBe("UNKNOWN");
    expect(advance(first, { kind: "not_found", atMs: 61_000 }).order.state).toBe("UNSEEN");
  });

  it.each([
    ["a sale whose shares are free at the broker", "sell", true, "UNSEEN"],
    ["a sale whose shares something holds", "sell", false, "UNKNOWN"],
    ["a buy, of which the broker's positions prove nothing", "buy", true, "UNKNOWN"],
  ] as const)("after four seconds of not being found, %s", (_what, side, sharesFree, state) => {
    const missing = advance(anOrder({ side, state: "UNKNOWN" }), { kind: "not_found", atMs: 0 }).order;
    expect(advance(missing, { kind: "not_found", sharesFree, atMs: 3_999 }).order.state).toBe("UNKNOWN");
    expect(advance(missing, { kind: "not_found", sharesFree, atMs: 4_000 }).order.state).toBe(state);
  });

  it("starts the minute anew when an order was seen in between", () => {
    const missing = advance(anOrder({ state: "UNKNOWN" }), { kind: "not_found", atMs: 0 }).order;
    expect(advance(missing, report("working", 0)).order).toMatchObject({
      state: "ACCEPTED",
      missingSince: null,
    });
  });

  it("never lets a refusal of a repeated POST undo an order that was accepted", () => {
    expect(
      advance(anOrder({ state: "ACCEPTED" }), { kind: "rejected", reason: "403", atMs: 1 }).order.state,
    ).toBe("ACCEPTED");
  });

  it("says nothing changed when nothing changed: the same object comes back", () => {
    const accepted = advance(anOrder(), report("working", 0)).order;
    expect(advance(accepted, report("working", 0)).order).toBe(accepted);
  });

  it("holds for any sequence of reports: booked = highest reported, terminal stays terminal", () => {
    const statuses: readonly BrokerStatus[] = [
      "working",
      "partially_filled",
      "filled",
      "canceled",
      "expired",
    ];
    const holds = fc.check(
      fc.property(
        fc.array(
          fc.record({ status: fc.constantFrom(...statuses), filled: fc.integer({ min: 0, max: 100 }) }),
          { maxLength: 30 },
        ),
        (steps) => {
          let order = anOrder();
          let ended: Order["state"] | undefined;
          let highest = 0;
          let booked = 0;
          for (const { status, filled } of steps) {
            highest = Math.max(highest, filled);
            const next = advance(order, report(status, filled));
            order = next.order;
            booked += next.booking?.quantity.toNumber() ?? 0;
            if (ended !== undefined && order.state !== ended) return false;
            if (isTerminal(order.state)) ended = order.state;
          }
          return booked === highest && order.filledQuantity.toNumber() === highest;
        },
      ),
    );
    expect(holds.counterexample).toBeNull();
  });
});
