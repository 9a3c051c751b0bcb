import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createProgressScreen, progressMessage } from "../../src/commands/progress.ts";
import type { Clock } from "../../src/ports.ts";
import { busBench, TOM } from "../support/command-bus.ts";

describe("how far a command is", () => {
  it.each([
    [0, "fetching bars", "░░░░░░░░░░ 0% · fetching bars"],
    [0.62, "3.1 M bars", "██████░░░░ 62% · 3.1 M bars"],
    [0.999, "", "█████████░ 99%"],
    [1, "", "██████████ 100%"],
    [1.2, "", "██████████ 100%"],
    [-1, "", "░░░░░░░░░░ 0%"],
  ])("%f with %j is %j", (done, note, text) => {
    expect(progressMessage({ done, note })).toEqual({ text });
  });

  it("is told by the command to whoever dispatched it", async () => {
    const { bus, desk } = busBench();
    const told: number[] = [];
    desk.pastBars = () => ({ kind: "refused", text: "no bars" });
    const request = { text: "/backtest momentum AAPL", actor: TOM, channel: "C1", deliveryId: "d1" };
    await bus.dispatch(request, ({ done }) => told.push(done));
    expect(told).toEqual([0]);
  });
});

/** A clock that waits until the test lets time pass. */
function steppedClock(): Clock & { pass(): Promise<void>; readonly asked: readonly number[] } {
  const waiting: (() => void)[] = [];
  const asked: number[] = [];
  return {
    asked,
    nowMs: () => 0,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        asked.push(ms);
        waiting.push(resolve);
        signal?.addEventListener("abort", () => resolve());
      }),
    async pass() {
      for (const end of waiting.splice(0)) end();
      await turn();
    },
  };
}

describe("a screen of progress", () => {
  it("shows the newest report once a pace, and nothing between", async () => {
    const clock = steppedClock();
    const screen = createProgressScreen(clock, 1_200);
    const shown: string[] = [];
    screen.report({ done: 0.1, note: "before there is a message" });
    screen.showIn(({ text }) => {
      shown.push(text);
      return Promise.resolve("shown");
    });
    await clock.pass();
    expect(shown).toEqual(["█░░░░░░░░░ 10% · before there is a message"]);
    for (let done = 0.2; done < 0.6; done += 0.1) screen.report({ done, note: "" });
    await turn();
    expect(shown).toHaveLength(1);
    await clock.pass();
    expect(shown.slice(1)).toEqual(["█████░░░░░ 50%"]);
    await clock.pass();
    expect(shown).toHaveLength(2);
    await screen.end();
    expect(clock.asked).toEqual([1_200, 1_200, 1_200]);
  });

  it("ends after the edit that is under way, so that the answer is not overwritten", async () => {
    const clock = steppedClock();
    const screen = createProgressScreen(clock, 1_000);
    const events: string[] = [];
    let finish: (() => void) | undefined;
    screen.showIn(async () => {
      events.push("edit begins");
      await new Promise<void>((resolve) => (finish = resolve));
      events.push("edit ends");
      return "shown";
    });
    screen.report({ done: 0.5, note: "" });
    await clock.pass();
    const ended = screen.end().then(() => events.push("answer"));
    screen.report({ done: 0.9, note: "" });
    await turn();
    finish?.();
    await ended;
    expect(events).toEqual(["edit begins", "edit ends", "answer"]);
  });

  it("shows nothing more once its message is gone, or where there never was one", async () => {
    const clock = steppedClock();
    const screen = createProgressScreen(clock, 1_000);
    let edits = 0;
    screen.showIn(() => {
      edits += 1;
      return Promise.resolve("gone");
    });
    screen.report({ done: 0.5, note: "" });
    await clock.pass();
    screen.report({ done: 0.6, note: "" });
    await clock.pass();
    expect(edits).toBe(1);
    await screen.end();
    const none = createProgressScreen(clock, 1_000);
    none.report({ done: 0.5, note: "" });
    await none.end();
  });
});
