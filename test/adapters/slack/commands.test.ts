import { EventEmitter, once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandRequest } from "../../../src/commands/contract.ts";
import type { Answer } from "../../../src/commands/contract.ts";
import type { SlackOptions } from "../../../src/adapters/slack/create-slack.ts";
import { closeDesk, slackDesk, type Desk } from "../../support/slack/desk.ts";
import { buttonsOf, shownText } from "../../support/slack/world.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

let slack: SlackServer;
let desk: Desk;

async function open(
  answer: (request: CommandRequest) => Answer | Promise<Answer>,
  changes: Partial<SlackOptions> = {},
): Promise<void> {
  desk = slackDesk(slack, answer, changes);
  await desk.chat.start();
}

function later<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(value), ms);
  });
}

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(() => closeDesk(slack, desk));

describe("a slash command over Socket Mode", () => {
  it("reaches the bus in the words that were typed and is answered in the channel, with the person and the command", async () => {
    await open(() => ({ text: "Run started", tone: "good" }));

    await slack.slash("U0ANN", "/strategy start multi_timeframe AAPL,MSFT timeframe=1Min");

    const said = await slack.waitForMessage((_message, shown) => shown.includes("Run started"));
    expect(desk.bus.requests[0]).toMatchObject({
      text: "/strategy start multi_timeframe AAPL,MSFT timeframe=1Min",
      channel: "C0DESK",
      actor: { platform: "slack", userId: "U0ANN", name: "ann", groupIds: ["S0TRADERS"] },
    });
    expect(said).toMatchObject({ onlyFor: undefined, text: "Run started", via: "response_url" });
    expect(shownText(said)).toContain("ann · /strategy start multi_timeframe AAPL,MSFT timeframe=1Min");
  });

  it("is acknowledged before any work is done", async () => {
    const released = new EventEmitter();
    const now = once(released, "now");
    await open(async () => {
      await now;
      return { text: "done" };
    });

    const delivery = await slack.slash("U0ANN", "/backtest momentum AAPL");

    expect(await delivery.acked()).toBeLessThan(400);
    released.emit("now");
    await slack.waitForMessage((_message, shown) => shown.includes("done"));
    expect(delivery.sentAtMs).toHaveLength(1);
  });

  it("shows a sign of life within 500 ms when the work takes 2 s, and edits the answer into it", async () => {
    await open(() => later(2000, { text: "Backtest finished: +12 %" }));
    const startedMs = Date.now();

    await slack.slash("U0ANN", "/backtest momentum AAPL");

    const placeholder = await slack.waitForMessage((_message, shown) => shown.includes("Working on it"));
    expect(placeholder.atMs - startedMs).toBeLessThan(500);
    const final = await slack.waitForMessage((_message, shown) => shown.includes("Backtest finished"));
    expect(final).toBe(placeholder);
    expect(final.edits).toHaveLength(1);
    expect(slack.world.messages).toHaveLength(1);
  });

  it("shows no sign of life when the answer is there at once", async () => {
    await open(() => ({ text: "Two positions" }));
    await slack.slash("U0ANN", "/positions");
    await slack.waitForMessage((_message, shown) => shown.includes("Two positions"));
    expect(slack.world.messages).toHaveLength(1);
    expect(slack.callsOf("chat.postMessage")).toHaveLength(0);
  });

  it("whispers a private answer to the person alone", async () => {
    await open(() => ({ text: "unknown strategy momentun; did you mean momentum?", private: true }));
    await slack.slash("U0BOB", "/strategy info momentun");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("did you mean"));
    expect(said.onlyFor).toBe("U0BOB");
  });

  it("takes the sign of life away when the answer turns out to be private", async () => {
    await open(() => later(700, { text: "not for everybody", private: true }));
    await slack.slash("U0BOB", "/why AAPL");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("not for everybody"));
    await slack.waitForCall("chat.delete");
    expect(said.onlyFor).toBe("U0BOB");
    expect(slack.world.messages.filter((message) => !message.deleted)).toEqual([said]);
  });

  it("has the same delivery id each time Slack delivers it, and another one for the same words typed again", async () => {
    await open(() => ({ text: "ok" }));
    const first = await slack.slash("U0ANN", "/order buy AAPL 5");
    await first.acked();
    await first.redeliver();
    await slack.slash("U0ANN", "/order buy AAPL 5");
    await slack.world.until(
      () => (desk.bus.requests.length === 3 ? true : undefined),
      3000,
      "three requests",
    );
    const [one, again, other] = desk.bus.requests.map(({ deliveryId }) => deliveryId);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  it("is typed text again, whatever Slack and the keyboard made of it", async () => {
    await open(() => ({ text: "ok" }));
    await slack.slash(
      "U0ANN",
      "/journal note AAPL &lt;b&gt; &amp;amp; “cheap” <http://BRK.B|BRK.B> <@U0BOB|bob> <#C0DESK|desk> – fine",
    );
    await slack.waitForMessage(() => true);
    expect(desk.bus.requests[0]?.text).toBe('/journal note AAPL <b> &amp; "cheap" BRK.B @bob #desk - fine');
  });

  it("is answered over chat.postMessage when the response_url has expired", async () => {
    await open(() => later(600, { text: "late but here" }));
    slack.fault("chat.postMessage", { kind: "error", error: "not_in_channel" });
    await slack.slash("U0ANN", "/report");
    await slack.waitForMessage((_message, shown) => shown.includes("Working on it"));
    slack.responseUrls.expireAll();
    const said = await slack.waitForMessage((_message, shown) => shown.includes("late but here"));
    expect(said).toMatchObject({ via: "chat.postMessage", onlyFor: undefined });
  });

  it("is answered even when every way fails at first", async () => {
    await open(() => ({ text: "third time lucky" }));
    slack.fault("response_url", { kind: "status", status: 500 });
    slack.fault("chat.postMessage", { kind: "rate_limit", retryAfterSec: 1 });
    await slack.slash("U0ANN", "/positions");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("third time lucky"));
    expect(slack.world.messages).toEqual([said]);
  });

  it("is answered the other way when the response_url says no with status 200", async () => {
    await open(() => ({ text: "still said" }));
    slack.fault("response_url", { kind: "error", error: "used_url" });
    await slack.slash("U0ANN", "/positions");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("still said"));
    expect(said.via).toBe("chat.postMessage");
  });

  it("in a channel that the bot cannot write to is answered over the response_url", async () => {
    await open(() => later(600, { text: "from outside" }));
    await slack.slash("U0ANN", "/positions", "D0UNKNOWN");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("from outside"));
    expect(said).toMatchObject({ via: "response_url", channel: "D0UNKNOWN" });
  });

  it("that fails inside is answered privately, without the inner words", async () => {
    await open(() => Promise.reject(new Error("secret detail xoxb-1-2")));
    await slack.slash("U0ANN", "/positions");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("failed inside AlphaFlow"));
    expect(said.onlyFor).toBe("U0ANN");
    expect(shownText(said)).not.toContain("secret detail");
    expect(JSON.stringify(desk.log.lines)).not.toContain("xoxb-1-2");
  });

  it("attaches a file for everybody, and shows it as text where it is private", async () => {
    const file = { name: "trades.csv", mediaType: "text/csv", content: "symbol,pnl\nAAPL,12.50\n" };
    await open(({ text }) => ({ text: "42 trades", file, private: text.includes("mine") }));
    await slack.slash("U0ANN", "/trades csv");
    const attached = await slack.waitForMessage((message) => message.via === "file");
    expect(attached.file).toMatchObject({ name: "trades.csv", content: file.content });
    await slack.slash("U0ANN", "/trades csv mine");
    const whispered = await slack.waitForMessage(
      (message, shown) => shown.includes("AAPL,12.50") && message.via !== "file",
    );
    expect(whispered.onlyFor).toBe("U0ANN");
  });
});

