import { describe, expect, it } from "vitest";
import { ANN, BOB, busBench, CONSOLE, ROLES, TOM } from "../support/command-bus.ts";

describe("/risk set", () => {
  it("is for admins", async () => {
    const bench = busBench();
    expect((await bench.say("/risk set heat_pct=20", TOM)).text).toContain("admin");
    expect(bench.desk.calls).toEqual([]);
  });

  it("tightens at once, in one audit row", async () => {
    const bench = busBench();
    await bench.say("/risk set heat_pct=20 max_positions=8", ANN);
    expect(bench.desk.calls).toMatchObject([
      { name: "setLimits", args: ["heat_pct=20", "max_positions=8", false], by: { name: "ann" } },
    ]);
    expect(bench.ledger.audits).toMatchObject([
      { action: "/risk set heat_pct=20 max_positions=8", outcome: "done", actor: "slack:UADMIN (ann)" },
    ]);
  });

  it("raises only when a second admin has confirmed, who may sit at the other platform; one audit row holds both names", async () => {
    const bench = busBench();
    const asked = await bench.say("/risk set heat_pct=30 max_positions=8", ANN);
    expect(asked).toMatchObject({
      title: "Raise risk limits? · PAPER",
      text: "heat_pct 25% → 30%, max_positions none → 8: more may be lost than before.",
    });
    const code = bench.codeOf(asked);
    expect((await bench.say(`/confirm ${code}`, ANN)).text).toContain("A second admin must confirm this");
    expect((await bench.say(`/confirm ${code}`, TOM)).text).toContain("admin");
    expect(bench.desk.calls).toEqual([]);
    await bench.say(`/confirm ${code}`, BOB);
    expect(bench.desk.calls).toMatchObject([
      { name: "setLimits", args: ["heat_pct=30", "max_positions=8", true], by: { actor: "discord:42" } },
    ]);
    expect(bench.ledger.audits.at(-1)).toMatchObject({
      action: "/risk set heat_pct=30 max_positions=8",
      outcome: "done",
      detail: expect.stringContaining("asked by slack:UADMIN (ann), confirmed by discord:42 (bob)"),
    });
  });

  it("raises at once where there is one admin only", async () => {
    const bench = busBench({ ...ROLES, admin: ["UADMIN"] });
    await bench.say("/risk set heat_pct=30", ANN);
    expect(bench.desk.calls).toMatchObject([{ name: "setLimits", args: ["heat_pct=30", true] }]);
  });

  it("at the console waits for the admin in the chat", async () => {
    const bench = busBench({ ...ROLES, admin: ["UADMIN"] });
    const code = bench.codeOf(await bench.say("/risk set heat_pct=30", CONSOLE));
    expect(bench.desk.calls).toEqual([]);
    await bench.say(`/confirm ${code}`, ANN);
    expect(bench.desk.calls).toMatchObject([{ name: "setLimits", args: ["heat_pct=30", true] }]);
  });

  it.each([
    ["/risk set heat=20", "unknown limit heat; did you mean heat_pct?"],
    ["/risk set heat_pct=200", "heat_pct=200: expected a percentage above 0 and at most 100"],
    [
      "/risk set max_positions=4 max_positions_symbol=5",
      "max_positions_symbol=5 is above max_positions=4: one symbol cannot hold more than all together",
    ],
    ["/risk set", "settings is missing: name=value of one or more limits; /risk lists them"],
  ])("answers %s with what would be right", async (command, text) => {
    const bench = busBench();
    expect((await bench.say(command, ANN)).text).toBe(text);
    expect(bench.desk.calls).toEqual([]);
    expect(bench.ledger.audits).toMatchObject([{ outcome: "refused" }]);
  });
});
