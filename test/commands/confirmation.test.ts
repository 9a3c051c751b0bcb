import { describe, expect, it } from "vitest";
import type { Actor } from "../../src/commands/contract.ts";
import { testPositionView } from "../support/fake-desk.ts";
import { ANN, BOB, busBench, CONSOLE, ROLES, TOM, VIV, type BusBench } from "../support/command-bus.ts";

/** Tom asks to close AAPL; the code of his confirmation. */
async function askClose(bench: BusBench): Promise<string> {
  bench.desk.positions = [testPositionView()];
  return bench.codeOf(await bench.say("/close AAPL", TOM));
}

describe("/close", () => {
  it("does nothing before it is confirmed, and shows price, profit and the risk before and after", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView()];
    const preview = await bench.say("/close AAPL", TOM);
    expect(bench.desk.calls).toEqual([]);
    expect(preview).toMatchObject({
      title: "Close AAPL? · PAPER",
      text: "Sell 1 position at market for about +$30.00?",
      // 191.50 − 180.50 is $11 a share and $55 for five: all of the open risk.
      fields: [{ label: "Open risk before → after", value: "$55.00 → $0.00" }],
      footer: ["Confirm within 60 s: /confirm C77771"],
      buttons: [{ label: "Confirm", command: "/confirm C77771" }],
    });
    expect(preview.table?.rows).toEqual([["AAPL", "momentum", "5", "$191.50", "+$30.00", "+3.23%"]]);
    expect(bench.ledger.audits).toMatchObject([{ outcome: "asked", detail: "waits for confirmation" }]);
  });

  it("sells on the code, under the delivery id of the press", async () => {
    const bench = busBench();
    const code = await askClose(bench);
    const answer = await bench.say(`/confirm ${code.toLowerCase()}`, TOM);
    expect(bench.desk.calls).toMatchObject([
      {
        name: "closePositions",
        args: ["AAPL", undefined],
        by: { actor: "slack:UTRADER", name: "tom", deliveryId: "d2" },
      },
    ]);
    expect(answer.title).toBe("Closing · PAPER");
    expect(bench.ledger.audits.at(-1)).toMatchObject({
      action: "/close AAPL",
      outcome: "done",
      detail: expect.stringContaining("asked and confirmed by slack:UTRADER (tom)"),
    });
  });

  it("answers at once when nothing is open", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView()];
    expect((await bench.say("/close APPL", TOM)).text).toBe(
      "there is no open position in APPL; did you mean AAPL?",
    );
    bench.desk.positions = [];
    expect((await bench.say("/close all", TOM)).text).toBe("there is no open position to close");
    expect(bench.ledger.confirmations.size).toBe(0);
  });
});