describe("the groups of the person", () => {
  it("are read once a minute, not once a command", async () => {
    await open(() => ({ text: "ok" }));
    await slack.slash("U0ANN", "/positions");
    await slack.slash("U0BOB", "/positions");
    await slack.world.until(() => (desk.bus.requests.length === 2 ? true : undefined), 3000, "two requests");
    expect(slack.callsOf("usergroups.users.list")).toHaveLength(1);
    expect(desk.bus.requests.map(({ actor }) => [actor.userId, actor.groupIds])).toEqual([
      ["U0ANN", ["S0TRADERS"]],
      ["U0BOB", []],
    ]);
  });

  it("are none while Slack does not tell them, and are asked for again", async () => {
    await open(() => ({ text: "ok" }));
    slack.fault("usergroups.users.list", { kind: "status", status: 500 });
    await slack.slash("U0ANN", "/positions");
    await slack.waitForMessage(() => true);
    await slack.slash("U0ANN", "/positions");
    await slack.world.until(() => (desk.bus.requests.length === 2 ? true : undefined), 3000, "two requests");
    expect(desk.bus.requests.map(({ actor }) => actor.groupIds)).toEqual([[], ["S0TRADERS"]]);
  });
});

describe("a button", () => {
  const question: Answer = {
    title: "Close AAPL?",
    text: "Sell 5 AAPL at about $185.50",
    buttons: [{ label: "Confirm", command: "/confirm K7QD2X", style: "danger" }],
  };

  async function asked(answer: (request: CommandRequest) => Answer | Promise<Answer>) {
    await open((request) => (request.text.startsWith("/confirm") ? answer(request) : question));
    await slack.slash("U0ANN", "/close AAPL");
    return slack.waitForMessage((message) => buttonsOf(message).length > 0);
  }

  it("runs its command; the confirmation loses its buttons, keeps its text and names who pressed", async () => {
    const message = await asked(() => ({ text: "Closing AAPL" }));

    const delivery = await slack.press("U0ANN", message, "Confirm");

    await delivery.acked();
    await slack.waitForMessage((_message, shown) => shown.includes("Closing AAPL"));
    expect(desk.bus.requests[1]).toMatchObject({
      text: "/confirm K7QD2X",
      channel: "C0DESK",
      actor: { userId: "U0ANN", name: "ann" },
    });
    expect(buttonsOf(message)).toEqual([]);
    expect(shownText(message)).toContain("Sell 5 AAPL");
    expect(shownText(message)).toContain("pressed by <@U0ANN> (ann)");
    await expect(slack.press("U0ANN", message, "Confirm")).rejects.toThrow("no button");
  });

  it("that takes long loses its buttons within 500 ms already", async () => {
    const message = await asked(() => later(1500, { text: "Closed" }));
    const pressedMs = Date.now();
    await slack.press("U0ANN", message, "Confirm");
    await slack.world.until(() => (message.edits.length > 0 ? true : undefined), 3000, "an edit");
    expect((message.edits[0]?.atMs ?? 0) - pressedMs).toBeLessThan(500);
    expect(shownText(message)).toContain("working on it");
    expect(buttonsOf(message)).toEqual([]);
    await slack.waitForMessage((_message, shown) => shown.includes("Closed"));
    expect(shownText(message)).not.toContain("working on it");
  });

  it("pressed by the wrong person stays for the right one", async () => {
    const message = await asked(() =>
      later(500, { text: "Only the person who asked", private: true, refused: true }),
    );
    await slack.press("U0BOB", message, "Confirm");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("Only the person who asked"));
    expect(said.onlyFor).toBe("U0BOB");
    expect(buttonsOf(message).map(({ value }) => value)).toEqual(["/confirm K7QD2X"]);
    expect(shownText(message)).not.toContain("pressed by");
  });

  it("has the same delivery id each time Slack delivers the press, and another one for another press", async () => {
    const message = await asked(() => ({ text: "not yours", private: true, refused: true }));
    const press = await slack.press("U0BOB", message, "Confirm");
    await press.redeliver();
    await slack.press("U0BOB", message, "Confirm");
    await slack.world.until(() => (desk.bus.requests.length === 4 ? true : undefined), 3000, "four requests");
    const [, one, again, other] = desk.bus.requests.map(({ deliveryId }) => deliveryId);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
  });

  it("under an ephemeral confirmation, whose content Slack does not send back, is gone too", async () => {
    await open(({ text }) =>
      text.startsWith("/confirm") ? { text: "Done" } : { ...question, private: true },
    );
    await slack.slash("U0ANN", "/close AAPL");
    const message = await slack.waitForMessage((said) => said.onlyFor === "U0ANN");
    await slack.press("U0ANN", message, "/confirm K7QD2X");
    await slack.waitForMessage((_message, shown) => shown.includes("Done"));
    expect(buttonsOf(message)).toEqual([]);
    expect(shownText(message)).toContain("(ann)");
  });

  it("that is no confirmation stays where it is", async () => {
    await open(({ text }) =>
      text === "/positions"
        ? { text: "5 AAPL", buttons: [{ label: "Chart", command: "/chart AAPL" }] }
        : { text: "the chart" },
    );
    await slack.slash("U0ANN", "/positions");
    const message = await slack.waitForMessage((said) => buttonsOf(said).length > 0);
    await slack.press("U0ANN", message, "Chart");
    await slack.waitForMessage((_message, shown) => shown.includes("the chart"));
    expect(buttonsOf(message)).toHaveLength(1);
    expect(message.edits).toEqual([]);
  });

  it("is edited over chat.update when the response_url fails", async () => {
    await open(() => ({ text: "Closing AAPL" }));
    await desk.chat.post([{ id: 1, key: "k", kind: "external", message: question, atMs: 0, attempts: 0 }]);
    const message = await slack.waitForMessage((said) => buttonsOf(said).length > 0);
    slack.fault("response_url", { kind: "status", status: 500 });
    await slack.press("U0ANN", message, "Confirm");
    await slack.waitForMessage((_message, shown) => shown.includes("Closing AAPL"));
    expect(buttonsOf(message)).toEqual([]);
  });
});

