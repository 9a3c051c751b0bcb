import { describe, expect, it } from "vitest";
import { T0, testPositionView, testRunView } from "../support/fake-desk.ts";
import { ANN, busBench, EVE, ROLES, TOM, VIV, wordsOf } from "../support/command-bus.ts";

const START = "/strategy start momentum AAPL";

function request(text: string, deliveryId: string, actor = TOM) {
  return { text, actor, channel: "C1", deliveryId };
}

describe("a repeated delivery", () => {
  it("acts once and is answered privately", async () => {
    const { bus, desk } = busBench();
    const first = await bus.dispatch(request(START, "env-1"));
    const again = await bus.dispatch(request(START, "env-1"));
    expect(desk.calls).toHaveLength(1);
    expect(first.title).toBe("Momentum started · PAPER");
    expect(again).toMatchObject({ private: true, text: expect.stringContaining("handled already") });
  });

  it("acts once when it comes while the first is still at work", async () => {
    const { bus, desk } = busBench();
    let open: (() => void) | undefined;
    desk.gate = new Promise((resolve) => {
      open = resolve;
    });
    const first = bus.dispatch(request(START, "env-1"));
    const again = await bus.dispatch(request(START, "env-1"));
    open?.();
    await first;
    expect(desk.calls).toHaveLength(1);
    expect(again.text).toContain("handled already");
  });

  it("acts once across two processes on one database", async () => {
    const here = busBench();
    const there = busBench(ROLES, here.ledger);
    await Promise.all([here, there].map(({ bus }) => bus.dispatch(request(START, "env-1"))));
    expect([...here.desk.calls, ...there.desk.calls]).toHaveLength(1);
  });

  it("is another delivery on another platform", async () => {
    const { bus, desk } = busBench();
    await bus.dispatch(request("/halt", "1"));
    await bus.dispatch(request("/halt", "1", { ...ANN, platform: "discord" }));
    expect(desk.calls).toHaveLength(2);
  });

  it("is marked as finished once it is answered, with one audit row", async () => {
    const { bus, ledger } = busBench();
    await bus.dispatch(request(START, "env-1"));
    await bus.dispatch(request(START, "env-1"));
    expect([...ledger.finished]).toEqual(["slack env-1"]);
    expect(ledger.audits).toHaveLength(1);
  });
});

describe("the audit", () => {
  it("has one row for what changes something, with person, place and delivery", async () => {
    const bench = busBench();
    await bench.say("/halt CPI", TOM);
    expect(bench.ledger.audits).toEqual([
      {
        accountId: null,
        actor: "slack:UTRADER (tom)",
        platform: "slack",
        channel: "C1",
        deliveryId: "d1",
        action: "/halt CPI",
        outcome: "done",
        detail: "halt CPI",
        atMs: bench.clock.nowMs,
      },
    ]);
  });

  it("can be written from the inbox alone while the command is still at work", async () => {
    const { bus, desk, ledger } = busBench();
    let open: (() => void) | undefined;
    desk.gate = new Promise((resolve) => {
      open = resolve;
    });
    const answer = bus.dispatch(request("/halt CPI", "env-1"));
    await expect.poll(() => desk.calls.length).toBe(1);
    expect(ledger.claims.get("slack env-1")).toEqual({
      owner: "test",
      about: { actor: "slack:UTRADER (tom)", channel: "C1", action: "/halt CPI" },
      stops: {
        kind: "halt",
        reason: "CPI",
        by: { actor: "slack:UTRADER", name: "tom", deliveryId: "env-1" },
        atMs: T0,
      },
    });
    expect([ledger.audits.length, ledger.finished.size]).toEqual([0, 0]);
    open?.();
    await answer;
  });

  it.each([
    ["/kill", TOM, "kill"],
    ["/kill drill", TOM, undefined],
    ["/kill", VIV, undefined],
    ["/kill", EVE, undefined],
    ["/halt", TOM, "halt"],
    ["/positions", TOM, undefined],
  ])("keeps in the inbox what %s by %o orders to stop: %s", async (text, actor, kind) => {
    const { bus, ledger } = busBench();
    await bus.dispatch({ ...request(text, "env-1"), actor });
    expect(ledger.claims.get("slack env-1")?.stops?.kind).toBe(kind);
  });

  it("has one row for what is only read", async () => {
    const bench = busBench();
    await bench.say("/positions", VIV);
    await bench.say("/orders", TOM);
    expect(bench.ledger.audits.map(({ action, outcome }) => [action, outcome])).toEqual([
      ["/positions", "done"],
      ["/orders", "done"],
    ]);
  });

  it("says refused where the desk refused, and where nothing was understood", async () => {
    const bench = busBench();
    await bench.say("/strategy start momentum AAPL fraction=7", TOM);
    await bench.say("/strategy start momentun AAPL", TOM);
    expect(bench.ledger.audits.map(({ outcome }) => outcome)).toEqual(["refused", "refused"]);
    expect(bench.ledger.audits.at(-1)?.detail).toBe("unknown strategy momentun; did you mean momentum?");
  });

  it("keeps a hostile name and text on one short line", async () => {
    const bench = busBench();
    const actor = { ...TOM, name: "tom\nadmin\u001b[31m" };
    await bench.say(`/halt ${"<!channel> ".repeat(150)}\u001b[2J`, actor);
    const [row] = bench.ledger.audits;
    expect(row?.actor).toBe("slack:UTRADER (tom admin[31m)");
    expect(row?.action.length).toBeLessThanOrEqual(500);
    expect(row?.action).not.toContain("\u001b");
  });
});

