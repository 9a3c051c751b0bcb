import { EventEmitter, once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UsageError } from "../../../src/core/errors.ts";
import type { Message } from "../../../src/message.ts";
import type { SlackOptions } from "../../../src/adapters/slack/create-slack.ts";
import { slackDesk, type Desk } from "../../support/slack/desk.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

let slack: SlackServer;
let desk: Desk;
let unhandled: unknown[];
const note = (reason: unknown): void => void unhandled.push(reason);

function create(changes: Partial<SlackOptions> = {}, answer: () => Message = () => ({ text: "here" })): Desk {
  desk = slackDesk(slack, answer, changes);
  return desk;
}

async function answersACommand(): Promise<void> {
  const before = desk.bus.requests.length;
  await slack.slash("U0ANN", "/positions");
  await slack.world.until(() => (desk.bus.requests.length > before ? true : undefined), 5000, "the command");
  expect(desk.chat.state()).toBe("connected");
}

beforeEach(async () => {
  slack = await startSlackServer();
  unhandled = [];
  process.on("unhandledRejection", note);
});

afterEach(async () => {
  await desk.chat.stop();
  await slack.close();
  process.off("unhandledRejection", note);
  if (unhandled.length > 0) throw new Error(`unhandled: ${unhandled.map(String).join("; ")}`);
});

describe("the connection over Socket Mode", () => {
  it("is connected after the start and down after the stop", async () => {
    const { chat } = create();
    expect(chat.state()).toBe("down");
    await chat.start();
    expect(chat.state()).toBe("connected");
    await chat.stop();
    expect(chat.state()).toBe("down");
    await slack.world.until(
      () => (slack.sockets.connections() === 0 ? true : undefined),
      3000,
      "a closed socket",
    );
  });

  it("works with an API address without a slash at its end", async () => {
    await create({ apiUrl: slack.apiUrl.slice(0, -1) }).chat.start();
    await answersACommand();
    expect(slack.callsOf("auth.test")).toHaveLength(1);
  });

  it("is back within a second when it is cut", async () => {
    await create().chat.start();
    const cutMs = Date.now();
    slack.sockets.drop();
    await slack.sockets.reopened(1);
    expect(Date.now() - cutMs).toBeLessThan(1000);
    await answersACommand();
    expect(desk.chat.state()).toBe("connected");
  });

  it("is back within a second when Slack recycles it", async () => {
    await create().chat.start();
    const askedMs = Date.now();
    slack.sockets.disconnect("refresh_requested");
    await slack.sockets.reopened(1);
    expect(Date.now() - askedMs).toBeLessThan(1000);
    await answersACommand();
  });

  it("is replaced within five seconds when it freezes", async () => {
    await create().chat.start();
    const frozenMs = Date.now();
    slack.sockets.freeze();
    await slack.sockets.reopened(1);
    expect(Date.now() - frozenMs).toBeLessThan(5000);
    await answersACommand();
  });

  it("comes back by itself after an outage of the whole platform", async () => {
    await create().chat.start();
    await slack.goDown();
    await slack.world.until(() => undefined, 1500, "nothing").catch(() => {});
    expect(desk.chat.state()).toBe("connecting");
    await slack.comeBack();
    await slack.sockets.reopened(1);
    await answersACommand();
  });

  it("survives failing requests for a new socket", async () => {
    await create().chat.start();
    slack.fault("apps.connections.open", { kind: "status", status: 503 });
    slack.fault("apps.connections.open", { kind: "drop" });
    slack.fault("apps.connections.open", { kind: "rate_limit", retryAfterSec: 1 });
    slack.sockets.drop();
    await slack.sockets.reopened(1);
    await answersACommand();
    expect(slack.callsOf("apps.connections.open")).toHaveLength(5);
  });

  it("does not wait for ever for a hello that never comes", async () => {
    await create().chat.start();
    slack.sockets.setGreets(false);
    slack.sockets.drop();
    await slack.sockets.connected();
    expect(desk.chat.state()).toBe("connecting");
    slack.sockets.setGreets(true);
    await slack.sockets.reopened(1, 15_000);
    await answersACommand();
  }, 25_000);

  it("stays up when Slack sends what nobody can read", async () => {
    await create().chat.start();
    for (const text of ["null", "{", '"x"', '{"type":"events_api","envelope_id":"1","payload":{}}', "[1]"])
      slack.sockets.sendRaw(text);
    await answersACommand();
    expect(slack.sockets.opened).toBe(1);
  });

  it("keeps trying in the background when Slack is out of reach at the start", async () => {
    await slack.goDown();
    const { chat } = create();
    await chat.start();
    expect(chat.state()).toBe("connecting");
    await slack.comeBack();
    await slack.sockets.connected();
    await answersACommand();
  });

  it("stops at once even while a request hangs", async () => {
    await create().chat.start();
    slack.fault("apps.connections.open", { kind: "hang" }, 9);
    slack.sockets.drop();
    await slack.waitForCall(
      "apps.connections.open",
      () => slack.callsOf("apps.connections.open").length === 2,
    );
    const askedMs = Date.now();
    await desk.chat.stop();
    expect(Date.now() - askedMs).toBeLessThan(1500);
    expect(slack.sockets.connections()).toBe(0);
  });

  it("stops at once even while the socket is frozen", async () => {
    await create().chat.start();
    slack.sockets.freeze();
    const askedMs = Date.now();
    await desk.chat.stop();
    expect(Date.now() - askedMs).toBeLessThan(1500);
  });

  it("refuses to start with a wrong bot token and names the variable, never the token", async () => {
    const { chat, log } = create({ botToken: "xoxb-wrong-token" });
    await expect(chat.start()).rejects.toThrow(/^SLACK_BOT_TOKEN: Slack refuses it \(invalid_auth\)/);
    expect(chat.state()).toBe("down");
    expect(JSON.stringify(log.lines)).not.toContain("xoxb-wrong");
  });

  it("refuses to start with a wrong app token and names the variable, never the token", async () => {
    const { chat, log } = create({ appToken: "xapp-wrong-token" });
    await expect(chat.start()).rejects.toThrow(/^SLACK_APP_TOKEN: Slack refuses it \(invalid_auth\)/);
    await expect(chat.start()).rejects.toBeInstanceOf(UsageError);
    expect(JSON.stringify(log.lines)).not.toContain("xapp-wrong");
  });

  it("is down, with one clear line, when the token is taken away while running", async () => {
    await create().chat.start();
    slack.fault("apps.connections.open", { kind: "error", error: "invalid_auth" }, 9);
    slack.sockets.drop();
    await slack.world.until(
      () => (slack.callsOf("apps.connections.open").length === 2 ? true : undefined),
      3000,
      "another try",
    );
    await expect.poll(() => desk.chat.state()).toBe("down");
    const errors = desk.log.lines.filter(({ level }) => level === "error");
    expect(errors.map(({ text }) => text)).toEqual([expect.stringContaining("SLACK_APP_TOKEN")]);
  });

  it("finishes the answer that is under way before it stops", async () => {
    const released = new EventEmitter();
    const now = once(released, "now");
    desk = slackDesk(slack, async () => {
      await now;
      return { text: "sold" };
    });
    await desk.chat.start();
    await slack.slash("U0ANN", "/kill");
    await slack.world.until(() => desk.bus.requests[0], 3000, "the command");
    slack.fault("*", { kind: "delay", ms: 500 });
    const stopped = desk.chat.stop();
    released.emit("now");
    await stopped;
    expect(slack.world.messages.some(({ text }) => text === "sold")).toBe(true);
  });
});
