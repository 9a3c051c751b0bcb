import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Posted } from "../../../src/ports.ts";
import { alert, openDesk, type Desk } from "../../support/discord/desk.ts";

const FILL = "SELL 5 AAPL @ $180.00 · stop-loss · P&L -$27.50 (-2.96%) · multi_timeframe · PAPER";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => desk.close());

async function refusalOf(posting: Promise<Posted>): Promise<Extract<Posted, { kind: "failed" }>> {
  const outcome = await posting;
  if (outcome.kind !== "failed") throw new Error(`not refused: ${JSON.stringify(outcome)}`);
  return outcome;
}

describe("an alert", () => {
  it("is the contract's text, exactly, with the rest in an embed", async () => {
    const footer = ["RSI 31 · ATR 1.2%"];
    await desk.chat.post([
      alert("a", { text: FILL, tone: "bad", fields: [{ label: "Stop", value: "$180.00" }], footer }),
    ]);
    expect(desk.discord.messages).toMatchObject([
      {
        content: FILL,
        embeds: [
          {
            color: 0xe74c3c,
            fields: [{ name: "Stop", value: "$180.00" }],
            footer: { text: "RSI 31 · ATR 1.2%" },
          },
        ],
      },
    ]);
  });

  it("needs no gateway connection", async () => {
    desk.discord.gateway.refusing = true;
    await desk.chat.post([alert("a", { text: FILL })]);
    expect(desk.discord.messages).toHaveLength(1);
  });

  it("carries a file as an attachment", async () => {
    const file = { name: "trades.csv", mediaType: "text/csv", content: "symbol,pnl\nAAPL,-27.50\n" };
    await desk.chat.post([alert("a", { text: "trades", file })]);
    expect(desk.discord.messages[0]?.files).toMatchObject([
      { name: "trades.csv", text: "symbol,pnl\nAAPL,-27.50\n" },
    ]);
  });

  it.each(["drop", "hang"] as const)(
    "is one message though the answer was lost (%s) and it was sent again",
    async (kind) => {
      desk.discord.fail({ method: "POST", path: /\/messages$/, kind });
      await refusalOf(desk.chat.post([alert("fill-1", { text: FILL })]));
      await desk.chat.post([alert("fill-1", { text: FILL })]);
      expect(desk.discord.requestsTo("POST", /\/messages$/)).toHaveLength(2);
      expect(desk.discord.messages).toHaveLength(1);
    },
    15_000,
  );

  it("is another message under another key", async () => {
    await desk.chat.post([alert("fill-1", { text: FILL })]);
    await desk.chat.post([alert("fill-2", { text: FILL })]);
    expect(desk.discord.messages).toHaveLength(2);
  });

  it("is refused with the time to wait when Discord limits the rate, without a second request", async () => {
    desk.discord.fail({ method: "POST", path: /\/messages$/, kind: 429, retryAfterSeconds: 3 });
    const refused = await refusalOf(desk.chat.post([alert("a", { text: FILL })]));
    expect(refused.retryAfterMs).toBeGreaterThanOrEqual(3000);
    expect(refused.retryAfterMs).toBeLessThan(4000);
    expect(desk.discord.requestsTo("POST", /\/messages$/)).toHaveLength(1);
  });

  it("is one message each while there is room, then waits a second, and goes with others where more wait", async () => {
    const lines = [0, 1, 2, 3, 4].map((n) =>
      alert(`a${String(n)}`, { text: `fill ${String(n)}`, title: "T" }),
    );
    for (const [index, line] of lines.slice(0, 3).entries())
      expect(await desk.chat.post([line, ...lines.slice(index + 1, 3)])).toEqual({
        kind: "posted",
        count: 1,
        place: { channel: desk.discord.channelId, messageId: desk.discord.messages.at(-1)?.id },
      });
    const waiting = await desk.chat.post(lines.slice(3));
    expect(waiting).toMatchObject({ kind: "busy" });
    await sleep(waiting.kind === "busy" ? waiting.waitMs : 0);
    expect(await desk.chat.post(lines.slice(3))).toEqual({ kind: "posted", count: 2 });
    expect(desk.discord.messages.at(-1)?.content).toMatch(/^T: fill 3 #[a-z0-9]{8}\nT: fill 4 #[a-z0-9]{8}$/);
    expect(desk.discord.requestsTo("POST", /\/messages$/)).toHaveLength(4);
  });

  it("is whole in a digest, whose lines go on in embeds, and the rest of them in the next", async () => {
    const many = Array.from({ length: 150 }, (_, n) =>
      alert(`m${String(n)}`, { text: `${FILL} ${String(n)}` }),
    );
    const outcome = await desk.chat.post(many);
    if (outcome.kind !== "posted") throw new Error("not posted");
    expect(outcome.count).toBeGreaterThan(70);
    const [message] = desk.discord.messages;
    const shown = [message?.content, ...(message?.embeds ?? []).map((embed) => embed["description"])].join(
      "\n",
    );
    expect(shown.split("\n").map((line) => line.replace(/ #[a-z0-9]{8}$/, ""))).toEqual(
      many.slice(0, outcome.count).map(({ message: { text } }) => text),
    );
  });

  it("with buttons stands alone, also where many wait", async () => {
    const buttons = [{ label: "Adopt", command: "/external adopt AAPL" }];
    const many = [1, 2, 3, 4, 5].map((n) => alert(`b${String(n)}`, { text: `line ${String(n)}` }));
    await desk.chat.post([many[0]!, many[1]!, alert("ext", { text: "EXTERNAL", buttons }), ...many.slice(2)]);
    expect(desk.discord.messages.map(({ content }) => content)).toEqual([
      expect.stringMatching(/^line 1 #\S+\nline 2 #\S+$/),
    ]);
    await desk.chat.post([alert("ext", { text: "EXTERNAL", buttons }), ...many.slice(2)]);
    expect(desk.discord.messages[1]).toMatchObject({ content: "EXTERNAL", components: [expect.anything()] });
  });

  it("digest whose answer was lost is one message though it was sent again", async () => {
    const many = Array.from({ length: 6 }, (_, n) => alert(`d${String(n)}`, { text: `line ${String(n)}` }));
    desk.discord.fail({ method: "POST", path: /\/messages$/, kind: "drop" });
    expect((await refusalOf(desk.chat.post(many))).count).toBe(6);
    expect(await desk.chat.post(many.map((each) => ({ ...each, attempts: 1 })))).toEqual({
      kind: "posted",
      count: 6,
    });
    expect(desk.discord.messages).toHaveLength(1);
  });

  it.each([
    ["a server error", { kind: 503 }, /HTTP 503/],
    ["a dead connection", { kind: "refuse" }, /Discord did not accept/],
    [
      "a missing permission",
      { kind: 403, body: { message: "Missing Permissions", code: 50013 } },
      /Send Messages/,
    ],
    [
      "an unknown channel",
      { kind: 404, body: { message: "Unknown Channel", code: 10003 } },
      /DISCORD_CHANNEL/,
    ],
  ] as const)("is refused after %s, with a line that helps", async (_what, fault, line) => {
    desk.discord.fail({ method: "POST", path: /\/messages$/, ...fault });
    const refused = await refusalOf(desk.chat.post([alert("a", { text: FILL })]));
    expect(refused.reason).toMatch(line);
    expect(refused.retryAfterMs).toBeUndefined();
  });

  it("goes out again after a passing 401", async () => {
    desk.discord.fail({ method: "POST", path: /\/messages$/, kind: 401 });
    await refusalOf(desk.chat.post([alert("a", { text: FILL })]));
    await desk.chat.post([alert("a", { text: FILL })]);
    expect(desk.discord.messages).toHaveLength(1);
  });

  it("goes out as bare text when Discord refuses its form", async () => {
    desk.discord.fail({
      method: "POST",
      path: /\/messages$/,
      kind: 400,
      body: { message: "Invalid Form Body", code: 50035 },
    });
    await desk.chat.post([
      alert("a", { text: FILL, title: "AAPL", buttons: [{ label: "Close", command: "/close AAPL" }] }),
    ]);
    expect(desk.discord.messages).toMatchObject([{ content: FILL, embeds: [], components: [] }]);
  });

  it("never holds the token in what it says", async () => {
    desk.discord.fail({ path: /\/messages$/, kind: "refuse", times: 2 });
    const refused = await refusalOf(desk.chat.post([alert("a", { text: FILL })]));
    expect(JSON.stringify([refused.reason, desk.log.lines])).not.toContain("secret-part");
  });

  it("notifies nobody, whatever its text", async () => {
    const text =
      "@everyone @here <@1200000000000000001> <@&1300000000000000001> bought [AAPL](http://evil.test) ```x```";
    await desk.chat.post([alert("a", { text })]);
    const shown = desk.discord.messages[0];
    expect(shown?.pings).toEqual([]);
    expect(shown?.content).toBe(
      "@\u200beveryone @\u200bhere \\<@1200000000000000001> \\<@&1300000000000000001> bought [AAPL\\](http://evil.test) \\`\\`\\`x\\`\\`\\`",
    );
  });
});