describe("a failure", () => {
  const SECRET = new Error("connect to postgres://af:hunter2@db failed");

  it("shows neither its words nor a stack, only a reference that the log has too", async () => {
    const bench = busBench();
    bench.desk.broken.set("positions", SECRET);
    const answer = await bench.say("/positions", VIV);
    expect(wordsOf(answer)).not.toMatch(/hunter2|postgres|at .*\.ts/);
    expect(answer).toMatchObject({
      private: true,
      tone: "bad",
      text: expect.stringContaining("(Reference d1)"),
    });
    expect(bench.log).toMatchObject([{ level: "error", fields: { deliveryId: "d1", error: SECRET } }]);
    expect(bench.ledger.audits).toMatchObject([{ outcome: "failed" }]);
  });

  it("of a change says that part of it may be done", async () => {
    const bench = busBench();
    bench.desk.broken.set("startRun", SECRET);
    const answer = await bench.say(START, TOM);
    expect(answer.text).toContain("It may have been done in part: look at /positions and /orders");
    expect(bench.ledger.audits.map(({ outcome }) => outcome)).toEqual(["failed"]);
  });

  it("before a confirmation says that nothing was changed", async () => {
    const bench = busBench();
    bench.desk.broken.set("positions", SECRET);
    const answer = await bench.say("/close AAPL", TOM);
    expect(answer.text).toContain("Nothing was changed");
    expect(bench.ledger.audits).toMatchObject([{ outcome: "failed" }]);
  });

  it("of the kill switch is told to the whole channel", async () => {
    const bench = busBench();
    bench.desk.broken.set("kill", SECRET);
    const answer = await bench.say("/kill", TOM);
    expect(answer.private).toBeUndefined();
    expect(answer.text).toContain("Look at the account at the broker now and repeat /kill.");
  });
});

