import { afterEach, describe, expect, it } from "vitest";
import type { Strategy } from "../../../src/core/strategies/contract.ts";
import {
  ownStrategies,
  registerOwnStrategies,
  strategies,
  strategyById,
  unknownStrategy,
} from "../../../src/core/strategies/index.ts";
import { momentum } from "../../../src/core/strategies/momentum.ts";
import { busBench, TOM, VIV, wordsOf } from "../../support/command-bus.ts";

const BREAKOUT: Strategy = { ...momentum, id: "breakout", title: "Breakout" };

afterEach(() => {
  registerOwnStrategies({ loaded: [], leftOut: [] });
});

describe("own strategies", () => {
  it("stand after the built-in ones and are found by their ids", () => {
    const before = strategies.map(({ id }) => id);
    registerOwnStrategies({ loaded: [{ file: "breakout.ts", strategy: BREAKOUT }], leftOut: [] });
    expect(strategies.map(({ id }) => id)).toEqual([...before, "breakout"]);
    expect(strategyById("breakout")).toBe(BREAKOUT);
    expect(unknownStrategy("breakot")).toBe("unknown strategy breakot; did you mean breakout?");
    registerOwnStrategies({ loaded: [], leftOut: [] });
    expect(strategies.map(({ id }) => id)).toEqual(before);
  });

  it("are left out where their id is taken, by a built-in strategy or an earlier file", () => {
    const leftOut = [{ file: "broken.ts", reason: "unexpected end of file" }];
    registerOwnStrategies({
      loaded: [
        { file: "a.ts", strategy: BREAKOUT },
        { file: "b.ts", strategy: { ...BREAKOUT, title: "Another" } },
        { file: "c.ts", strategy: { ...BREAKOUT, id: "momentum" } },
      ],
      leftOut,
    });
    expect(strategyById("breakout")?.title).toBe("Breakout");
    expect(strategyById("momentum")).toBe(momentum);
    expect(ownStrategies().leftOut).toEqual([
      ...leftOut,
      { file: "b.ts", reason: "id breakout is taken by a.ts; choose another" },
      { file: "c.ts", reason: "id momentum is taken by a built-in strategy; choose another" },
    ]);
  });

  it("appear in /strategy list, info, autocomplete and the form of /strategy start", async () => {
    const bench = busBench();
    registerOwnStrategies({
      loaded: [{ file: "breakout.ts", strategy: BREAKOUT }],
      leftOut: [{ file: "broken.ts", reason: "unexpected end of file" }],
    });
    const list = await bench.say("/strategy list", VIV);
    expect(list.table?.rows.map(([id]) => id)).toContain("breakout");
    expect(list.footer).toContain("Left out: broken.ts: unexpected end of file");
    expect((await bench.say("/strategy info breakout", VIV)).title).toBe("Breakout (breakout)");
    expect(
      await bench.bus.suggest({ path: ["strategy", "start"], arg: "strategy", typed: "brea", actor: TOM }),
    ).toEqual(["breakout", "volatility_breakout"]);
    const form = bench.bus.commands.find(({ path }) => path.join(" ") === "strategy start")?.form;
    expect(form?.fields[0]?.choices).toContain("breakout");
  });

  it("are told in /health, with what was left out", async () => {
    registerOwnStrategies({
      loaded: [{ file: "breakout.ts", strategy: BREAKOUT }],
      leftOut: [{ file: "broken.ts", reason: "unexpected end of file" }],
    });
    const bench = busBench();
    bench.desk.health = { ...bench.desk.health, ownStrategies: ownStrategies() };
    const words = wordsOf(await bench.say("/health", VIV));
    expect(words).toContain("breakout");
    expect(words).toContain("broken.ts: unexpected end of file");
  });
});
