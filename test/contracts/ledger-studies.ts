import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { NewStudy, StudyStore } from "../../src/ports.ts";
import { T0 } from "./ledger-samples.ts";

const newStudy = (changes: Partial<NewStudy> = {}): NewStudy => ({
  key: randomUUID(),
  title: "Momentum · AAPL · grid",
  definition: { strategyId: "momentum", space: [{ name: "window", values: [5, 10] }] },
  asked: { actor: "slack:UANN", name: "ann", platform: "slack", channel: "C1" },
  atMs: T0,
  ...changes,
});

const END = { state: "done", text: "", report: { best: 3 }, atMs: T0 + 60_000 } as const;

/** What every ledger does with studies. */
export function describeStudies(store: () => StudyStore): void {
  describe("studies", () => {
    it("is there once, with its bars, however often its key is given", async () => {
      const study = newStudy();
      const bars = [Uint8Array.from([1, 2, 255]), new Uint8Array(300_000).fill(7)];
      const first = await store().insert(study, bars);
      expect(first).toEqual({
        ...study,
        number: first.number,
        state: "running",
        planned: 0,
        finished: 0,
        endedAtMs: null,
        text: "",
        report: null,
        place: null,
        toldAtMs: null,
      });
      const again = await store().insert({ ...study, title: "other" }, [Uint8Array.from([9])]);
      expect(again).toEqual(first);
      expect(await store().study(first.number)).toEqual(first);
      const kept = await store().bars(first.number);
      expect(
        kept.map((part) => Buffer.from(part).equals(Buffer.from(bars[kept.indexOf(part)] ?? []))),
      ).toEqual([true, true]);
    });

    it("keeps the first result of each trial, whoever brings it again, and gives them by number", async () => {
      const { number } = await store().insert(newStudy(), []);
      await store().addTrials(number, [
        { number: 2, trial: { sharpe: 1.5 } },
        { number: 0, trial: { sharpe: null } },
      ]);
      await store().addTrials(number, [
        { number: 2, trial: { sharpe: 9 } },
        { number: 1, trial: "x" },
      ]);
      expect(await store().trials(number)).toEqual([
        { number: 0, trial: { sharpe: null } },
        { number: 1, trial: "x" },
        { number: 2, trial: { sharpe: 1.5 } },
      ]);
      expect(await store().trialNumbers(number)).toEqual([0, 1, 2]);
      await store().setPlanned(number, 7);
      expect(await store().study(number)).toMatchObject({ planned: 7, finished: 3 });
    });

    it("takes thousands of results at once", async () => {
      const { number } = await store().insert(newStudy(), []);
      const trials = Array.from({ length: 4_500 }, (_, index) => ({ number: index, trial: index }));
      await store().addTrials(number, trials);
      expect(await store().trials(number)).toHaveLength(4_500);
    });

    it("ends once, and drops the bars then", async () => {
      const { number } = await store().insert(newStudy(), [Uint8Array.from([1])]);
      expect((await store().running()).map((each) => each.number)).toContain(number);
      expect(await store().end(number, END)).toBe(true);
      expect(await store().end(number, { ...END, state: "cancelled", text: "by bob" })).toBe(false);
      expect(await store().study(number)).toMatchObject({
        state: "done",
        report: { best: 3 },
        endedAtMs: T0 + 60_000,
      });
      expect(await store().bars(number)).toEqual([]);
      expect((await store().running()).map((each) => each.number)).not.toContain(number);
    });

    it("is to be told after its end until it was, where it was asked for", async () => {
      const { number } = await store().insert(newStudy(), []);
      const toTell = async (): Promise<readonly number[]> =>
        (await store().untold(T0)).map((each) => each.number);
      expect(await toTell()).not.toContain(number);
      await store().setPlace(number, { channel: "C1", messageId: "17.5" });
      await store().end(number, END);
      expect(await toTell()).toContain(number);
      expect((await store().untold(T0 + 60_000)).map((each) => each.number)).not.toContain(number);
      await store().setTold(number, T0 + 61_000);
      expect(await toTell()).not.toContain(number);
      expect(await store().study(number)).toMatchObject({
        place: { channel: "C1", messageId: "17.5" },
        toldAtMs: T0 + 61_000,
      });
    });

    it("lists the newest first, and knows of none with an unknown number", async () => {
      const one = await store().insert(newStudy(), []);
      const two = await store().insert(newStudy(), []);
      expect((await store().list(2)).map(({ number }) => number)).toEqual([two.number, one.number]);
      expect(await store().study(two.number + 1_000)).toBeUndefined();
    });
  });
}
