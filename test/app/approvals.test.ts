import { afterEach, beforeEach, expect, it } from "vitest";
import { approve, reject } from "../../src/app/approvals.ts";
import { halt, resume } from "../../src/app/control.ts";
import type { By } from "../../src/ports.ts";
import { BY, openEngineGround, risingBars, type EngineGround } from "../support/engine-ground.ts";
import { haltPasses } from "../support/passing-refusal.ts";

const ANN: By = { actor: "slack:UANN", name: "ann", deliveryId: "press-ann" };
const BOB: By = { actor: "discord:42", name: "bob", deliveryId: "press-bob" };
const CARD = "BUY 5 AAPL at about $185.50 · stop $180.50 · multi_timeframe asks · PAPER";

let ground: EngineGround;

beforeEach(async () => {
  ground = await openEngineGround();
});
afterEach(() => ground.close());

const engine = () => ground.running.engine;
const tick = () => ground.running.tick();
const buys = () => ground.alpaca.orders().filter((order) => order.side === "buy");
const told = async (part: string) => (await ground.told()).filter((text) => text.includes(part));

/** What the card says by now, and how many buttons it has. */
async function card(): Promise<readonly [string | undefined, number]> {
  const cards = await ground.ledger.pendingAlerts("console", 100);
  const message = cards.find(({ message: each }) => each.text.startsWith(CARD))?.message;
  return [message?.text.slice(CARD.length), message?.buttons?.length ?? 0];
}

/** A run that asks has asked: the id of what waits. */
async function asked(settings: readonly string[] = []): Promise<string> {
  await ground.start(["AAPL"], ["approve=ask", ...settings]);
  await tick();
  const [open, ...more] = await ground.ledger.openApprovals("paper");
  if (open === undefined || more.length > 0) throw new Error("not exactly one approval waits");
  return open.id;
}

it("asks in every channel instead of ordering, once for run and symbol, with the figures and both buttons", async () => {
  const id = await asked();
  await tick();
  expect(buys()).toEqual([]);
  const cards = (await ground.ledger.pendingAlerts("console", 100)).filter(({ kind }) => kind === "approval");
  expect(cards.map(({ message }) => message.text)).toEqual([CARD]);
  expect(cards[0]?.message.buttons?.map(({ label, command }) => [label, command])).toEqual([
    ["Approve", `/approve ${id}`],
    ["Reject", `/reject ${id}`],
  ]);
  const fields = new Map(cards[0]?.message.fields?.map(({ label, value }) => [label, value]));
  expect(fields.get("Size")).toBe("5 shares: 1% of $100,000.00 equity at $185.50");
  expect(fields.get("Risk before → after")).toMatch(/heat 0.* → .* of 25% ✓/);
  const [decision] = await ground.ledger.decisions({ accountId: "paper", limit: 1 });
  expect(decision).toMatchObject({ outcome: "asked", text: expect.stringContaining("waits for approval") });
});

it("buys on the press, once for presses in two chats at the same time, and tells the other who was first", async () => {
  const id = await asked();
  await ground.restart();
  const outcomes = await Promise.all([approve(engine(), id, ANN), approve(engine(), id, BOB)]);
  expect(buys().map((order) => [order.qty, order.client_order_id])).toEqual([["5", id]]);
  expect(outcomes.filter(({ kind }) => kind === "done").map(({ text }) => text)).toEqual([
    "BUY 5 AAPL at about $185.50 · stop $180.50: ordered; the fill is told here",
  ]);
  const late = outcomes.find(({ kind }) => kind === "refused");
  expect(late?.text).toMatch(/approved by (ann \(slack:UANN\)|bob \(discord:42\)) already$/);
  expect(await told("stop $180.50 approved by")).toHaveLength(1);
  const [text, buttons] = await card();
  expect([text, buttons]).toEqual([
    expect.stringMatching(/^\n→ approved by (ann \(slack:UANN\)|bob \(discord:42\))$/),
    0,
  ]);
  const [decision] = await ground.ledger.decisions({ accountId: "paper", limit: 1 });
  expect(decision).toMatchObject({ outcome: "entered", text: expect.stringContaining("approved by") });
  await expect
    .poll(async () => (await ground.ledger.openPositions("paper")).map(({ symbol }) => symbol), {
      timeout: 10_000,
    })
    .toEqual(["AAPL"]);
});

it("answers a press that is delivered again as done, and orders nothing more", async () => {
  const id = await asked();
  await approve(engine(), id, ANN);
  expect(await approve(engine(), id, ANN)).toMatchObject({
    kind: "done",
    text: expect.stringContaining("approved by ann"),
  });
  expect(buys()).toHaveLength(1);
});

