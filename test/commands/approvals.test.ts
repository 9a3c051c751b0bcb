import { expect, it } from "vitest";
import { runId } from "../../src/core/order.ts";
import { sampleApproval } from "../contracts/ledger-samples.ts";
import { BOB, busBench, TOM, VIV } from "../support/command-bus.ts";
import { T0 } from "../support/fake-desk.ts";

it("a press of either button is a trader's command with one audit row", async () => {
  const bench = busBench();
  await bench.say("/approve af-1", TOM);
  await bench.say("/reject af-2", BOB);
  expect(bench.desk.calls).toMatchObject([
    { name: "approve", args: ["af-1"], by: { actor: "slack:UTRADER", name: "tom", deliveryId: "d1" } },
    { name: "reject", args: ["af-2"], by: { actor: "discord:42" } },
  ]);
  expect(bench.ledger.audits).toMatchObject([
    { action: "/approve af-1", outcome: "done", actor: "slack:UTRADER (tom)" },
    { action: "/reject af-2", outcome: "done", actor: "discord:42 (bob)" },
  ]);
});

it("viewers may do neither", async () => {
  const bench = busBench();
  for (const text of ["/approve af-1", "/reject af-1"])
    expect((await bench.say(text, VIV)).text).toContain("needs the role trader");
  expect(bench.desk.calls).toEqual([]);
});

it("/approve alone lists what waits, with its buttons", async () => {
  const bench = busBench();
  expect((await bench.say("/approve", TOM)).text).toBe("Nothing waits for approval.");
  bench.desk.approvals = [
    sampleApproval({ id: "af-1", accountId: "paper", runId: runId("k7q2"), expiresAt: T0 + 90_000 }),
  ];
  expect(await bench.say("/approve", TOM)).toMatchObject({
    text: "1 buy waiting for approval.",
    table: { rows: [["BUY 5 AAPL at about $185.50 · stop $180.50", "ma_crossover", "1m 30s", "af-1"]] },
    buttons: [
      { label: "Approve AAPL", command: "/approve af-1" },
      { label: "Reject AAPL", command: "/reject af-1" },
    ],
  });
});
