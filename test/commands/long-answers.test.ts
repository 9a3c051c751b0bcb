import { describe, expect, it } from "vitest";
import { render as discordRender } from "../../src/adapters/discord/render.ts";
import { render as slackRender } from "../../src/adapters/slack/render.ts";
import { renderMessage } from "../../src/adapters/console/render.ts";
import { money } from "../../src/core/money.ts";
import { clientOrderId } from "../../src/core/order.ts";
import type { Message } from "../../src/message.ts";
import { ANN, busBench } from "../support/command-bus.ts";
import { messageProblems } from "../support/discord/validate-message.ts";
import { problemsOf } from "../support/slack/problems.ts";
import { T0, testDecision, testOrder, testPositionView, testTrade } from "../support/fake-desk.ts";

const MANY = 10_000;
const HOSTILE =
  "<!channel> <@U1> @everyone *bold* `code` ~x~ [a](http://evil) \u202eesrever\u0000 ||spoiler||";

const id = (index: number): string => `p${index}`;

/** Rows as wide as they get, with words that mean something to every platform. */
function bench() {
  const made = busBench();
  const indexes = Array.from({ length: MANY }, (_, index) => index);
  made.desk.positions = indexes.map((index) =>
    testPositionView({
      id: id(index),
      number: 1_000_000 + index,
      symbol: `SYM${index}`,
      strategyId: "rsi_mean_reversion",
      target: money("1234567.89"),
    }),
  );
  made.desk.trades = indexes.map((index) =>
    testTrade({
      positionId: id(index),
      number: 1_000_000 + index,
      strategyId: "rsi_mean_reversion",
      entryText: HOSTILE,
    }),
  );
  made.desk.orders = indexes.map((index) =>
    testOrder({
      clientOrderId: clientOrderId(`af-k7q2-SYM${index}-sn3k40-s1`),
      state: "ACCEPTED",
      error: HOSTILE,
    }),
  );
  made.desk.decisions = indexes.map(() => testDecision({ text: HOSTILE }));
  made.desk.journal = indexes.map((index) => ({
    id: index,
    accountId: "paper",
    positionId: "p1",
    number: 1_000_001,
    symbol: "AAPL",
    strategyId: "momentum",
    kind: "note" as const,
    text: `${HOSTILE}\n${"ü".repeat(5_000)}`,
    actor: "slack:U1",
    name: HOSTILE,
    platform: "slack",
    channel: "C1",
    deliveryId: String(index),
    atMs: T0,
  }));
  for (const index of indexes.slice(0, 20)) made.desk.tags.set(id(index), ["fomo", "late-entry"]);
  return made;
}

const COMMANDS = ["/positions", "/trades", "/orders", "/why AAPL", "/journal show", "/journal show 1000001"];

/** All that Slack would show as text. */
function slackText(message: Message): string {
  return JSON.stringify(slackRender(message).blocks);
}

describe(`an answer of ${MANY} rows`, () => {
  it.each(COMMANDS)("%s is a page that Slack and Discord take whole, with its way on", async (command) => {
    const answer = await bench().say(command, ANN);
    expect(problemsOf(slackRender(answer))).toEqual([]);
    const { body, droppedButtons } = discordRender(answer);
    expect(messageProblems({ ...body }).toString()).toBe("");
    expect(droppedButtons).toEqual([]);
    // No row of the page is left out for want of room.
    expect(slackText(answer)).not.toMatch(/more rows?, use csv/);
    expect(JSON.stringify(body)).not.toMatch(/… \d+ more row/);
    const labels = (answer.buttons ?? []).map(({ label }) => label);
    expect(labels.some((label) => label === "Older" || label === "Next")).toBe(true);
    expect(labels).toContain("CSV");
  });

  it.each(["/positions csv", "/trades csv", "/orders json", "/why AAPL csv"])(
    "%s has every row in a file that Discord takes",
    async (command) => {
      const answer = await bench().say(command, ANN);
      const { files } = discordRender(answer);
      expect(files).toHaveLength(1);
      expect(answer.file?.content.trimEnd().split("\n").length).toBeGreaterThan(MANY);
    },
  );

  it.each(COMMANDS)("%s wakes nobody and formats nothing, whatever people wrote", async (command) => {
    const answer = await bench().say(command, ANN);
    const slack = slackText(answer);
    expect(slack).not.toMatch(/<!channel>|<@U1>|\u202e/);
    const discord = discordRender(answer).body;
    expect(discord.allowed_mentions).toEqual({ parse: [] });
    expect(JSON.stringify([discord.content, discord.embeds])).not.toMatch(/@everyone|[^\\]<@U1>/);
    for (const shown of [JSON.stringify(discord), renderMessage(answer, { colour: false })])
      expect(shown).not.toContain("\u202e");
    expect(renderMessage(answer, { colour: false })).not.toContain("\u0000");
  });
});