it("checks the gates again on the press: what is refused stays open, and passes when it may", async () => {
  const id = await asked();
  await halt(engine(), "CPI", BY);
  expect(await approve(engine(), id, ANN)).toMatchObject({
    kind: "refused",
    text: expect.stringMatching(/^nothing was bought: halted by ann: CPI.*Open for approval until/),
  });
  expect(buys()).toEqual([]);
  const [decision] = await ground.ledger.decisions({ accountId: "paper", limit: 1 });
  expect(decision).toMatchObject({ outcome: "refused", code: "HALTED" });
  await resume(engine(), BY);
  expect((await approve(engine(), id, ANN)).kind).toBe("done");
  expect(buys()).toHaveLength(1);
});

it("sends nothing beside another run's resting stop when what refused has just passed: the next press buys", async () => {
  await ground.start(["AAPL"], ["fraction=0.02"]);
  await tick();
  await expect.poll(() => ground.resting(), { timeout: 10_000 }).toEqual(["sell stop 10 @ 180.5 gtc"]);
  const id = await asked();
  await halt(engine(), "CPI", BY);
  expect(await approve({ ...engine(), ledger: haltPasses(ground.ledger) }, id, ANN)).toEqual({
    kind: "refused",
    text: "nothing was bought: what stood against it has just passed; press again",
  });
  expect([buys().length, ground.alpaca.seen["wash-trade"] ?? 0]).toEqual([1, 0]);
  expect((await approve(engine(), id, ANN)).kind).toBe("done");
  expect([buys().length, ground.alpaca.seen["wash-trade"] ?? 0]).toEqual([2, 0]);
});

it("sizes and stops by the price of the press", async () => {
  const id = await asked(["fraction=0.02"]);
  ground.alpaca.setPrice("AAPL", 190);
  // 2 % of 100,000 ÷ 185.50 is 10; ÷ 190 it is 10.5, and the stop 190 − 2 × 2.50 = 185.
  expect((await approve(engine(), id, ANN)).text).toContain("BUY 10 AAPL at about $190.00 · stop $185.00");
  expect(await ground.ledger.order(id)).toMatchObject({ symbol: "AAPL" });
});

it("buys nothing after a no, which is told with the name", async () => {
  const id = await asked();
  expect(await reject(engine(), id, BOB)).toMatchObject({ kind: "done" });
  expect(await approve(engine(), id, ANN)).toMatchObject({
    kind: "refused",
    text: expect.stringContaining("rejected by bob (discord:42) already"),
  });
  expect(await told("stop $180.50 rejected by bob")).toHaveLength(1);
  expect(await card()).toEqual(["\n→ rejected by bob (discord:42)", 0]);
  expect(buys()).toEqual([]);
});

it("expires unpressed, says so once, and a late press is told so", async () => {
  const id = await asked();
  const open = await ground.ledger.approval(id);
  if (open === undefined) throw new Error("no approval");
  await ground.ledger.updateApproval({ ...open, expiresAt: Date.now() - 1 });
  expect(await approve(engine(), id, ANN)).toMatchObject({
    kind: "refused",
    text: expect.stringContaining("expired at"),
  });
  await tick();
  await tick();
  expect(await told("not approved in time")).toHaveLength(1);
  expect(await card()).toEqual(["\n→ expired", 0]);
  expect(await ground.ledger.approval(id)).toMatchObject({ status: "expired", decidedBy: null });
  expect(buys()).toEqual([]);
});

it("withdraws what waits when the strategy signals SELL", async () => {
  const minute = 60_000;
  const before = risingBars(Date.now() - minute);
  ground.alpaca.setBars("AAPL", "1Min", before);
  const id = await asked();
  const newest = before.at(-1);
  if (newest === undefined) throw new Error("no bars");
  ground.alpaca.setBars("AAPL", "1Min", [
    ...before,
    { t: newest.t + minute, o: 150, h: 151, l: 149, c: 150, v: 1_000 },
  ]);
  await tick();
  expect(await ground.ledger.approval(id)).toMatchObject({ status: "withdrawn" });
  expect((await approve(engine(), id, ANN)).text).toContain("withdrawn already");
  expect(buys()).toEqual([]);
});

it("names what is open for an id that is unknown", async () => {
  const id = await asked();
  expect(await approve(engine(), `${id}x`, ANN)).toEqual({
    kind: "refused",
    text: `no approval ${id}x; did you mean ${id}?`,
  });
});