describe("a mention", () => {
  it("is a command; the answer stands in its thread", async () => {
    await open(() => ({ text: "No open positions" }));
    const delivery = await slack.mention("U0ANN", "positions  AAPL");
    await delivery.acked();
    const said = await slack.waitForMessage((_message, shown) => shown.includes("No open positions"));
    expect(desk.bus.requests[0]).toMatchObject({
      text: "/positions AAPL",
      actor: { userId: "U0ANN", name: "ann" },
    });
    expect(delivery.payload["event"]).toMatchObject({ ts: said.threadTs });
  });

  it("gets a private answer outside a thread that nobody has opened", async () => {
    await open(() => ({ text: "no role", private: true }));
    await slack.mention("U0BOB", "positions");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("no role"));
    expect(said).toMatchObject({ onlyFor: "U0BOB", threadTs: undefined, via: "chat.postEphemeral" });
  });

  it("has the same delivery id however often it comes", async () => {
    await open(() => ({ text: "ok" }));
    const delivery = await slack.mention("U0ANN", "halt");
    await delivery.redeliver();
    await slack.world.until(() => (desk.bus.requests.length === 2 ? true : undefined), 3000, "two requests");
    expect(desk.bus.requests[0]?.deliveryId).toBe(desk.bus.requests[1]?.deliveryId);
  });
});
