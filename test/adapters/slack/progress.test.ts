import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Answer, Progress } from "../../../src/commands/contract.ts";
import type { MessagePlace } from "../../../src/ports.ts";
import { equityCurve } from "../../support/drawings.ts";
import { closeDesk, slackDesk, type Desk } from "../../support/slack/desk.ts";
import { shownText } from "../../support/slack/world.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

const ANSWER: Answer = {
  title: "Backtest · Momentum · AAPL",
  text: "+$120.00 in 4 trades",
  picture: { name: "equity.png", alt: "Equity rises to $100,120.00", drawing: equityCurve(20) },
  file: { name: "trades.csv", mediaType: "text/csv", content: "entry_time,pnl\n" },
};

let slack: SlackServer;
let desk: Desk;

/** A command that tells every 20 ms how far it is, for `ms`. */
async function long(ms: number, progress: (progress: Progress) => void): Promise<Answer> {
  const steps = ms / 20;
  for (let step = 1; step <= steps; step += 1) {
    await wait(20);
    progress({ done: step / steps, note: `${step} k bars` });
  }
  return ANSWER;
}

async function open(answer: Parameters<typeof slackDesk>[1]): Promise<void> {
  desk = slackDesk(slack, answer);
  await desk.chat.start();
}

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(() => closeDesk(slack, desk));

describe("a long command in Slack", () => {
  it("is one message: a sign of life, a bar that grows at most once a second, then the whole answer", async () => {
    await open((_request, progress) => long(4_000, progress));
    await slack.slash("U0ANN", "/backtest momentum AAPL");
    const file = await slack.waitForMessage((message) => message.via === "file");
    expect(file.file?.name).toBe("trades.csv");
    const [message] = slack.world.messages;
    if (message === undefined) throw new Error("no message");
    const versions = message.edits.map((edit) => ({ shown: shownText(edit), atMs: edit.atMs }));
    expect(versions[0]?.shown).toContain("Working on it");
    const bars = versions.filter(({ shown }) => /[█░]{10} \d+% · \d+ k bars/.test(shown));
    expect(bars.length).toBeGreaterThanOrEqual(2);
    expect(bars[0]?.shown).toContain("ann · /backtest momentum AAPL");
    // Each edit notes when the next one replaced it: the times of the bars are those of the entries before them.
    const times = versions.slice(0, bars.length).map(({ atMs }) => atMs);
    expect(Math.min(...times.slice(1).map((at, k) => at - (times[k] ?? 0)))).toBeGreaterThanOrEqual(1_000);
    expect(message.text).toContain("+$120.00 in 4 trades");
    expect(message.blocks.some(({ type }) => type === "image")).toBe(true);
    expect(slack.world.messages.filter(({ deleted }) => !deleted)).toHaveLength(2);
  });

  it("is answered although the connection was lost in the middle", async () => {
    await open((_request, progress) => long(3_000, progress));
    await slack.slash("U0ANN", "/backtest momentum AAPL");
    await slack.waitForMessage((_message, shown) => shown.includes("k bars"));
    slack.sockets.drop();
    const final = await slack.waitForMessage((_message, shown) => shown.includes("+$120.00 in 4 trades"));
    expect(final).toBe(slack.world.messages[0]);
  });

  it("goes on without a bar where edits are refused, and leaves no stale bar beside its answer", async () => {
    await open((_request, progress) => long(2_000, progress));
    slack.fault("chat.update", { kind: "rate_limit", retryAfterSec: 30 }, 2);
    await slack.slash("U0ANN", "/backtest momentum AAPL");
    await slack.waitForMessage(
      (message, shown) => shown.includes("+$120.00 in 4 trades") && message.via !== "file",
    );
    await slack.waitForCall("chat.delete");
    const standing = slack.world.messages.filter(({ deleted }) => !deleted).map(shownText);
    expect(standing.filter((shown) => /Working on it|k bars/.test(shown))).toEqual([]);
  });

  it("shows no bar over a response_url, whose five uses belong to the answer", async () => {
    await open((_request, progress) => long(2_000, progress));
    const delivery = await slack.slash("U0ANN", "/backtest momentum AAPL", "D0UNKNOWN");
    await slack.waitForMessage((_message, shown) => shown.includes("+$120.00 in 4 trades"));
    expect(delivery).toBeDefined();
    expect(slack.callsOf("chat.update")).toHaveLength(0);
  });
});

describe("an answer that goes on after the command", () => {
  it("is told where it stands, so that it can be edited later, after a restart too", async () => {
    const places: MessagePlace[] = [];
    const placed = async (place: MessagePlace): Promise<void> => void places.push(place);
    await open(() => ({ text: "Study 1 begins", placed }));
    await slack.slash("U0ANN", "/optimize momentum AAPL stop_atr=1:4");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("Study 1 begins"));
    await expect.poll(() => places).toEqual([{ channel: "C0DESK", messageId: said.ts }]);
    const [place] = places;
    if (place === undefined) throw new Error("no place");
    const { board } = slackDesk(slack, () => ({ text: "" })).chat;
    expect(await board?.edit(place, { text: "Study 1 · 62%" })).toEqual({ kind: "done", value: undefined });
    expect(shownText(said)).toBe("Study 1 · 62%");
  });

  it("is told nothing where it can never be edited", async () => {
    const places: MessagePlace[] = [];
    const placed = async (place: MessagePlace): Promise<void> => void places.push(place);
    await open(() => ({ text: "Study 1 begins", placed }));
    await slack.slash("U0ANN", "/optimize momentum AAPL stop_atr=1:4", "D0UNKNOWN");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("Study 1 begins"));
    expect(said.via).toBe("response_url");
    expect(places).toEqual([]);
  });

  it("ends in the channel that asked, with a call to whoever asked, once", async () => {
    await open(() => ({ text: "" }));
    slack.world.channels.set("C0LAB", { id: "C0LAB", name: "lab", member: true, private: false });
    const end = {
      key: "study 1 ended",
      message: { text: "done", mentions: ["slack:U0ANN"] },
      loud: true,
    } as const;
    const board = desk.chat.board;
    const first = await board?.post({ ...end, again: false, channel: "C0LAB" });
    const again = await board?.post({ ...end, again: true, channel: "C0LAB" });
    expect(again).toEqual(first);
    const said = slack.world.messages.filter(({ channel }) => channel === "C0LAB");
    expect(said).toHaveLength(1);
    expect(said[0]?.text).toContain("<@U0ANN>");
  });
});
