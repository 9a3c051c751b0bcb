import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Actor, Answer, CommandRequest } from "../../../src/commands/contract.ts";
import type { Message } from "../../../src/message.ts";
import type { Clock } from "../../../src/ports.ts";
import { closeDesk, slackDesk, type Desk } from "../../support/slack/desk.ts";
import { startSlackServer, type SlackServer } from "../../support/slack-server.ts";

let slack: SlackServer;
let desk: Desk;
let page: (actor: Actor) => readonly Message[];
/** Ends the pauses between two looks at the page. */
let tick: () => Promise<void>;
/** Waits until the page is between two looks. */
let resting: () => Promise<unknown>;
let nowMs: number;

/** The real time for everything but the pace of the page, which comes when the test says so. */
function steppedClock(): Clock {
  const sleepers = new Set<() => void>();
  resting = () => vi.waitUntil(() => sleepers.size > 0, { timeout: 5000 });
  tick = async () => {
    await resting();
    for (const wake of sleepers) wake();
    sleepers.clear();
  };
  return {
    nowMs: () => nowMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (ms === 15_000) sleepers.add(resolve);
        else setTimeout(resolve, ms);
        signal?.addEventListener("abort", () => resolve());
      }),
  };
}

async function open(
  answer: (request: CommandRequest) => Answer | Promise<Answer> = ({ text }) => ({ text: `did ${text}` }),
): Promise<void> {
  desk = slackDesk(slack, answer, { clock: steppedClock() }, (actor) => page(actor));
  await desk.chat.start();
}

beforeEach(async () => {
  nowMs = Date.now();
  page = () => [{ title: "AlphaFlow · PAPER", text: "trading" }];
  slack = await startSlackServer();
});

afterEach(() => closeDesk(slack, desk));

const position: Message = {
  text: "AAPL 5 @ $185.50 → $191.00 · +1.10R · +$27.50 (+2.96%)",
  buttons: [
    { label: "Close", command: "/close AAPL momentum", style: "danger" },
    { label: "Chart", command: "/chart AAPL" },
  ],
};

describe("the App Home", () => {
  it("is drawn when it is opened, for the person who opened it with the groups they have", async () => {
    const seen: Actor[] = [];
    page = (actor) => {
      seen.push(actor);
      return [position];
    };
    await open();
    await slack.openHome("U0ANN");
    const home = await slack.waitForHome("U0ANN", "AAPL 5 @ $185.50");
    expect(home["type"]).toBe("home");
    expect(seen).toEqual([{ platform: "slack", userId: "U0ANN", name: "ann", groupIds: ["S0TRADERS"] }]);
  });

  it("is left alone when only its messages tab is opened", async () => {
    await open();
    await slack.openHome("U0ANN", "messages");
    await slack.slash("U0ANN", "/positions");
    await slack.waitForMessage((_message, shown) => shown.includes("did /positions"));
    expect(slack.callsOf("views.publish")).toHaveLength(0);
  });

  it("runs the command of a pressed button once, answers the person alone, and shows what it did", async () => {
    let holding = true;
    page = () => (holding ? [position] : [{ text: "No open position." }]);
    await open(({ text }) => {
      holding = false;
      return { text: `did ${text}` };
    });
    await slack.openHome("U0ANN");
    await slack.waitForHome("U0ANN", "AAPL 5");

    const press = await slack.pressHome("U0ANN", "Close");
    await press.acked();
    await slack.waitForHome("U0ANN", "No open position");
    const said = await slack.waitForMessage((_message, shown) => shown.includes("did /close"));

    expect(said).toMatchObject({ channel: "D0ANN", via: "chat.postMessage" });
    expect(desk.bus.requests).toMatchObject([
      { text: "/close AAPL momentum", channel: "D0ANN", actor: { userId: "U0ANN" } },
    ]);
    await press.redeliver();
    await slack.world.until(() => (desk.bus.requests.length === 2 ? true : undefined), 3000, "the repeat");
    expect(desk.bus.requests[1]?.deliveryId).toBe(desk.bus.requests[0]?.deliveryId);
  });

  it("opens a form from its button, and answers what was filled in to the person", async () => {
    page = () => [{ text: "trading", buttons: [{ label: "Order ticket", command: "/order" }] }];
    await open();
    await slack.openHome("U0ANN");
    await slack.waitForHome("U0ANN", "Order ticket");
    await slack.pressHome("U0ANN", "Order ticket");
    await slack.submit(await slack.waitForModal(), { side: "buy", symbol: "AAPL", qty: "5" });
    const said = await slack.waitForMessage((_message, shown) => shown.includes("did /order buy AAPL 5"));
    expect(said.channel).toBe("D0ANN");
  });

  it("follows the desk at a pace while it was looked at recently, sends nothing twice, and rests after ten minutes", async () => {
    let price = 1;
    page = () => [{ text: `AAPL ${price}` }];
    await open();
    await slack.openHome("U0ANN");
    await slack.waitForHome("U0ANN", "AAPL 1");
    await tick();
    price = 2;
    await tick();
    await slack.waitForHome("U0ANN", "AAPL 2");
    await tick();
    await tick();
    price = 3;
    await tick();
    await slack.waitForHome("U0ANN", "AAPL 3");
    expect(slack.views.homes).toHaveLength(3);

    await resting();
    nowMs += 10 * 60_000 + 1;
    price = 4;
    await tick();
    await slack.slash("U0ANN", "/positions");
    await slack.waitForMessage((_message, shown) => shown.includes("did /positions"));
    expect(slack.views.homes).toHaveLength(3);
    await slack.openHome("U0ANN");
    await slack.waitForHome("U0ANN", "AAPL 4");
  });

  it("stays within a hundred blocks with names of their own for all buttons, whatever the symbols are called", async () => {
    const hostile = "<!channel> *x* <http://evil|AAPL> \u202eLPAA @everyone";
    page = () => Array.from({ length: 90 }, (_, n) => ({ ...position, text: `${hostile} ${n}` }));
    await open();
    await slack.openHome("U0ANN");
    const home = await slack.waitForHome("U0ANN", "… more");
    const text = JSON.stringify(home);
    expect(home["blocks"]).toHaveLength(100);
    expect(text).not.toContain("<!channel>");
    expect(text).not.toContain("<http");
    expect(text).not.toContain("\u202e");
  });

  it("is drawn with the next look when Slack did not take it", async () => {
    page = () => [position];
    await open();
    slack.fault("views.publish", { kind: "status", status: 503 });
    await slack.openHome("U0ANN");
    await slack.waitForCall("views.publish");
    await vi.waitUntil(() => desk.log.lines.some(({ text }) => text.includes("App Home was not drawn")), {
      timeout: 5000,
    });
    await tick();
    expect(await slack.waitForHome("U0ANN", "AAPL 5")).toMatchObject({ type: "home" });
  });
});
