import { describe, expect, it } from "vitest";
import { createStudyTeller } from "../../src/commands/study-teller.ts";
import type { Message } from "../../src/message.ts";
import type { Board, Chat, Clock, PendingAlert, Placed, StudyStore } from "../../src/ports.ts";
import { reportStudy } from "../../src/research/optimize/report.ts";
import { runStudy } from "../../src/research/optimize/run-study.ts";
import { studyBars } from "../../src/research/optimize/study-bars.ts";
import { hours, STUDY } from "../research/optimize/study.ts";
import { fakeStudies } from "../support/fake-studies.ts";
import { silentLog } from "../support/silent-log.ts";

const END = { state: "failed", text: "no bars", report: null, atMs: 60_000 } as const;

interface Said {
  readonly kind: "edit" | "post";
  readonly where: string | undefined;
  readonly text: string;
  readonly again?: boolean;
  readonly loud?: boolean;
  readonly mentions?: readonly string[] | undefined;
  readonly picture?: string;
}

function pictured({ picture }: Message): { readonly picture?: string } {
  return picture === undefined ? {} : { picture: picture.drawing.title };
}

function answer(kind: Placed<void>["kind"]): Placed<void> {
  switch (kind) {
    case "done":
      return { kind, value: undefined };
    case "gone":
      return { kind };
    case "busy":
      return { kind, waitMs: 1 };
    case "refused":
    case "failed":
      return { kind, reason: "no" };
  }
}

/** A chat whose board takes what the test lets it take. */
function fakeChat(answers: { edit?: Placed<void>["kind"]; post?: "done" | "failed" }) {
  const said: Said[] = [];
  const board: Board = {
    edit: async (place, message) => {
      said.push({ kind: "edit", where: place.messageId, text: message.text, ...pictured(message) });
      return answer(answers.edit ?? "done");
    },
    post: async ({ message, again, channel, loud }) => {
      const { mentions } = message;
      said.push({
        kind: "post",
        where: channel,
        text: message.text,
        again,
        loud: loud === true,
        mentions,
        ...pictured(message),
      });
      return answers.post === "failed"
        ? { kind: "failed", reason: "not_in_channel" }
        : { kind: "done", value: { channel: channel ?? "alerts", messageId: "9" } };
    },
    tell: () => Promise.reject(new Error("nothing is told in threads")),
  };
  const chat: Chat = {
    platform: "slack",
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    post: () => Promise.resolve({ kind: "posted", count: 1 }),
    board,
    state: () => "connected",
  };
  return { chat, said, answers };
}

async function ask(store: StudyStore, platform = "slack", channel: string | null = "C7"): Promise<number> {
  const { number } = await store.insert(
    {
      key: `${platform} d1`,
      title: "Momentum · AAPL",
      definition: {},
      asked: { actor: "slack:UANN", name: "ann", platform, channel },
      atMs: 0,
    },
    [],
  );
  return number;
}

/** Lets the teller make `rounds` rounds. */
async function rounds(store: StudyStore, chats: readonly Chat[], count: number, leads = true): Promise<void> {
  let nowMs = 61_000;
  let left = count;
  let over: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (over = resolve));
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: (_ms, signal) => {
      nowMs += 400_000;
      left -= 1;
      if (left > 0) return Promise.resolve();
      over?.();
      return new Promise((resolve) => {
        signal?.addEventListener("abort", () => resolve());
      });
    },
  };
  const teller = createStudyTeller({ store, chats, clock, log: silentLog, leads: () => leads });
  teller.start();
  await ended;
  await teller.stop();
}

