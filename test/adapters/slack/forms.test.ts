import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Answer, CommandRequest } from "../../../src/commands/contract.ts";
import { closeDesk, slackDesk, type Desk } from "../../support/slack/desk.ts";
import { shownText } from "../../support/slack/world.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

let slack: SlackServer;
let desk: Desk;

async function open(
  answer: (request: CommandRequest) => Answer | Promise<Answer> = ({ text }) => ({ text: `did ${text}` }),
): Promise<void> {
  desk = slackDesk(slack, answer);
  await desk.chat.start();
}

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(() => closeDesk(slack, desk));

describe("a command without arguments that has a form", () => {
  it("opens it, and the form's submission is the very command that would have been typed", async () => {
    await open();
    await slack.slash("U0ANN", "/strategy start");
    const modal = await slack.waitForModal();
    expect(modal.view["title"]).toMatchObject({ text: "Start a strategy" });
    expect(desk.bus.requests).toHaveLength(0);

    await slack.submit(modal, {
      strategy: "multi_timeframe",
      symbols: "aapl, MSFT",
      timeframe: "1Min",
      fraction: "0.02",
      params: "min_alignment=0.66\nstop_atr=3",
    });

    const said = await slack.waitForMessage((_message, shown) => shown.includes("did /strategy"));
    expect(modal.open).toBe(false);
    expect(desk.bus.requests).toMatchObject([
      {
        text: "/strategy start multi_timeframe aapl,MSFT timeframe=1Min fraction=0.02 min_alignment=0.66 stop_atr=3",
        channel: "C0DESK",
        actor: { platform: "slack", userId: "U0ANN", name: "ann", groupIds: ["S0TRADERS"] },
      },
    ]);
    expect(said).toMatchObject({ channel: "C0DESK", via: "response_url", onlyFor: undefined });
  });

  it("has a ticket for orders, whose answer brings the confirm button into the channel", async () => {
    await open(({ text }) => ({
      text: `${text}?`,
      buttons: [{ label: "Confirm", command: "/confirm K7QD2X" }],
    }));
    await slack.slash("U0ANN", "/order");
    await slack.submit(await slack.waitForModal(), {
      side: "buy",
      symbol: "AAPL",
      qty: "$5,000",
      limit: "185",
      stop: "180",
      tif: "gtc",
    });
    const said = await slack.waitForMessage((_message, shown) => shown.includes("/order buy"));
    expect(desk.bus.requests[0]?.text).toBe("/order buy AAPL $5,000 limit=185 stop=180 tif=gtc");
    expect(shownText(said)).toContain("Confirm");
  });

  it("shows what is wrong at each field and keeps the form open; nothing is run", async () => {
    await open();
    await slack.slash("U0ANN", "/order");
    const modal = await slack.waitForModal();

    await slack.submit(modal, { side: "buy", symbol: "not a symbol", qty: "5" });
    expect(modal.errors).toEqual({ symbol: expect.stringContaining("not") });
    await slack.submit(modal, { side: "buy", symbol: "AAPL", qty: "2.5", stop: "cheap" });
    expect(modal).toMatchObject({
      open: true,
      errors: {
        qty: "2.5: expected whole shares (5) or dollars ($5000)",
        stop: "stop=cheap: expected a price above 0",
      },
    });
    expect(desk.bus.requests).toHaveLength(0);

    await slack.submit(modal, { side: "buy", symbol: "AAPL", qty: "2" });
    expect(modal.open).toBe(false);
    await slack.waitForMessage((_message, shown) => shown.includes("did /order buy AAPL 2"));
  });

  it("blames a setting at the field it was given in", async () => {
    await open();
    await slack.slash("U0ANN", "/strategy start");
    const modal = await slack.waitForModal();
    await slack.submit(modal, {
      strategy: "momentum",
      symbols: "AAPL",
      fraction: "much",
      params: "wimdow=3",
    });
    expect(Object.keys(modal.errors).sort()).toEqual(["fraction", "params"]);
    expect(modal.errors["params"]).toContain("wimdow");
    await slack.submit(modal, { strategy: "momentum", symbols: "AAPL", params: "just words" });
    expect(modal.errors).toEqual({ params: expect.stringContaining("settings are written name=value") });
  });

  it("is one delivery however often Slack delivers the submission", async () => {
    await open();
    await slack.slash("U0ANN", "/order");
    const submitted = await slack.submit(await slack.waitForModal(), {
      side: "sell",
      symbol: "AAPL",
      qty: "5",
    });
    await submitted.redeliver();
    await slack.world.until(() => (desk.bus.requests.length === 2 ? true : undefined), 3000, "both");
    expect(desk.bus.requests[1]?.deliveryId).toBe(desk.bus.requests[0]?.deliveryId);
  });

  it("opens one form when the slash command itself is delivered twice", async () => {
    await open();
    const delivery = await slack.slash("U0ANN", "/order");
    await slack.waitForModal();
    await delivery.redeliver();
    await slack.waitForCall("views.open", () => slack.callsOf("views.open").length === 2);
    await slack.slash("U0ANN", "/positions");
    await slack.waitForMessage((_message, shown) => shown.includes("did /positions"));
    expect(slack.views.modals).toHaveLength(1);
    expect(slack.world.messages).toHaveLength(1);
  });

  it("runs as it stands for somebody without the role, whose refusal is the answer", async () => {
    await open(() => ({ text: "You have no role here.", private: true, refused: true }));
    await slack.slash("U0BOB", "/order");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("no role"));
    expect(said.onlyFor).toBe("U0BOB");
    expect(slack.callsOf("views.open")).toHaveLength(0);
  });

  it("says what to do when the trigger has expired after three seconds", async () => {
    await open();
    slack.fault("usergroups.users.list", { kind: "delay", ms: 500 });
    await slack.slash("U0ANN", "/order");
    await slack.waitForCall("usergroups.users.list");
    slack.views.expireTriggers();
    const said = await slack.waitForMessage((_message, shown) => shown.includes("could not be opened"));
    expect(said).toMatchObject({ onlyFor: "U0ANN" });
    expect(said.text).toContain("/order buy AAPL 5");
    expect(slack.views.modals).toHaveLength(0);
    expect(desk.bus.requests).toHaveLength(0);
  });

  it("cannot be told more than one word by one field", async () => {
    await open();
    await slack.slash("U0ANN", "/order");
    const modal = await slack.waitForModal();
    await slack.submit(modal, { side: "buy", symbol: "AAPL", qty: "5 stop=1" });
    expect(Object.keys(modal.errors)).toEqual(["qty"]);
    await slack.submit(modal, { side: "buy", symbol: "AAPL", qty: "5", target: '9" seen="1' });
    expect(Object.keys(modal.errors)).toEqual(["target"]);
    expect(desk.bus.requests).toHaveLength(0);
  });
});
