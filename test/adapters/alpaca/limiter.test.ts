import { describe, expect, it } from "vitest";
import { Limiter, LimiterFull } from "../../../src/adapters/alpaca/limiter.ts";

describe("the request limiter", () => {
  it("lets the whole budget through at once, and the next call when the window has moved on", async () => {
    const limiter = new Limiter(3, 200);
    const started = performance.now();
    for (let call = 0; call < 4; call += 1) await limiter.pass("exit", 5_000);
    expect(performance.now() - started).toBeGreaterThanOrEqual(190);
  });

  it("serves exits, stops, reconciling, entries, data in this order, whoever came first", async () => {
    const limiter = new Limiter(1, 60);
    await limiter.pass("exit", 5_000);
    const served: string[] = [];
    const lanes = ["data", "entry", "reconcile", "stop", "exit"] as const;
    await Promise.all(
      lanes.map(async (lane) => {
        await limiter.pass(lane, 5_000);
        served.push(lane);
      }),
    );
    expect(served).toEqual(["exit", "stop", "reconcile", "entry", "data"]);
  });

  it.each([
    // 200 × 0.5 = 100, 200 × 0.9 = 180, 200 × 1 = 200
    { lane: "data", calls: 100, spared: ["reconcile", "stop", "exit"] },
    { lane: "entry", calls: 100, spared: ["reconcile", "stop", "exit"] },
    { lane: "reconcile", calls: 180, spared: ["exit"] },
    { lane: "stop", calls: 180, spared: ["exit"] },
    { lane: "exit", calls: 200, spared: [] },
  ] as const)(
    "lets $calls of 200 requests be $lane, and spares the rest",
    async ({ lane, calls, spared }) => {
      const limiter = new Limiter(200, 60_000);
      for (let call = 0; call < calls; call += 1) await limiter.pass(lane, 100);
      await expect(limiter.pass(lane, 20)).rejects.toBeInstanceOf(LimiterFull);
      for (const other of spared) await expect(limiter.pass(other, 20)).resolves.toBeUndefined();
    },
  );

  it("says how long to wait when a call would come after its deadline, and forgets that call", async () => {
    const limiter = new Limiter(1, 60_000);
    await limiter.pass("exit", 10);
    const failure = await limiter.pass("exit", 20).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LimiterFull);
    expect(failure).toHaveProperty("retryAfterMs", expect.closeTo(60_000, -3));
  });

  it("holds everybody back for as long as a 429 asked", async () => {
    const limiter = new Limiter(10, 1_000);
    limiter.block(150);
    const started = performance.now();
    await limiter.pass("exit", 5_000);
    expect(performance.now() - started).toBeGreaterThanOrEqual(140);
  });

  it("has entries wait for what the broker says that others have used, counted once, and nothing that protects", async () => {
    const limiter = new Limiter(200, 60_000);
    await limiter.pass("data", 20);
    limiter.heard(120);
    limiter.heard(120);
    for (let call = 0; call < 20; call += 1) await limiter.pass("entry", 20);
    await expect(limiter.pass("entry", 20)).rejects.toBeInstanceOf(LimiterFull);
    limiter.heard(0);
    await expect(limiter.pass("data", 20)).rejects.toBeInstanceOf(LimiterFull);
    for (const lane of ["stop", "reconcile", "exit"] as const)
      for (let call = 0; call < 50; call += 1) await limiter.pass(lane, 20);
  });

  it("takes no more from what it hears than it has sent itself, and nothing from a larger budget", async () => {
    const limiter = new Limiter(200, 60_000);
    for (let call = 0; call < 99; call += 1) await limiter.pass("entry", 20);
    limiter.heard(101);
    limiter.heard(981);
    await limiter.pass("entry", 20);
    await expect(limiter.pass("entry", 20)).rejects.toBeInstanceOf(LimiterFull);
  });
});