describe("a code", () => {
  it("works once, also for two presses at the same time", async () => {
    const bench = busBench();
    const code = await askClose(bench);
    const answers = await Promise.all([
      bench.say(`/confirm ${code}`, TOM),
      bench.say(`/confirm ${code}`, TOM),
    ]);
    expect(bench.desk.calls).toHaveLength(1);
    const used = "That code was used already by slack:UTRADER (tom).";
    expect(answers.map(({ text }) => text)).toContain(used);
    expect((await bench.say(`/confirm ${code}`, TOM)).text).toBe(used);
    expect(bench.desk.calls).toHaveLength(1);
  });

  it("that was used right before a crash goes on when the same press is delivered again, also after its time", async () => {
    const before = busBench();
    const code = await askClose(before);
    // The process dies between the use and what it was for.
    await before.ledger.ledger.useConfirmation(code, {
      delivery: "slack press-1",
      by: "slack:UTRADER (tom)",
    });
    const after = busBench(ROLES, before.ledger);
    after.desk.positions = [testPositionView()];
    after.clock.nowMs += 61_000;
    const press = (deliveryId: string, actor: Actor = TOM) =>
      after.bus.dispatch({ text: `/confirm ${code}`, actor, channel: "C1", deliveryId });
    expect((await press("press-2")).text).toBe("That code was used already by slack:UTRADER (tom).");
    expect((await press("press-1")).title).toBe("Closing · PAPER");
    expect((await press("press-1")).text).toContain("handled already");
    expect(after.desk.calls).toMatchObject([{ name: "closePositions", by: { deliveryId: "press-1" } }]);
  });

  it.each([
    [59_999, 1, "closePositions AAPL"],
    [60_000, 0, "That code has expired after 60 s. Give the command again to get a new one."],
  ])("after %i ms runs %i times", async (waited, runs, said) => {
    const bench = busBench();
    const code = await askClose(bench);
    bench.clock.nowMs += waited;
    const answer = await bench.say(`/confirm ${code}`, TOM);
    expect(bench.desk.calls).toHaveLength(runs);
    expect(answer.text).toBe(said);
  });

  it.each([
    ["an admin", ANN],
    ["the console", CONSOLE],
    ["the same id on another platform", { ...TOM, platform: "discord" }],
  ])("is refused to %s, and stays good for its owner", async (_who, actor: Actor) => {
    const bench = busBench();
    const code = await askClose(bench);
    const answer = await bench.say(`/confirm ${code}`, actor);
    expect(answer.text).toContain("Nothing was done.");
    expect(bench.desk.calls).toEqual([]);
    await bench.say(`/confirm ${code}`, TOM);
    expect(bench.desk.calls).toHaveLength(1);
  });

  it("is refused to its owner who has lost the role since", async () => {
    const bench = busBench({ admin: [], trader: ["GTRADERS"], viewer: ["SVIEWERS"] });
    bench.desk.positions = [testPositionView()];
    const code = bench.codeOf(await bench.say("/close AAPL", { ...VIV, groupIds: ["GTRADERS"] }));
    const answer = await bench.say(`/confirm ${code}`, VIV);
    expect(answer.text).toContain("needs the role trader");
    expect(bench.desk.calls).toEqual([]);
  });

  it("that nobody was given is unknown", async () => {
    const bench = busBench();
    expect((await bench.say("/confirm ZZZZZZ", TOM)).text).toContain("unknown");
  });
});

