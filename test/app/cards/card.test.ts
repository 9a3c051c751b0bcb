import { describe, expect, it } from "vitest";
import { cardOf, type CardSight } from "../../../src/app/cards/card.ts";
import { eventsOf } from "../../../src/app/cards/events.ts";
import { money } from "../../../src/core/money.ts";
import type { Order } from "../../../src/core/order.ts";
import type { Position } from "../../../src/core/position.ts";
import type { Story } from "../../../src/ports.ts";
import { clientOrderId, sampleOrder, samplePosition } from "../../contracts/ledger-samples.ts";

const ENTRY = clientOrderId("af-k7q2-AAPL-sn3k40-e1");
const sight: CardSight = { mode: "paper", price: 191.5, offers: () => true };

/** 100 AAPL at $185.50 with a first stop at $180.50: a risk of $5.00 a share. */
function story(entry: Partial<Order>, position?: Partial<Position>, followers: Partial<Order>[] = []): Story {
  const order = sampleOrder({
    clientOrderId: ENTRY,
    accountId: "paper",
    strategyId: "momentum",
    quantity: money(100),
    state: "FILLED",
    filledQuantity: money(100),
    ...entry,
  });
  return {
    subject: ENTRY,
    card: null,
    entry: order,
    position:
      position === undefined
        ? null
        : samplePosition({
            id: "p1",
            accountId: "paper",
            entryOrderId: ENTRY,
            symbol: "AAPL",
            strategyId: "momentum",
            quantity: money(100),
            boughtQuantity: money(100),
            soldQuantity: money(0),
            soldNotional: money(0),
            entryPrice: money("185.5"),
            stop: money("180.5"),
            initialStop: money("180.5"),
            target: null,
            exitReason: null,
            exitRequestedAt: null,
            status: "open",
            closedAt: null,
            ...position,
          }),
    followers: followers.map((each, index) =>
      sampleOrder({
        clientOrderId: clientOrderId(`af-k7q2-AAPL-sn3k40-s${index + 1}`),
        accountId: "paper",
        side: "sell",
        purpose: "stop",
        type: "stop",
        stopPrice: money("180.5"),
        quantity: money(100),
        positionId: "p1",
        ...each,
      }),
    ),
    fills: [],
  };
}

const SOLD: Partial<Position> = {
  status: "closed",
  quantity: money(0),
  soldQuantity: money(100),
  soldNotional: money(18_000),
};

