import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createConsole } from "../../../src/adapters/console/console.ts";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import type { CommandRequest } from "../../../src/commands/contract.ts";
import type { Chat, PendingAlert } from "../../../src/ports.ts";
import { busBench, type BusBench } from "../../support/command-bus.ts";
import { LIMITS } from "../../support/drawings.ts";
import { T0, testPositionView } from "../../support/fake-desk.ts";
import { fakePictures, PIXEL, type FakePictures } from "../../support/pictures.ts";

interface Terminal {
  readonly bench: BusBench;
  readonly chat: Chat;
  readonly input: PassThrough;
  readonly pictures: FakePictures;
  readonly pictureFolder: string;
  readonly requests: CommandRequest[];
  /** All that was printed so far. */
  printed(): string;
  /** Waits until what was printed matches. */
  sees(pattern: RegExp): Promise<string>;
}

function openTerminal(isTty = false): Terminal {
  const bench = busBench();
  const pictures = fakePictures();
  const pictureFolder = join(tmpdir(), `alphaflow-pictures-${randomUUID()}`);
  const input = new PassThrough();
  const output = new PassThrough();
  let text = "";
  output.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  const requests: CommandRequest[] = [];
  const bus = {
    ...bench.bus,
    dispatch: (request: CommandRequest) => {
      requests.push(request);
      return bench.bus.dispatch(request);
    },
  };
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const chat = createConsole({
    input,
    output,
    bus,
    pictures,
    pictureFolder,
    clock: systemClock,
    log,
    isTty,
    userName: "ann",
    onInterrupt: () => undefined,
  });
  return {
    bench,
    chat,
    input,
    pictures,
    pictureFolder,
    requests,
    printed: () => text,
    sees: async (pattern) => {
      while (!pattern.test(text)) await once(output, "data");
      return text;
    },
  };
}

const ALERT: PendingAlert = {
  id: 1,
  key: "fill:1",
  kind: "fill",
  attempts: 0,
  atMs: T0 + 200_000,
  message: { text: "BUY 5 AAPL @ $185.50 · stop $180.50 · momentum · PAPER" },
};

let terminal: Terminal;

beforeEach(async () => {
  terminal = openTerminal();
  await terminal.chat.start();
});

afterEach(() => terminal.chat.stop());

