import { describe, expect, it } from "vitest";
import { ANN, BOB, busBench, TOM, VIV } from "../support/command-bus.ts";

describe("/account list", () => {
  it("shows every account with the end of its number, and which one is in use", async () => {
    const answer = await busBench().bus.dispatch({
      text: "/account list",
      actor: VIV,
      channel: "C1",
      deliveryId: "d1",
    });
    expect(answer.text).toBe("2 accounts; commands and runs mean paper.");
    expect(answer.table?.rows).toEqual([
      ["paper", "PAPER", "yes", "…3456", "$100,000.00", "2", "1", "Alpaca, connected"],
      ["live", "LIVE", "no", "…3456", "$100,000.00", "2", "1", "Alpaca, connected"],
    ]);
  });

  it("says of an account that cannot be read what its rows say", async () => {
    const bench = busBench();
    bench.desk.accounts = bench.desk.accounts.map((account) => ({
      ...account,
      numberEnd: null,
      equity: null,
      connection: "down",
    }));
    const { table } = await bench.say("/account list", VIV);
    expect(table?.rows[0]).toEqual(["paper", "PAPER", "yes", "–", "–", "2", "1", "Alpaca, down"]);
  });
});

describe("/account use", () => {
  it.each([
    ["/account use liv", "unknown account liv; did you mean live?"],
    ["/account use swing", "unknown account swing; known: paper, live"],
    ["/account use PAPER", "the account in use is paper already"],
  ])("refuses %s", async (command, words) => {
    const bench = busBench();
    expect((await bench.say(command, ANN)).text).toBe(words);
    expect(bench.desk.calls).toEqual([]);
  });

  it("is for admins", async () => {
    const bench = busBench();
    expect((await bench.say("/account use live", TOM)).text).toContain("needs the role admin");
  });

  it("goes to live through the same locks and the same second admin as /mode live", async () => {
    const bench = busBench();
    bench.desk.liveLocks = ["ALPACA_PAPER is true"];
    expect((await bench.say("/account use live", ANN)).text).toContain("Live trading is locked");
    bench.desk.liveLocks = [];
    const code = bench.codeOf(await bench.say("/account use live", ANN));
    expect((await bench.say(`/confirm ${code}`, ANN)).text).toContain("A second admin must confirm this");
    expect(bench.desk.calls).toEqual([]);
    await bench.say(`/confirm ${code}`, BOB);
    expect(bench.desk.calls).toMatchObject([{ name: "setMode", args: ["live"] }]);
  });

  it("goes back to paper at once, and the audit has it", async () => {
    const bench = busBench();
    bench.desk.accounts = bench.desk.accounts.map((account) => ({
      ...account,
      inUse: account.name === "live",
    }));
    await bench.say("/account use paper", ANN);
    expect(bench.desk.calls).toMatchObject([{ name: "setMode", args: ["paper"] }]);
    expect(bench.ledger.audits.at(-1)).toMatchObject({ action: "/account use paper", outcome: "done" });
  });
});