describe("a card", () => {
  it.each([
    ["sent", story({ state: "SENDING", filledQuantity: money(0) }), "pending: BUY 100 AAPL at market"],
    [
      "a limit that works",
      story({ state: "ACCEPTED", filledQuantity: money(0), type: "limit", limitPrice: money(185) }),
      "pending: BUY 100 AAPL limit $185.00",
    ],
    [
      "no answer",
      story({ state: "UNKNOWN", filledQuantity: money(0) }),
      "pending: BUY 100 AAPL at market, no answer from the broker yet",
    ],
    [
      "rejected",
      story({ state: "REJECTED", filledQuantity: money(0), error: "insufficient buying power" }),
      "rejected: insufficient buying power · BUY 100 AAPL at market",
    ],
    [
      "expired",
      story({ state: "EXPIRED", filledQuantity: money(0) }),
      "not filled, expired: BUY 100 AAPL at market",
    ],
    [
      "partly filled: 60 × ($191.50 − $185.50) = $360.00, $6.00 ÷ $5.00 = 1.2R, $6.00 ÷ $185.50 = 3.23 %",
      story(
        { state: "PARTIALLY_FILLED", filledQuantity: money(60) },
        { quantity: money(60), boughtQuantity: money(60) },
      ),
      "filled 60/100 +1.2R · +$360.00 (+3.23%)",
    ],
    ["open", story({}, {}), "open +1.2R · +$600.00 (+3.23%)"],
    [
      "closing",
      story({}, { exitReason: "manual", exitRequestedAt: 1 }),
      "closing · closed by hand +1.2R · +$600.00 (+3.23%)",
    ],
    [
      "closed: $18,000.00 − $18,550.00 = -$550.00, 2.96 % of what was paid",
      story({}, { ...SOLD, exitReason: "manual" }),
      "closed -$550.00 (-2.96%) closed by hand",
    ],
  ])("says what the rows say: %s", (_case, rows, text) => {
    expect(cardOf(rows, sight).text).toBe(text);
  });

  it("has no figures where the price is not known", () => {
    expect(cardOf(story({}, {}), { ...sight, price: undefined })).toMatchObject({
      text: "open",
      tone: "neutral",
    });
  });

  it("offers what can be done now, by commands that the program has", () => {
    const labels = (rows: Story, offers: (command: string) => boolean = () => true) =>
      (cardOf(rows, { ...sight, offers }).buttons ?? []).map(({ label }) => label);
    expect(labels(story({}, {}))).toEqual(["Close", "Half", "Stop to breakeven", "Chart", "Why", "Note"]);
    expect(labels(story({}, {}), (command) => !command.includes("part="))).not.toContain("Half");
    expect(labels(story({ state: "ACCEPTED", filledQuantity: money(0) }))).toEqual([
      "Cancel",
      "Chart",
      "Why",
    ]);
    expect(labels(story({}, { exitReason: "signal" }))).toEqual(["Chart", "Why", "Note"]);
    expect(labels(story({}, SOLD))).toEqual([]);
    expect(labels(story({ state: "REJECTED", filledQuantity: money(0) }))).toEqual([]);
  });

  it("shows a stop that moved beside the first, and what was sold of it so far", () => {
    const rows = story(
      {},
      { stop: money("185.5"), quantity: money(50), soldQuantity: money(50), soldNotional: money(9_575) },
    );
    expect(cardOf(rows, sight).fields).toEqual([
      { label: "Shares", value: "50 of 100" },
      { label: "Entry", value: "$185.50" },
      { label: "Price", value: "$191.50" },
      { label: "Stop", value: "$185.50 (first $180.50)" },
      { label: "Sold", value: "50 for +$300.00" },
    ]);
  });

  it("says who asked for the exit, and bears its key", () => {
    const rows = story({ context: "RSI 60" }, { exitReason: "manual", exitRequestedBy: "ann (Slack)" });
    expect(cardOf(rows, sight).footer).toEqual(["closing, asked by ann (Slack)", "RSI 60", `card ${ENTRY}`]);
  });
});

describe("the events of a story", () => {
  it("have the same keys whenever they are read, and come in order", () => {
    const rows: Story = {
      ...story(
        {},
        { ...SOLD, exitReason: "manual", exitRequestedAt: 5_000, exitRequestedBy: "bob (Discord)" },
        [
          { createdAt: 2_000, state: "CANCELED" },
          {
            clientOrderId: clientOrderId("af-k7q2-AAPL-sn3k40-x1"),
            purpose: "exit",
            type: "market",
            createdAt: 6_000,
            state: "FILLED",
            filledQuantity: money(100),
          },
        ],
      ),
      fills: [
        { id: 1, clientOrderId: ENTRY, quantity: money(60), price: money("185.5"), atMs: 1 },
        { id: 2, clientOrderId: ENTRY, quantity: money(40), price: money("185.5"), atMs: 2 },
        {
          id: 3,
          clientOrderId: clientOrderId("af-k7q2-AAPL-sn3k40-x1"),
          quantity: money(100),
          price: money(180),
          atMs: 3,
        },
      ],
    };
    const events = eventsOf(rows);
    expect(events.map(({ text }) => text)).toEqual([
      "entry: buy 100 at market",
      "bought 60 at $185.50 (60/100)",
      "bought 40 at $185.50 (100/100)",
      "stop order: sell 100 stop $180.50",
      "stop order canceled with 0/100 filled",
      "closing: closed by hand · asked by bob (Discord)",
      "exit: sell 100 at market",
      "sold 100 at $180.00 (100/100)",
      "closed -$550.00 (-2.96%) closed by hand",
    ]);
    expect(eventsOf(rows)).toEqual(events);
    expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
  });
});
