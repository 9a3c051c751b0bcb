import { describe, expect, it } from "vitest";
import { limitsPicture } from "../../src/commands/limits-picture.ts";
import type { LimitUse } from "../../src/core/risk/usage.ts";
import { busBench, VIV } from "../support/command-bus.ts";

const HEADING = { title: "Risk · PAPER", subtitle: "Day P&L -$12.00", tone: "neutral" } as const;

function use(changes: Partial<LimitUse>): LimitUse {
  return {
    name: "heat_pct",
    description: "",
    unit: "%",
    limit: 25,
    used: 5,
    left: 20,
    where: null,
    ...changes,
  };
}

describe("the risk bars", () => {
  it("show the fullest limit first, with where it is used, and say the same in words", () => {
    const { picture } = limitsPicture(
      [
        use({}),
        use({ name: "max_positions", unit: "count", limit: 8, used: 6 }),
        use({ name: "max_position_value", unit: "$", limit: 10_000, used: 12_000, where: "AAPL" }),
      ],
      HEADING,
    );
    expect(picture).toEqual({
      name: "risk.png",
      alt: "Risk · PAPER: max_position_value (AAPL) $12,000.00 of $10,000.00, max_positions 6 of 8, heat_pct 5.0 of 25%.",
      drawing: {
        kind: "limits",
        ...HEADING,
        rows: [
          { label: "max_position_value (AAPL)", used: 12_000, limit: 10_000, unit: "usd" },
          { label: "max_positions", used: 6, limit: 8, unit: "count" },
          { label: "heat_pct", used: 5, limit: 25, unit: "percent" },
        ],
      },
    });
  });

  it("leave out what has no limit, what holds for a single order, and what cannot be drawn", () => {
    expect(
      limitsPicture(
        [
          use({ limit: null }),
          use({ used: null }),
          use({ used: Number.POSITIVE_INFINITY }),
          use({ unit: "min" }),
        ],
        HEADING,
      ),
    ).toEqual({});
  });

  it("stand below /risk", async () => {
    const bench = busBench();
    bench.desk.risk = { ...bench.desk.risk, limits: [use({})] };
    const answer = await bench.say("/risk", VIV);
    expect(answer.picture?.drawing).toMatchObject({ kind: "limits", title: "Risk · PAPER" });
  });
});
