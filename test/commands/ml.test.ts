import { describe, expect, it } from "vitest";
import type { Actor } from "../../src/commands/contract.ts";
import type { Message } from "../../src/message.ts";
import { busBench, TOM, VIV, wordsOf } from "../support/command-bus.ts";
import { T0 } from "../support/fake-desk.ts";
import { leaps } from "../research/filter/market.ts";

const BARS = leaps(140, true);
const TRAIN = "/ml train quick_test AAPL days=3 threshold=0.007 stop_atr=20 spread=0.01 ml_filter=0.6";

function bench() {
  const found = busBench();
  const warmups: number[] = [];
  found.desk.pastBars = ({ symbols, warmupBars }) => {
    warmups.push(warmupBars);
    return {
      kind: "done",
      text: "",
      value: { fromMs: 0, bars: new Map(symbols.map((symbol) => [symbol, BARS])) },
    };
  };
  return {
    say: (text: string, actor: Actor): Promise<Message> => found.say(text, actor),
    ledger: found.ledger.ledger,
    /** Bars before the period, of each fetch. */
    warmups,
  };
}

describe("/ml", () => {
  it("trains off the bot's own thread, tells the verdict first, keeps the version, and status and compare show it", async () => {
    const { say, ledger, warmups } = bench();
    const trained: Message = await say(TRAIN, TOM);
    expect(trained.title).toBe("Signal filter · model 1 · quick_test · 1Min");
    expect(trained.text).toMatch(/^At 0\.60 the filter beats no filter: \+/);
    expect(trained.table?.rows.map(([filter]) => filter)).toEqual(["none", "0.60", "0.50", "0.70"]);
    expect(wordsOf(trained)).toMatch(/Calibration, out of fold: .*told \d+%, won \d+%/);
    expect(wordsOf(trained)).toContain("win rate alone");
    const row = await ledger.filterModel(1);
    expect(row).toMatchObject({
      strategyId: "quick_test",
      timeframe: "1Min",
      params: { threshold: 0.007 },
      symbols: ["AAPL"],
      settings: ["stop_atr=20", "spread=0.01"],
      createdBy: "tom",
    });
    expect(row?.model.calibration?.slope).toBeGreaterThan(0);

    expect(await say("/ml compare quick_test", VIV)).toEqual(trained);
    expect((await say("/ml compare quick_test model=2", VIV)).text).toBe(
      "there is no model 2 of quick_test; /ml status quick_test lists them",
    );
    const status = await say("/ml status", VIV);
    expect(status.table?.rows[0]?.slice(0, 3)).toEqual(["1", "quick_test", "1Min"]);
    expect(status.table?.rows[0]?.at(-1)).toBe("at 0.60");

    // The backtest of the chat asks the same model.
    const test = "/backtest quick_test AAPL days=3 threshold=0.007 stop_atr=20 ml_filter=0.6";
    expect((await say(test, TOM)).text).toMatch(
      /^bars of this period trained model 1 \(AAPL, 2026-01-0\dT.*; fewer days=.*in_sample=yes/,
    );
    const tested = await say(`${test} in_sample=yes`, TOM);
    expect(tested.text).toMatch(/^IN SAMPLE: bars of this period trained model 1 /);
    expect(tested.footer).toContain("Signal filter: ml_filter=0.6 ml_model=1");
    expect(tested.picture?.alt).toContain("IN SAMPLE");
    expect(wordsOf(tested)).toMatch(/entries refused; the last: ml (0\.\d\d of 0\.60|: )/);
    // On features that exist from its first bar on, as live and in the training.
    expect(new Set(warmups)).toEqual(new Set([100]));
  }, 120_000);

  it("keeps the newest days from training where they are to test on", async () => {
    const { say, ledger } = bench();
    expect((await say(`${TRAIN} test_days=3`, TOM)).text).toBe(
      "test_days=3 leaves nothing of 3 days to train on",
    );
    const toMs = T0 - 206 * 86_400_000;
    expect(BARS.at(-1)?.time).toBeGreaterThan(toMs);
    await say(`${TRAIN.replace("days=3", "days=300")} test_days=206`, TOM);
    expect((await ledger.filterModel(1))?.trainedToMs).toBeLessThan(toMs);
  }, 120_000);

  it("is for traders to train, and refuses what cannot teach anything", async () => {
    const { say } = bench();
    expect((await say(TRAIN, VIV)).text).toContain("needs the role trader");
    expect((await say("/ml train quick_test AAPL days=3 threshold=0.9", TOM)).text).toMatch(
      /^0 finished BUYs of quick_test on AAPL after the first 100 bars: expected at least 100/,
    );
    expect((await say("/ml train quick_test AAPL validation=guess", TOM)).text).toMatch(/walk_forward/);
    expect((await say("/ml train quick_test AAPL days=5000", TOM)).text).toMatch(/alphaflow ml train/);
    expect((await say("/ml compare momentum", VIV)).text).toBe(
      "no model of momentum yet; /ml train momentum SYMBOLS makes one",
    );
    expect((await say("/backtest quick_test AAPL ml_filter=0.7", TOM)).text).toMatch(
      /^no model of quick_test on 1Min has been trained with these parameters and exits; train one: \/ml train quick_test/,
    );
    expect(wordsOf(await say("/ml status", VIV))).toContain("No model yet");
  });
});