describe("/mode live", () => {
  it("lists what is missing and asks nobody while a lock is closed", async () => {
    const bench = busBench();
    bench.desk.liveLocks = ["ALPACA_PAPER is true", "ALPHAFLOW_ALLOW_LIVE is not set"];
    expect(await bench.say("/mode live", ANN)).toMatchObject({
      text: "Live trading is locked; the mode stays PAPER.",
      footer: ["Missing: ALPACA_PAPER is true", "Missing: ALPHAFLOW_ALLOW_LIVE is not set"],
    });
    expect(bench.ledger.confirmations.size).toBe(0);
  });

  it("is confirmed by a second admin on another platform, both named in one audit row", async () => {
    const bench = busBench();
    const preview = await bench.say("/mode live", ANN);
    expect(preview.footer).toEqual(["Another admin confirms within 60 s: /confirm C77771"]);
    // The card goes to every channel, so that the second person can press wherever they sit; the asker's own has no button.
    expect(preview.buttons).toEqual([]);
    expect(bench.ledger.alerts).toMatchObject([
      {
        kind: "approval",
        message: {
          title: "Trade live? · PAPER now",
          text: "slack:UADMIN (ann) asks for /mode live\nFrom then on orders are placed with real money.",
          buttons: [{ label: "Confirm", command: "/confirm C77771" }],
        },
      },
    ]);
    await bench.say("/confirm C77771", BOB);
    // Wherever it stands, it says by whom, and has nothing left to press.
    expect(bench.ledger.alerts[0]?.message.text).toMatch(/\n→ confirmed by discord:42 \(bob\)$/);
    expect(bench.ledger.alerts[0]?.message.buttons).toBeUndefined();
    expect(bench.desk.calls).toMatchObject([
      { name: "setMode", args: ["live"], by: { actor: "discord:42" } },
    ]);
    expect(bench.ledger.audits).toMatchObject([
      { deliveryId: "d1", action: "/mode live", outcome: "asked" },
      {
        deliveryId: "d2",
        action: "/mode live",
        outcome: "done",
        detail: "asked by slack:UADMIN (ann), confirmed by discord:42 (bob): setMode live",
      },
    ]);
  });

  it.each([
    ["the one who asked", ANN, "A second admin must confirm this"],
    ["the console", CONSOLE, "The console is never the second person"],
    ["a trader", TOM, "needs the role admin"],
  ])("is not confirmed by %s", async (_who, actor, reason) => {
    const bench = busBench();
    const code = bench.codeOf(await bench.say("/mode live", ANN));
    for (const press of [`/confirm ${code}`, `/confirm ${code} LIVE123456`])
      expect((await bench.say(press, actor)).text).toContain(reason);
    expect(bench.desk.calls).toEqual([]);
  });

  it("asked at the console needs another admin where there is one", async () => {
    const bench = busBench();
    const code = bench.codeOf(await bench.say("/mode live", CONSOLE));
    expect((await bench.say(`/confirm ${code} LIVE123456`, CONSOLE)).text).toContain("Nothing was done");
    await bench.say(`/confirm ${code}`, ANN);
    expect(bench.desk.calls).toHaveLength(1);
  });

  it.each([
    ["the one admin that is listed", ANN, ["UADMIN"]],
    ["the console where nobody is listed", CONSOLE, []],
  ])("is confirmed by %s with the account number, and by nothing less", async (_who, actor, admin) => {
    const bench = busBench({ admin, trader: [], viewer: [] });
    const preview = await bench.say("/mode live", actor);
    const code = bench.codeOf(preview);
    expect(preview.buttons).toEqual([]);
    expect(JSON.stringify(preview)).not.toContain("LIVE123456");
    expect((await bench.say(`/confirm ${code}`, actor)).text).toContain("type the live account number");
    expect((await bench.say(`/confirm ${code} LIVE12345`, actor)).text).toContain(
      "not the live account number",
    );
    expect(bench.desk.calls).toEqual([]);
    await bench.say(`/confirm ${code} LIVE123456`, actor);
    expect(bench.desk.calls).toMatchObject([{ name: "setMode", args: ["live"] }]);
    expect(bench.ledger.audits.map(({ action }) => action).join("\n")).not.toContain("LIVE12345");
  });

  it.each([
    "/confirm C77771 LIVE12345",
    "  CONFIRM\tC77771\nLIVE12345",
    "/ confirm C77771 LIVE12345",
    "“confirm” C77771 LIVE12345",
    "/confirm account=LIVE12345 code=C77771",
    "/confirm account=LIVE12345",
  ])("%j keeps the account number out of inbox, audit and log", async (press) => {
    const bench = busBench();
    bench.ledger.broken.add("confirmation");
    await bench.say("/mode live", ANN);
    await bench.say(press, ANN);
    bench.ledger.broken.clear();
    bench.ledger.broken.add("insertAudit");
    await bench.say(press, ANN);
    expect(bench.ledger.audits).toHaveLength(2);
    expect(bench.log.length).toBeGreaterThan(0);
    const kept = JSON.stringify([bench.ledger.audits, [...bench.ledger.claims], bench.log]);
    expect(kept).toContain("/confirm");
    expect(kept).not.toContain("LIVE12345");
  });

  it("is not confirmed by typing where the one admin id is a group", async () => {
    const bench = busBench({ admin: ["GADMINS"], trader: [], viewer: [] });
    const member = { ...ANN, groupIds: ["GADMINS"] };
    const code = bench.codeOf(await bench.say("/mode live", member));
    expect((await bench.say(`/confirm ${code} LIVE123456`, member)).text).toContain("A second admin");
    await bench.say(`/confirm ${code}`, { ...BOB, groupIds: ["GADMINS"] });
    expect(bench.desk.calls).toHaveLength(1);
  });
});