describe("while the database is away", () => {
  const CHANGES = [START, "/strategy stop all", "/resume", "/mode paper", "/close AAPL", "/cancel all"];

  it.each(CHANGES)("%s is not done, and says so", async (text) => {
    const bench = busBench();
    bench.desk.positions = [testPositionView()];
    bench.desk.runs = [testRunView()];
    bench.ledger.broken.add("claimDelivery").add("insertAudit");
    const answer = await bench.say(text);
    expect(answer.text).toContain("cannot be recorded, so it was not done");
    expect(bench.desk.calls).toEqual([]);
  });

  it.each(CHANGES.slice(0, 4))(
    "%s says so when it was done and only its audit row is missing",
    async (text) => {
      const bench = busBench();
      bench.desk.runs = [testRunView()];
      bench.ledger.broken.add("insertAudit");
      const answer = await bench.say(text);
      expect(bench.desk.calls).toHaveLength(1);
      expect(answer.footer).toContain("The database did not answer, so this is not in the audit.");
      expect([...bench.ledger.finished]).toEqual([]);
    },
  );

  it("the outcome is owed, and written once, when the database is back", async () => {
    const bench = busBench();
    bench.ledger.broken.add("insertAudit");
    await bench.say("/halt CPI", TOM);
    bench.clock.wake();
    bench.ledger.broken.clear();
    await expect.poll(() => (bench.clock.wake(), bench.ledger.audits.length)).toBe(1);
    bench.clock.wake();
    expect(bench.ledger.audits).toMatchObject([{ action: "/halt CPI", outcome: "done", detail: "halt CPI" }]);
    expect([...bench.ledger.finished]).toEqual(["slack d1"]);
  });

  it("the outcome is not written a second time when only the answer to its commit was lost", async () => {
    const bench = busBench();
    bench.ledger.unanswered.add("transaction");
    await bench.say("/halt CPI", TOM);
    bench.ledger.unanswered.clear();
    bench.clock.wake();
    await expect.poll(() => bench.log.map(({ text }) => text)).toContain("audit row is written after all");
    expect(bench.ledger.audits).toHaveLength(1);
  });

  it("what was not begun is told to the audit afterwards as refused", async () => {
    const bench = busBench();
    bench.ledger.broken.add("claimDelivery");
    await bench.say(START, TOM);
    bench.clock.wake();
    await expect.poll(() => bench.ledger.audits.length).toBe(1);
    expect(bench.ledger.audits).toMatchObject([
      { action: START, outcome: "refused", detail: expect.stringContaining("so it was not done") },
    ]);
    expect(bench.desk.calls).toEqual([]);
  });

  it("a command that another process has taken over is not ended by this one", async () => {
    const bench = busBench();
    bench.ledger.claims.set("slack d1", {
      owner: "other",
      about: { actor: "a", channel: null, action: "/halt" },
    });
    bench.ledger.broken.add("claimDelivery");
    await bench.say("/halt", TOM);
    expect(bench.desk.calls).toHaveLength(1);
    expect([bench.ledger.audits.length, bench.ledger.finished.size]).toEqual([0, 0]);
  });

  it.each(["/kill", "/halt"])(
    "%s is done all the same, once, and says that it is not in the audit",
    async (text) => {
      const { bus, desk, ledger } = busBench();
      ledger.broken.add("claimDelivery").add("insertAudit").add("finishDelivery");
      desk.broken.set("control", new Error("away"));
      const answer = await bus.dispatch(request(text, "env-1"));
      await bus.dispatch(request(text, "env-1"));
      expect(desk.calls).toHaveLength(1);
      expect(answer.footer).toContain("The database did not answer, so this is not in the audit.");
    },
  );

  it("a hanging connection does not hold the kill switch up", async () => {
    const bench = busBench();
    bench.ledger.hanging.add("claimDelivery").add("insertAudit").add("finishDelivery");
    bench.clock.impatient = true;
    const answer = await bench.say("/kill", TOM);
    expect(bench.desk.calls).toMatchObject([{ name: "kill", args: [false] }]);
    expect(answer.text).toBe("kill false");
  });

  it("what was refused for want of a record is not done later by its repetition", async () => {
    const { bus, desk, ledger } = busBench();
    ledger.broken.add("claimDelivery");
    await bus.dispatch(request(START, "env-1"));
    ledger.broken.clear();
    await bus.dispatch(request(START, "env-1"));
    expect(desk.calls).toEqual([]);
  });
});
