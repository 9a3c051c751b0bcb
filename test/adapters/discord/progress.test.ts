import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Answer, Progress } from "../../../src/commands/contract.ts";
import type { MessagePlace } from "../../../src/ports.ts";
import { equityCurve } from "../../support/drawings.ts";
import { ann, openDesk, type Desk } from "../../support/discord/desk.ts";

const ANSWER: Answer = {
  title: "Backtest · Momentum · AAPL",
  text: "+$120.00 in 4 trades",
  picture: { name: "equity.png", alt: "Equity rises to $100,120.00", drawing: equityCurve(20) },
  file: { name: "trades.csv", mediaType: "text/csv", content: "entry_time,pnl\n" },
};

/** A command that tells every 20 ms how far it is, for `ms`. */
async function long(ms: number, progress: (progress: Progress) => void): Promise<Answer> {
  const steps = ms / 20;
  for (let step = 1; step <= steps; step += 1) {
    await wait(20);
    progress({ done: step / steps, note: `${step} k bars` });
  }
  return ANSWER;
}

const BAR = /^[█░]{10} \d+% · \d+ k bars$/;

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
  await desk.chat.start();
});
afterEach(async () => desk.close());

describe("a long command in Discord", () => {
  it("is one message: a bar that grows within Discord's rate, then the whole answer", async () => {
    const { discord, bus } = desk;
    bus.reply = (_request, progress) => long(5_500, progress);
    const used = discord.slash(ann, "positions");
    const bar = await discord.until("a bar", () =>
      BAR.test(used.original?.content ?? "") ? true : undefined,
    );
    expect(bar).toBe(true);
    const shown = await discord.until(
      "the answer",
      () => (used.original?.content === ANSWER.text ? used.original : undefined),
      10_000,
    );
    expect(shown.files.map(({ name }) => name)).toEqual(["trades.csv", "equity.png"]);
    expect(discord.messages).toHaveLength(1);
    const edits = discord.requestsTo("PATCH", /@original/);
    expect(edits.length).toBeGreaterThanOrEqual(4);
    expect(edits.filter(({ status }) => status !== 200)).toEqual([]);
  });

  it("is answered although the connection was lost in the middle, and begins once when Discord delivers it again", async () => {
    const { discord, bus } = desk;
    bus.reply = (_request, progress) => long(3_000, progress);
    const used = discord.slash(ann, "positions");
    await discord.until("a bar", () => (BAR.test(used.original?.content ?? "") ? true : undefined));
    discord.redeliver(used);
    discord.gateway.drop({ resumable: true });
    await discord.until("the answer", () => used.original?.content === ANSWER.text, 10_000);
    expect(bus.requests).toHaveLength(1);
    expect(discord.messages.filter(({ deleted }) => !deleted)).toHaveLength(1);
  });

  it("is answered in the channel when its fifteen minutes ended over the work", async () => {
    const { discord, bus } = desk;
    bus.reply = (_request, progress) => long(4_000, progress);
    const used = discord.slash(ann, "positions");
    await discord.until("a bar", () => (BAR.test(used.original?.content ?? "") ? true : undefined));
    discord.killToken(used);
    const shown = await discord.message(ANSWER.text, 10_000);
    expect(shown.interactionId).toBeNull();
    expect(shown.files.map(({ name }) => name)).toEqual(["trades.csv", "equity.png"]);
    // One refused bar tells that the token is dead: no more are tried.
    const refused = discord.requestsTo("PATCH", /@original/).filter(({ status }) => status !== 200);
    expect(refused.length).toBeLessThanOrEqual(2);
  });
});

describe("an answer that goes on after the command", () => {
  it("is told where it stands, so that it can be edited when the fifteen minutes are over", async () => {
    const { discord, bus, chat } = desk;
    const places: MessagePlace[] = [];
    bus.reply = () => ({
      text: "Study 1 begins",
      placed: async (place) => void places.push(place),
    });
    const used = discord.slash(ann, "positions");
    const shown = await discord.answer(used);
    const place = { channel: discord.channelId, messageId: shown.id };
    await expect.poll(() => places).toEqual([place]);
    discord.killToken(used);
    expect(await chat.board?.edit(place, { text: "Study 1 · 62%" })).toEqual({
      kind: "done",
      value: undefined,
    });
    expect(shown.content).toBe("Study 1 · 62%");
  });

  it("ends with a message that calls whoever asked, once", async () => {
    const { discord, chat } = desk;
    const message = { text: "done", mentions: [`discord:${ann.id}`], footer: ["study 1 ended"] };
    const end = { key: "study 1 ended", message, loud: true, channel: discord.channelId } as const;
    const first = await chat.board?.post({ ...end, again: false });
    expect(await chat.board?.post({ ...end, again: true })).toEqual(first);
    expect(discord.messages).toHaveLength(1);
    expect(discord.messages[0]?.pings).toEqual([ann.id]);
  });
});
