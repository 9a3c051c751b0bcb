import { describe, expect, it } from "vitest";
import { money } from "../../src/core/money.ts";
import { ANN, BOB, busBench, CONSOLE, TOM, VIV, wordsOf } from "../support/command-bus.ts";
import { T0 } from "../support/fake-desk.ts";

describe("/alerts", () => {
  it("shows levels, quiet hours, who is on call, mail, open criticals and price alerts", async () => {
    const bench = busBench();
    bench.desk.alerts = {
      channels: new Map([
        ["slack", { level: "important", quiet: { from: 1320, to: 420, timeZone: "Europe/Berlin" } }],
        ["discord", { level: "all", quiet: null }],
      ]),
      onCall: { people: ["slack:U1"], minutes: 10 },
      mail: "desk@example.com",
      prices: [
        {
          id: "K7QD",
          symbol: "AAPL",
          side: "above",
          price: money(200),
          note: "gap",
          setBy: "slack:U1",
          setByName: "ann",
          setAtMs: T0,
          armed: true,
        },
      ],
      open: [
        {
          id: 1042,
          key: "kill",
          kind: "kill",
          message: { title: "KILL SWITCH", text: "all" },
          atMs: T0,
          ackedAtMs: null,
          ackedBy: null,
          calls: 0,
          calledAtMs: null,
        },
      ],
    };
    const answer = await bench.say("/alerts", TOM);
    expect(answer.text).toBe("1 price alert waiting, 1 critical alert not acknowledged.");
    expect(answer.fields).toEqual([
      { label: "slack", value: "important, quiet 22:00–07:00 Europe/Berlin" },
      { label: "discord", value: "all" },
      { label: "on call", value: "slack:U1, every 10 min until acknowledged" },
      { label: "mail", value: "desk@example.com" },
      { label: "/ack 1042", value: "KILL SWITCH, 2026-07-31 15:00 UTC" },
    ]);
    expect(answer.table?.rows).toEqual([["K7QD", "AAPL above $200.00", "gap", "ann"]]);
    expect(wordsOf(await bench.say("/alerts list", TOM))).toContain("K7QD");
    expect(wordsOf(await bench.say("/alerts", VIV))).toContain("needs the role trader");
  });

  it.each([
    ["/alerts level important", ANN, "setLevel slack important"],
    ["/alerts level FILLS", BOB, "setLevel discord fills"],
    ["/alerts level all discord", ANN, "setLevel discord all"],
    ["/alerts quiet 22:00-07:00", TOM, "setQuiet slack 22:00–07:00 America/New_York"],
    ["/alerts quiet 22:00-07:00 Europe/Berlin", TOM, "setQuiet slack 22:00–07:00 Europe/Berlin"],
    ["/alerts quiet 22:00-07:00 discord Europe/Berlin", TOM, "setQuiet discord 22:00–07:00 Europe/Berlin"],
    ["/alerts quiet off", CONSOLE, "setQuiet console off"],
    ["/alerts oncall me", TOM, 'setOnCall {"people":["slack:UTRADER"]}'],
    ["/alerts oncall me", BOB, 'setOnCall {"people":["discord:42"]}'],
    [
      "/alerts oncall <@U0ANN|ann> <@!77>, <@&88>",
      TOM,
      'setOnCall {"people":["slack:U0ANN","discord:77","discord:&88"]}',
    ],
    [
      "/alerts oncall @U0ANN SOPS1 minutes=10",
      TOM,
      'setOnCall {"people":["slack:U0ANN","slack:SOPS1"],"minutes":10}',
    ],
    ["/alerts oncall off", TOM, 'setOnCall {"people":[]}'],
    ["/alerts oncall minutes=3", TOM, 'setOnCall {"minutes":3}'],
    ["/alerts remove K7QD", TOM, "removePrice K7QD"],
    ["/ack 1042", TOM, "acknowledge 1042"],
    ["/schedule daily 16:30", TOM, "setSchedule daily 16:30"],
    ["/schedule daily off", TOM, "setSchedule daily off"],
    ["/schedule weekly CLOSE", TOM, "setSchedule weekly close"],
  ])("%s: %s", async (text, actor, done) => {
    const bench = busBench();
    expect((await bench.say(text, actor)).text).toBe(done);
    expect(bench.ledger.audits).toMatchObject([{ outcome: "done", action: text, detail: done }]);
  });

  it.each([
    ["/alerts level loud", "unknown level loud; known: all, important, fills"],
    ["/alerts level", "level is missing: how much"],
    ["/alerts quiet 22-", "quiet hours are written like 22:00-07:00, not 22-"],
    ["/alerts quiet 22:00-07:00 Mars/Base", "unknown time zone Mars/Base"],
    ["/alerts oncall @ann", "@ann is nobody's id; write me, a Slack member id"],
    ["/alerts oncall", "say who, for example /alerts oncall me"],
    ["/alerts oncall minutes=0", "minutes is a whole number from 1 to 120"],
    ["/alerts add AAPL > cheap", "cheap is no price"],
    ["/alerts add AAPL > 0", "0 is no price"],
    ["/alerts add AAPL 200", "unknown side 200; known: >, <"],
    ["/alerts add AAPL >", "price is missing"],
    ["/alerts ad AAPL > 200", "ad is one word too many"],
    ["/ack KILL", "KILL is no alert's number"],
    ["/schedule daily 9:30", "before the market's close at 16:00 New York"],
    ["/schedule daily noon", "noon is no time; write 16:30"],
    ["/schedule monthly 16:30", "monthly is one word too many"],
  ])("%s is refused: %s", async (text, problem) => {
    const bench = busBench();
    const answer = await bench.say(text, TOM);
    expect(answer.text).toContain(problem);
    expect(answer.private).toBe(true);
    expect(bench.desk.calls).toEqual([]);
    expect(bench.ledger.audits).toMatchObject([{ outcome: "refused" }]);
  });

  it("refuses to call the console", async () => {
    expect((await busBench().say("/alerts oncall me", CONSOLE)).text).toContain(
      "nobody can be called at the console",
    );
  });

  it.each([
    "/alerts level all",
    "/alerts quiet off",
    "/ack 1",
    "/schedule daily off",
    "/alerts add AAPL > 1",
  ])("%s is not for viewers", async (text) => {
    const bench = busBench();
    expect((await bench.say(text, VIV)).text).toContain("needs the role trader");
    expect(bench.desk.calls).toEqual([]);
  });

  it("sets a price alert with everything that follows as its note", async () => {
    const bench = busBench();
    await bench.say("/alerts add aapl < $180.50 look at the gap = buy", TOM);
    expect(bench.desk.calls).toMatchObject([
      {
        name: "addPrice",
        args: ["AAPL", "below", "180.5", "look at the gap = buy"],
        by: { actor: "slack:UTRADER" },
      },
    ]);
  });
});