describe("what is told of a study", () => {
  it("stands in its message while it runs, edited when it changed", async () => {
    const store = fakeStudies();
    const number = await ask(store);
    const { chat, said } = fakeChat({});
    await rounds(store, [chat], 1);
    expect(said).toEqual([]);
    await store.setPlace(number, { channel: "C7", messageId: "17.5" });
    await rounds(store, [chat], 3);
    expect(said).toEqual([{ kind: "edit", where: "17.5", text: "░░░░░░░░░░ 0% · waits for a worker" }]);
    await store.setPlanned(number, 4);
    await store.addTrials(number, [{ number: 0, trial: {} }]);
    await rounds(store, [chat], 1);
    expect(said[1]?.text).toMatch(/^██░{8} 25% · 1 of 4 trials · about \d/);
  });

  it("ends in its message and in a new one that calls whoever asked, in the channel that asked, once", async () => {
    const store = fakeStudies();
    const number = await ask(store);
    await store.setPlace(number, { channel: "C7", messageId: "17.5" });
    await store.end(number, END);
    const { chat, said } = fakeChat({});
    // Each of these is a process of its own: the second one begins after a restart.
    await rounds(store, [chat], 2);
    await rounds(store, [chat], 2);
    const text = "failed after 1m: no bars";
    expect(said).toEqual([
      { kind: "edit", where: "17.5", text },
      { kind: "post", where: "C7", text, again: false, loud: true, mentions: ["slack:UANN"] },
    ]);
    expect((await store.study(number))?.toldAtMs).not.toBeNull();
  });

  it("has the equity of what was found as a picture in the new message alone", async () => {
    const store = fakeStudies();
    const number = await ask(store);
    await store.setPlace(number, { channel: "C7", messageId: "17.5" });
    const run = await runStudy(STUDY, [hours(600)], { threads: 1 });
    const report = reportStudy(STUDY, studyBars(STUDY, [hours(600)]), run);
    await store.end(number, { state: "done", text: "", report, atMs: 60_000 });
    const { chat, said } = fakeChat({});
    await rounds(store, [chat], 1);
    expect(said.map(({ kind, picture }) => [kind, picture])).toEqual([
      ["edit", undefined],
      ["post", "Study 1 · best in sample · Momentum · AAPL"],
    ]);
  });

  it("is said again until it is taken, at last in the channel of the alerts", async () => {
    const store = fakeStudies();
    const number = await ask(store);
    await store.end(number, END);
    const { chat, said, answers } = fakeChat({ post: "failed" });
    await rounds(store, [chat], 4);
    expect(said.map(({ where, again }) => [where, again])).toEqual([
      ["C7", false],
      ["C7", true],
      ["C7", true],
      [undefined, true],
    ]);
    expect((await store.study(number))?.toldAtMs).toBeNull();
    answers.post = "done";
    await rounds(store, [chat], 1);
    expect((await store.study(number))?.toldAtMs).not.toBeNull();
  });

  it("is said where somebody has deleted its message", async () => {
    const store = fakeStudies();
    const number = await ask(store);
    await store.setPlace(number, { channel: "C7", messageId: "17.5" });
    await store.end(number, END);
    const { chat, said } = fakeChat({ edit: "gone" });
    await rounds(store, [chat], 1);
    expect(said.map(({ kind }) => kind)).toEqual(["edit", "post"]);
  });

  it("is a line at the console, which edits nothing", async () => {
    const store = fakeStudies();
    const number = await ask(store, "console", null);
    await store.end(number, END);
    const posted: Message[] = [];
    const { board: _board, ...chat } = fakeChat({}).chat;
    const console: Chat = {
      ...chat,
      platform: "console",
      post: async ([alert]: readonly PendingAlert[]) => {
        if (alert !== undefined) posted.push(alert.message);
        return { kind: "posted", count: 1 };
      },
    };
    await rounds(store, [console], 2);
    expect(posted.map(({ text }) => text)).toEqual(["failed after 1m: no bars"]);
  });

  it("is told by the process that leads, and waits for a chat that is not configured just now", async () => {
    const store = fakeStudies();
    const number = await ask(store);
    await store.end(number, END);
    const { chat, said } = fakeChat({});
    await rounds(store, [chat], 2, false);
    await rounds(store, [], 2);
    expect(said).toEqual([]);
    expect((await store.study(number))?.toldAtMs).toBeNull();
  });
});
