import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Actor, Gesture } from "../../src/commands/contract.ts";
import { testPositionView } from "../support/fake-desk.ts";
import { busBench, EVE, TOM, VIV } from "../support/command-bus.ts";

function ground() {
  const bench = busBench();
  const { position } = testPositionView({ symbol: "TSLA" });
  bench.ledger.cards.set("slack 1.2", position);
  const mean = (act: Gesture["act"], actor: Actor = TOM, more: Partial<Gesture> = {}) =>
    bench.bus.meaning({ actor, messageId: "1.2", act, ...more });
  return { bench, position, mean };
}

const fire = { kind: "reaction", emoji: "fire", taken: false } as const;

describe("what is done to a position's card", () => {
  it("is a note, a tag, a look at the decisions or the start of a note", async () => {
    const { bench, position, mean } = ground();
    const { number, strategyId } = position;
    expect(await mean({ kind: "reply", text: "late\nagain" })).toBe(`/journal note ${number} late\nagain`);
    expect(await mean(fire)).toBe(`/journal tag ${number} momentum`);
    bench.ledger.tags.set(position.id, ["momentum"]);
    expect(await mean({ ...fire, taken: true })).toBe(`/journal untag ${number} momentum`);
    expect(await mean({ kind: "why" })).toBe(`/why TSLA ${strategyId}`);
    expect(await mean({ kind: "journal" })).toBe(`/journal note ${number}`);
  });

  it("means nothing more where the tag is as the reaction wants it", async () => {
    const { bench, position, mean } = ground();
    expect(await mean({ ...fire, taken: true })).toBeUndefined();
    bench.ledger.tags.set(position.id, ["momentum", "late"]);
    expect(await mean(fire)).toBeUndefined();
  });

  it("is one deed of two instances: the one that stands by looks whether it was done, and does it where it was not", async () => {
    const { bench, position, mean } = ground();
    bench.clock.leads = false;
    const heard = mean(fire);
    await setImmediate();
    bench.ledger.tags.set(position.id, ["momentum"]);
    bench.clock.wake();
    expect(await heard).toBeUndefined();
    bench.ledger.tags.clear();
    const alone = mean(fire);
    await setImmediate();
    bench.clock.wake();
    expect(await alone).toBe(`/journal tag ${position.number} momentum`);
  });

  it("means nothing from who may not write in the journal; viewers may ask why", async () => {
    const { mean } = ground();
    for (const actor of [VIV, EVE]) {
      expect(await mean({ kind: "reply", text: "hm" }, actor)).toBeUndefined();
      expect(await mean(fire, actor)).toBeUndefined();
      expect(await mean({ kind: "journal" }, actor)).toBeUndefined();
    }
    expect(await mean({ kind: "why" }, VIV)).toContain("/why TSLA");
    expect(await mean({ kind: "why" }, EVE)).toBeUndefined();
  });

  it("means nothing on other messages, on another platform's, or with an emoji that is no tag", async () => {
    const { mean } = ground();
    expect(await mean({ kind: "reply", text: "hm" }, TOM, { messageId: "9.9" })).toBeUndefined();
    expect(await mean(fire, { ...TOM, platform: "discord" })).toBeUndefined();
    expect(await mean({ ...fire, emoji: "tada" })).toBeUndefined();
  });

  it("is found from an alert's own words too: the newest position in its symbol", async () => {
    const { bench, mean } = ground();
    bench.desk.positions = [testPositionView({ symbol: "AAPL", number: 7 })];
    const said = { messageId: "9.9", said: "BUY 5 AAPL @ $185.50 · stop $180.50 · multi_timeframe · PAPER" };
    expect(await mean({ kind: "journal" }, TOM, said)).toBe("/journal note 7");
    expect(await mean({ kind: "journal" }, TOM, { ...said, said: "Run k7q2 started" })).toBeUndefined();
  });
});

describe("/journal emoji", () => {
  it("changes what a reaction stands for, by name or picture, whatever the colour of the hand", async () => {
    const { bench, mean } = ground();
    expect((await bench.say("/journal emoji :Rocket: Breakout", TOM)).text).toBe(
      ":rocket: puts the tag breakout.",
    );
    expect(await mean({ ...fire, emoji: "rocket" })).toMatch(/tag \d+ breakout$/);
    await bench.say("/journal emoji 👍🏽 good", TOM);
    expect(await mean({ ...fire, emoji: "👍" })).toMatch(/tag \d+ good$/);
    await bench.say("/journal emoji :+1: good", TOM);
    expect(await mean({ ...fire, emoji: "+1::skin-tone-3" })).toMatch(/tag \d+ good$/);
    await bench.say("/journal emoji :fire: none", TOM);
    expect(await mean(fire)).toBeUndefined();
    const list = await bench.say("/journal emoji", VIV);
    expect(list.text).toContain(":rocket: breakout");
    expect(list.text).not.toContain(":fire:");
  });

  it.each([
    ["/journal emoji <!channel> x", "is no emoji"],
    ["/journal emoji :fire: no/tag", "is not a tag"],
  ])("refuses %s", async (command, words) => {
    const { bench } = ground();
    expect((await bench.say(command, TOM)).text).toContain(words);
    expect(bench.ledger.settings.size).toBe(0);
  });

  it("is changed by traders only", async () => {
    const { bench } = ground();
    expect((await bench.say("/journal emoji :fire: x", VIV)).text).toContain("needs the role trader");
  });
});