describe("the console", () => {
  it("answers each line in order, whatever comes first in the same chunk", async () => {
    let open: (() => void) | undefined;
    terminal.bench.desk.gate = new Promise((resolve) => {
      open = resolve;
    });
    terminal.input.write("/strategy start momentum AAPL\n\n/positions\r\n");
    await vi.waitUntil(() => terminal.bench.desk.calls.length === 1);
    expect(terminal.requests).toHaveLength(1);
    open?.();
    const text = await terminal.sees(/No open position/);
    expect(text.indexOf("Momentum started")).toBeLessThan(text.indexOf("No open position"));
  });

  it("is an admin, with a delivery id of its own for every line and process", async () => {
    const other = openTerminal();
    await other.chat.start();
    for (const each of [terminal, other]) each.input.write("/resume\n/resume\n");
    await Promise.all([terminal.sees(/(Resumed[^]*){2}/), other.sees(/(Resumed[^]*){2}/)]);
    await other.chat.stop();
    const ids = [...terminal.requests, ...other.requests].map(({ deliveryId }) => deliveryId);
    expect(new Set(ids).size).toBe(4);
    expect(terminal.requests[0]?.actor).toEqual({
      platform: "console",
      userId: "console",
      name: "ann",
      groupIds: [],
    });
    expect(terminal.bench.desk.calls).toHaveLength(2);
  });

  it("confirms with the code that it printed", async () => {
    terminal.bench.desk.positions = [testPositionView()];
    terminal.input.write("/close AAPL\n");
    const [, code] = /→ \/confirm (\w+)/.exec(await terminal.sees(/→ \/confirm \w+ /)) ?? [];
    expect(terminal.bench.desk.calls).toEqual([]);
    terminal.input.write(`/confirm ${code}\n`);
    await terminal.sees(/Closing · PAPER/);
    expect(terminal.bench.desk.calls).toMatchObject([{ name: "closePositions" }]);
  });

  it("goes on after the end of its input: the last line counts, alerts are printed", async () => {
    terminal.input.end("/help halt");
    await terminal.sees(/Example: \/halt/);
    expect(terminal.chat.state()).toBe("connected");
    await terminal.chat.post([ALERT]);
    expect(terminal.printed()).toContain(
      "15:03:20  BUY 5 AAPL @ $185.50 · stop $180.50 · momentum · PAPER\n",
    );
  });

  it("does not let a slow command hold the kill switch up", async () => {
    terminal.bench.desk.gate = new Promise(() => undefined);
    terminal.input.write("/strategy start momentum AAPL\n/kill\n");
    await vi.waitUntil(() => terminal.bench.desk.calls.some(({ name }) => name === "kill"), {
      timeout: 10_000,
    });
    expect(terminal.bench.desk.calls.map(({ name }) => name)).toEqual(["startRun", "kill"]);
  });

  it("prints no escape sequence of an alert's text", async () => {
    await terminal.chat.post([{ ...ALERT, message: { text: "evil\u001b[2J\u0007" } }]);
    expect(terminal.printed()).toBe("15:03:20  evil[2J\n");
  });

  it("is connecting, connected and down in turn", async () => {
    const fresh = openTerminal();
    expect(fresh.chat.state()).toBe("connecting");
    await fresh.chat.start();
    expect(fresh.chat.state()).toBe("connected");
    await fresh.chat.stop();
    expect(fresh.chat.state()).toBe("down");
  });

  it("keeps an alert that cannot be written for the outbox, and stays up", async () => {
    const output = new Writable({ write: (_chunk, _encoding, done) => done(new Error("EPIPE")) });
    const log = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    };
    const chat = createConsole({
      input: new PassThrough(),
      output,
      bus: terminal.bench.bus,
      pictures: fakePictures(),
      pictureFolder: tmpdir(),
      clock: systemClock,
      log,
      isTty: false,
      userName: "ann",
    });
    await chat.start();
    expect(await chat.post([ALERT])).toMatchObject({
      kind: "failed",
      reason: expect.stringContaining("EPIPE"),
    });
    expect(chat.state()).toBe("down");
  });

  it("shows a prompt on a terminal, and brings it back below an alert", async () => {
    const tty = openTerminal(true);
    await tty.chat.start();
    await tty.sees(/> /);
    tty.input.write("/hea");
    await tty.sees(/\/hea/);
    await tty.chat.post([ALERT]);
    const text = await tty.sees(/PAPER\n[^]*> \/hea/);
    expect(text).toContain("15:03:20  BUY 5 AAPL");
    tty.input.write("lth\r");
    await tty.sees(/Health · PAPER/);
    await tty.chat.stop();
  });
});

describe("a picture on the console", () => {
  const alert: PendingAlert = {
    ...ALERT,
    message: {
      text: "Daily report",
      picture: { name: "risk.png", alt: "Day loss 62% of its limit.", drawing: LIMITS },
    },
  };

  it("is a PNG in the folder, and the text says where and what it shows", async () => {
    const opened = openTerminal();
    const { chat, pictureFolder } = opened;
    await chat.post([alert]);
    const [file = ""] = await readdir(pictureFolder);
    expect(file).toMatch(/^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}-risk\.png$/);
    expect(await readFile(join(pictureFolder, file))).toEqual(PIXEL);
    expect(opened.printed()).toContain(
      `Daily report\npicture: ${join(pictureFolder, file)}\nDay loss 62% of its limit.`,
    );
    await rm(pictureFolder, { recursive: true });
  });

  it("is its alt text when it cannot be drawn or written", async () => {
    const undrawn = openTerminal();
    undrawn.pictures.png = undefined;
    await undrawn.chat.post([alert]);
    const unwritten = openTerminal();
    await writeFile(unwritten.pictureFolder, "a file where the folder should be");
    await unwritten.chat.post([alert]);
    for (const opened of [undrawn, unwritten]) {
      expect(opened.printed()).toContain("Daily report\nDay loss 62% of its limit.");
      expect(opened.printed()).not.toContain("picture:");
    }
    await rm(unwritten.pictureFolder);
  });

  it("leaves the newest hundred", async () => {
    const { chat, pictureFolder } = openTerminal();
    for (let index = 0; index < 103; index += 1)
      await chat.post([
        {
          ...alert,
          message: { text: "x", picture: { name: `n${index}.png`, alt: "", drawing: LIMITS } },
        },
      ]);
    const names = await readdir(pictureFolder);
    expect(names).toHaveLength(100);
    expect(names.some((name) => name.endsWith("-n2.png"))).toBe(false);
    expect(names.some((name) => name.endsWith("-n102.png"))).toBe(true);
    await rm(pictureFolder, { recursive: true });
  });
});
