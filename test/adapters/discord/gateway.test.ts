import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/adapters/system/clock.ts";
import type { Clock } from "../../../src/ports.ts";
import { alert, ann, openDesk, type Desk } from "../../support/discord/desk.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ heartbeatMs: 300 });
});
afterEach(async () => desk.close());

describe("the gateway connection", () => {
  it("is made without privileged intents, and kept with heartbeats", async () => {
    await desk.chat.start();
    expect(desk.chat.state()).toBe("connected");
    expect(desk.discord.gateway.identifies).toMatchObject([
      { token: desk.discord.token, intents: 1 | (1 << 9) | (1 << 10) },
    ]);
    await desk.discord.until("three heartbeats", () => desk.discord.gateway.heartbeats.length >= 3);
  });

  it("is resumed after a cut, and a command given meanwhile is run", async () => {
    await desk.chat.start();
    desk.discord.gateway.drop({ resumable: true });
    const used = desk.discord.slash(ann, "positions");
    const shown = await desk.discord.answer(used, 10_000);
    expect(shown.content).toBe("did /positions");
    expect(desk.discord.gateway.resumes).toHaveLength(1);
    expect(desk.discord.gateway.identifies).toHaveLength(1);
    expect(desk.chat.state()).toBe("connected");
  });

  it("is resumed when Discord asks the bot to reconnect", async () => {
    await desk.chat.start();
    desk.discord.gateway.askToReconnect();
    await desk.discord.until("a resume", () => desk.discord.gateway.resumes.length === 1);
    await desk.discord.answer(desk.discord.slash(ann, "positions"));
    expect(desk.discord.gateway.identifies).toHaveLength(1);
  });

  it("begins a new session when the old one is invalid", async () => {
    await desk.chat.start();
    desk.discord.gateway.drop({ resumable: false });
    await desk.discord.until("a new session", () => desk.discord.gateway.identifies.length === 2, 15_000);
    await desk.discord.answer(desk.discord.slash(ann, "positions"));
    expect(desk.chat.state()).toBe("connected");
  }, 20_000);

  it("is cut and made anew when the link is frozen", async () => {
    await desk.chat.start();
    desk.discord.gateway.frozen = true;
    await desk.discord.until("the zombie to be dropped", () => desk.discord.gateway.closes.length > 0, 5000);
    desk.discord.gateway.frozen = false;
    await desk.discord.until("a resume", () => desk.discord.gateway.resumes.length === 1, 5000);
    await desk.discord.answer(desk.discord.slash(ann, "positions"));
    expect(desk.chat.state()).toBe("connected");
  });

  it("does not act on a command that arrives after Discord has shown it as failed, and says so", async () => {
    await desk.chat.start();
    const late = desk.discord.slash(ann, "positions", {}, 5000);
    const urgent = desk.discord.slash(ann, "kill", {}, 5000);
    expect((await desk.discord.message("too late")).content).toContain(
      "/positions reached AlphaFlow too late",
    );
    await desk.discord.message("did /kill");
    expect(desk.bus.requests.map((request) => request.deliveryId)).toEqual([urgent.id]);
    expect(late.callback).toBeNull();
  });

  it("is made anew when discord.js waits for an answer that never comes", async () => {
    const startedAtMs = Date.now();
    const fast: Clock = {
      nowMs: () => startedAtMs + (Date.now() - startedAtMs) * 100,
      sleep: (ms, signal) => systemClock.sleep(ms / 100, signal),
    };
    const chat = desk.another({ clock: fast });
    await chat.start();
    desk.discord.gateway.ignoringResumes = true;
    desk.discord.gateway.drop({ resumable: true });
    await desk.discord.until("a resume", () => desk.discord.gateway.resumes.length === 1);
    await desk.discord.until("a new session", () => desk.discord.gateway.identifies.length === 2, 10_000);
    await expect.poll(() => chat.state()).toBe("connected");
  });

  it("is not given up when there is nothing to connect to at the start", async () => {
    desk.discord.gateway.refusing = true;
    await desk.chat.start();
    expect(desk.chat.state()).toBe("connecting");
    desk.discord.gateway.refusing = false;
    await desk.discord.connected(10_000);
    await desk.discord.answer(desk.discord.slash(ann, "positions"));
    expect(desk.chat.state()).toBe("connected");
  });

  it("is not given up when the whole of Discord is away at the start, and the commands are registered later", async () => {
    desk.discord.fail({ path: /./, kind: "refuse", times: 2 });
    await desk.chat.start();
    expect(desk.chat.state()).toBe("connecting");
    await desk.discord.until("commands", () => desk.discord.commands().length > 0, 10_000);
    await desk.discord.connected(10_000);
  }, 20_000);

  it.each([4004, 4013, 4014])(
    "is refused for good at the start by close code %i, in one line that names the variable",
    async (code) => {
      desk.discord.gateway.closing = code;
      await expect(desk.chat.start()).rejects.toThrow(/^DISCORD_TOKEN: [^\n]+$/);
      expect(desk.chat.state()).toBe("down");
    },
  );

  it("is down, with one line that names the variable, when the token is taken away later", async () => {
    await desk.chat.start();
    desk.discord.gateway.closeAll(4004);
    await expect.poll(() => desk.chat.state()).toBe("down");
    const errors = desk.log.lines.filter(({ level }) => level === "error").map(({ text }) => text);
    expect(errors).toEqual([expect.stringMatching(/^DISCORD_TOKEN: /)]);
    await desk.chat.post([alert("a", { text: "still there" })]);
  });

  it("survives interactions that no documentation describes", async () => {
    await desk.chat.start();
    for (const odd of [
      {},
      { id: 1 },
      { id: "1", token: "t", type: 2, data: { name: "positions", type: 1 } },
      { type: 99 },
    ])
      desk.discord.gateway.dispatch("INTERACTION_CREATE", odd);
    await desk.discord.answer(desk.discord.slash(ann, "positions"));
    expect(desk.bus.requests).toHaveLength(1);
  });

  it("is closed for good by stop, also in the middle of reconnecting", async () => {
    await desk.chat.start();
    desk.discord.gateway.refusing = true;
    desk.discord.gateway.drop({ resumable: true });
    await expect.poll(() => desk.chat.state()).toBe("connecting");
    await desk.chat.stop();
    expect(desk.chat.state()).toBe("down");
    const attempts = desk.discord.gateway.handshakes;
    desk.discord.gateway.refusing = false;
    await new Promise((done) => setTimeout(done, 1500));
    expect(desk.discord.gateway.handshakes).toBe(attempts);
  });

  it("is given up by stop in the middle of a handshake, which may fail later without harm", async () => {
    await desk.chat.start();
    desk.discord.gateway.stalling = true;
    desk.discord.gateway.drop({ resumable: true });
    const socket = await desk.discord.until("a stalled handshake", () => desk.discord.gateway.stalled[0]);
    await desk.chat.stop();
    // Without a listener for it, the client's error would end this process.
    const gone = once(socket, "close");
    socket.destroy();
    await gone;
    await new Promise((done) => setTimeout(done, 200));
    expect(desk.chat.state()).toBe("down");
  });
});
