import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { render } from "../../../src/adapters/discord/render.ts";
import type { Message } from "../../../src/message.ts";
import { alert, ann, openDesk, type Desk } from "../../support/discord/desk.ts";
import { LIMITS } from "../../support/drawings.ts";
import { CALLBACK } from "../../support/discord/types.ts";
import { PIXEL } from "../../support/pictures.ts";

const ALT = "AAPL, 15-minute candles: $185.50, long 5 at $180.00, stop $176.00.";
const CHART: Message = {
  text: "AAPL $185.50, long 5",
  picture: { name: "aapl-15min.png", alt: ALT, drawing: LIMITS },
};
const SHOWN = {
  content: CHART.text,
  embeds: [{ image: { url: "attachment://aapl-15min.png" } }],
  files: [{ name: "aapl-15min.png", description: ALT, bytes: PIXEL }],
};

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => desk.close());

describe("a picture in Discord", () => {
  it("is an attachment that the alert's embed shows, with its alt text as description", async () => {
    await desk.chat.post([alert("a", CHART)]);
    expect(desk.discord.messages).toMatchObject([SHOWN]);
    expect(desk.pictures.drawn).toEqual([LIMITS]);
  });

  it("is shown by a message that the board posts", async () => {
    await desk.chat.board?.post({ key: "study 1 ended", message: CHART, again: false, loud: true });
    expect(desk.discord.messages).toMatchObject([SHOWN]);
  });

  it("leaves its alt text in a message that the board edits", async () => {
    const { board } = desk.chat;
    const posted = await board?.post({ key: "study 1", message: { text: "50%" }, again: false });
    if (posted?.kind !== "done") throw new Error(`the board answers ${posted?.kind ?? "nothing"}`);
    await board?.edit(posted.value, CHART);
    const edited = { content: CHART.text, files: [], embeds: [{ footer: { text: ALT } }] };
    expect(desk.discord.messages).toMatchObject([edited]);
    expect(desk.pictures.drawn).toEqual([]);
  });

  it("loses its picture and not its text when Discord refuses the form of a board's message", async () => {
    desk.discord.fail({
      method: "POST",
      path: /\/messages$/,
      kind: 400,
      body: { message: "x", code: 50035 },
    });
    await desk.chat.board?.post({ key: "study 1 ended", message: CHART, again: false });
    expect(desk.discord.messages).toMatchObject([{ content: CHART.text, files: [] }]);
  });

  it("stands beside a text file", async () => {
    const file = { name: "trades.csv", mediaType: "text/csv", content: "symbol\nAAPL\n" };
    await desk.chat.post([alert("a", { ...CHART, file })]);
    const [said] = desk.discord.messages;
    expect(said?.files).toMatchObject([{ name: "trades.csv" }, { name: "aapl-15min.png", description: ALT }]);
    expect(said?.files[0]).not.toHaveProperty("description");
  });

  it("comes with the answer of a command, which Discord hears of before the upload", async () => {
    await desk.chat.start();
    desk.bus.reply = () => CHART;
    const asked = desk.discord.slash(ann, "positions");
    expect(await desk.discord.answer(asked)).toMatchObject(SHOWN);
    expect(asked.callback).toBe(CALLBACK.deferredMessage);
    expect(asked.firstAnswerMs).toBeLessThan(500);
  });

  it("leaves its alt text when it cannot be drawn, or is larger than Discord takes", async () => {
    desk.pictures.png = undefined;
    await desk.chat.post([alert("a", CHART)]);
    desk.pictures.png = Buffer.concat([PIXEL, Buffer.alloc(10 * 1024 * 1024)]);
    await desk.chat.post([alert("b", CHART)]);
    for (const said of desk.discord.messages)
      expect(said).toMatchObject({ content: CHART.text, files: [], embeds: [{ footer: { text: ALT } }] });
    expect(desk.discord.messages).toHaveLength(2);
  });

  it.each([
    ["refuses the form", 400, { message: "Invalid Form Body", code: 50035 }],
    ["finds it too large", 413, { message: "Request entity too large", code: 40005 }],
    ["lets the bot attach no files", 403, { message: "Missing Permissions", code: 50013 }],
  ])("never takes the alert's text with it when Discord %s", async (_what, kind, body) => {
    desk.discord.fail({ method: "POST", path: /\/messages$/, kind, body });
    await desk.chat.post([alert("a", CHART)]);
    expect(desk.discord.messages).toMatchObject([{ content: CHART.text, files: [] }]);
  });

  it("has a description within Discord's limit, and a name that its address can hold", () => {
    const { body, files } = render(
      { text: "t", picture: { name: "a b/ö.png", alt: "words ".repeat(400), drawing: LIMITS } },
      PIXEL,
    );
    const [attached] = body.attachments ?? [];
    expect(attached?.description?.length).toBeLessThanOrEqual(1024);
    expect(files[0]?.name).toMatch(/^[\w.-]+$/);
    expect(body.embeds[0]?.image?.url).toBe(`attachment://${files[0]?.name ?? ""}`);
  });
});