describe("/schedule", () => {
  it("shows when the reports come", async () => {
    const bench = busBench();
    bench.desk.schedule = { daily: "16:30", weekly: "off" };
    expect((await bench.say("/schedule", TOM)).fields).toEqual([
      { label: "Daily report", value: "every session's day, 16:30" },
      { label: "Weekly summary", value: "off" },
    ]);
    bench.desk.schedule = { daily: "close", weekly: "close" };
    expect((await bench.say("/schedule show", TOM)).fields?.[1]?.value).toBe(
      "the week's last session, 5 minutes after the close",
    );
  });
});

describe("/missed", () => {
  it("lists what came late, what came in a digest and what has not come", async () => {
    const bench = busBench();
    const alert = { key: "k", kind: "fill" as const, atMs: T0 };
    bench.desk.missed = [
      { ...alert, message: { text: "BUY 5 AAPL" }, deliveredAtMs: T0 + 720_000, settled: null },
      { ...alert, message: { title: "Run", text: "started" }, deliveredAtMs: T0 + 9, settled: "digest" },
      { ...alert, message: { text: "SELL 5\nAAPL" }, deliveredAtMs: null, settled: null },
    ];
    const answer = await bench.say("/missed", VIV);
    expect(answer.text).toBe("3 alerts came late to slack, or not yet, in the last 24 hours:");
    expect(answer.table?.rows).toEqual([
      ["2026-07-31 15:00 UTC", "BUY 5 AAPL", "delayed 12 min"],
      ["2026-07-31 15:00 UTC", "Run: started", "in the message after quiet hours"],
      ["2026-07-31 15:00 UTC", "SELL 5 AAPL", "not yet"],
    ]);
    expect(bench.desk.missedAsked).toEqual({ channel: "slack", sinceMs: T0 - 24 * 3_600_000 });
  });

  it("says so when nothing was missed, for another chat and time too", async () => {
    const bench = busBench();
    expect((await bench.say("/missed 2 discord", VIV)).text).toBe(
      "discord missed nothing in the last 2 hours.",
    );
    expect(bench.desk.missedAsked).toEqual({ channel: "discord", sinceMs: T0 - 2 * 3_600_000 });
  });
});
