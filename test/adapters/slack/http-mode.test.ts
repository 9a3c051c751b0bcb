import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Answer, CommandRequest } from "../../../src/commands/contract.ts";
import { freePort } from "../../support/free-port.ts";
import { closeDesk, slackDesk, type Desk } from "../../support/slack/desk.ts";
import { buttonsOf, shownText } from "../../support/slack/world.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

let slack: SlackServer;
let desk: Desk;
let http: ReturnType<SlackServer["http"]>;
let port: number;

async function open(answer: (request: CommandRequest) => Answer | Promise<Answer>): Promise<void> {
  port = await freePort();
  desk = slackDesk(slack, answer, { httpPort: port });
  http = slack.http(`http://127.0.0.1:${port}`);
  await desk.chat.start();
}

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(() => closeDesk(slack, desk));

describe("Slack over signed HTTP", () => {
  it("acknowledges a slash command at once and answers when the work is done", async () => {
    await open(
      () =>
        new Promise((resolve) => {
          setTimeout(() => resolve({ text: "Run started" }), 1200);
        }),
    );
    const answer = await http.slash(slack.payloads.slash("U0ANN", "/strategy start momentum AAPL"));
    expect(answer).toMatchObject({ status: 200, body: "" });
    expect(answer.latencyMs).toBeLessThan(300);
    const placeholder = await slack.waitForMessage((_message, shown) => shown.includes("Working on it"));
    expect(await slack.waitForMessage((_message, shown) => shown.includes("Run started"))).toBe(placeholder);
    expect(desk.bus.requests[0]).toMatchObject({
      text: "/strategy start momentum AAPL",
      actor: { groupIds: ["S0TRADERS"] },
    });
    expect(desk.chat.state()).toBe("connected");
    expect(slack.sockets.opened).toBe(0);
  });

  it("takes presses and mentions, each with the same delivery id when it comes again", async () => {
    await open(({ text }) =>
      text.startsWith("/confirm")
        ? { text: "closed" }
        : { text: "sure?", buttons: [{ label: "Confirm", command: "/confirm A1" }] },
    );
    const mention = slack.payloads.mention("U0ANN", "close AAPL");
    expect(await http.event(mention)).toMatchObject({ status: 200 });
    const message = await slack.waitForMessage((said) => buttonsOf(said).length > 0);
    const press = slack.payloads.press("U0ANN", message, "Confirm");
    expect(await http.press(press)).toMatchObject({ status: 200 });
    await slack.waitForMessage((_message, shown) => shown.includes("closed"));
    expect(shownText(message)).toContain("pressed by");
    await http.event(mention, {
      headers: { "X-Slack-Retry-Num": "1", "X-Slack-Retry-Reason": "http_timeout" },
    });
    await http.press(press);
    await slack.world.until(() => (desk.bus.requests.length === 4 ? true : undefined), 3000, "four requests");
    const [asked, pressed, askedAgain, pressedAgain] = desk.bus.requests.map(({ deliveryId }) => deliveryId);
    expect(askedAgain).toBe(asked);
    expect(pressedAgain).toBe(pressed);
  });

  it.each([
    ["a signature made with another secret", { signingSecret: "not-the-secret" }],
    ["a time stamp that is ten minutes old", { timestampOffsetSec: -600 }],
    ["no signature at all", { unsigned: true }],
  ])("refuses %s with 401 and runs nothing", async (_what, options) => {
    await open(() => ({ text: "must not happen" }));
    const answer = await http.slash(slack.payloads.slash("U0ANN", "/kill"), options);
    expect(answer.status).toBe(401);
    expect(desk.bus.requests).toEqual([]);
    expect(slack.world.messages).toEqual([]);
  });

  it("runs nothing that hides behind an unsigned ssl_check", async () => {
    await open(() => ({ text: "must not happen" }));
    const body = new URLSearchParams({
      ssl_check: "1",
      command: "/kill",
      text: "",
      user_id: "U0ANN",
    }).toString();
    const answer = await http.raw(body, "application/x-www-form-urlencoded", { unsigned: true });
    expect(answer.status).toBe(200);
    expect(desk.bus.requests).toEqual([]);
  });

  it("answers Slack's url_verification and ssl_check", async () => {
    await open(() => ({ text: "" }));
    const challenge = await http.urlVerification("3eZbrw1aB");
    expect(JSON.parse(challenge.body)).toEqual({ challenge: "3eZbrw1aB" });
    expect((await http.sslCheck()).status).toBe(200);
  });

  it("reads a form whose type has a charset behind it", async () => {
    await open(() => ({ text: "ok" }));
    const contentType = "application/x-www-form-urlencoded; charset=utf-8";
    await http.slash(slack.payloads.slash("U0ANN", "/positions"), { contentType });
    await slack.waitForMessage((_message, shown) => shown.includes("ok"));
    expect(desk.bus.requests[0]?.text).toBe("/positions");
  });

  it("knows no other path", async () => {
    await open(() => ({ text: "ok" }));
    expect(
      (await http.slash(slack.payloads.slash("U0ANN", "/positions"), { path: "/elsewhere" })).status,
    ).toBe(404);
  });

  it("names the variable when the port is taken", async () => {
    await open(() => ({ text: "ok" }));
    const second = slackDesk(slack, () => ({ text: "ok" }), { httpPort: port });
    await expect(second.chat.start()).rejects.toThrow(/^SLACK_HTTP_PORT: cannot listen on 127\.0\.0\.1/);
  });

  it("names the variable, and frees the port, when the token is wrong", async () => {
    await open(() => ({ text: "ok" }));
    await desk.chat.stop();
    const second = slackDesk(slack, () => ({ text: "ok" }), { httpPort: port, botToken: "xoxb-wrong" });
    await expect(second.chat.start()).rejects.toThrow(/^SLACK_BOT_TOKEN/);
    const third = slackDesk(slack, () => ({ text: "ok" }), { httpPort: port });
    await third.chat.start();
    await third.chat.stop();
  });

  it("listens although Slack's API is out of reach at the start, and is connected once it is back", async () => {
    port = await freePort();
    await slack.goDown();
    desk = slackDesk(slack, () => ({ text: "ok" }), { httpPort: port });
    await desk.chat.start();
    expect(desk.chat.state()).toBe("connecting");
    await slack.comeBack();
    await expect.poll(() => desk.chat.state(), { timeout: 8000 }).toBe("connected");
  });
});
