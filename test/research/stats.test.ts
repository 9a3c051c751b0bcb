import { describe, expect, it } from "vitest";
import { dailyReturns, maxDrawdown } from "../../src/core/performance.ts";
import { computeStats } from "../../src/research/stats.ts";
import { TradeLog } from "../../src/research/trade-log.ts";

const DAY_MS = 86_400_000;

function logOf(...pnls: readonly number[]): TradeLog {
  const log = new TradeLog();
  for (const [index, pnl] of pnls.entries())
    log.push({
      entryBar: index * 3,
      exitBar: index * 3 + 1,
      entryPrice: 100,
      exitPrice: 100 + pnl,
      size: 1,
      stop: 0,
      commission: 0,
      exitReason: "signal",
    });
  return log;
}

/** Equity at the close of days in a row. */
function statsOf(daily: readonly number[], log = logOf()) {
  const time = Float64Array.from(daily, (_, day) => day * DAY_MS);
  return computeStats(daily[0] ?? 0, time, Float64Array.from(daily), log);
}

describe("drawdown", () => {
  it.each([
    [[100, 120, 90, 130, 117], -0.25], // 90 / 120 − 1
    [[100, 90, 120, 96, 84], -0.3], // 84 / 120 − 1
    [[100, 101, 102], 0],
    [[], 0],
  ])("of %j is %d", (equity, expected) => {
    expect(maxDrawdown(Float64Array.from(equity))).toBeCloseTo(expected, 12);
  });
});

describe("daily returns", () => {
  it("compare the last equity of each UTC day that has bars", () => {
    const hours = [0, 5, 23, 24, 47, 100, 101];
    const time = Float64Array.from(hours, (hour) => hour * 3_600_000);
    const equity = Float64Array.from([1, 2, 100, 7, 110, 3, 99]);
    expect(dailyReturns(time, equity)).toEqual([110 / 100 - 1, 99 / 110 - 1]);
  });

  it("find the end of long days", () => {
    const time = Float64Array.from({ length: 1440 * 3 + 7 }, (_, minute) => minute * 60_000);
    const equity = Float64Array.from(time, (ms) => ms + 1);
    const last = [1439, 2879, 4319, 4326].map((minute) => minute * 60_000 + 1);
    expect(dailyReturns(time, equity)).toEqual(last.slice(1).map((each, day) => each / (last[day] ?? 0) - 1));
  });
});

describe("ratios", () => {
  it("are annualised as backtesting.py does", () => {
    const daily = [100, 101, 100.5, 102, 101, 103];
    const returns = daily.slice(1).map((each, day) => each / (daily[day] ?? 0) - 1);
    const growth = (103 / 100) ** (1 / 5);
    const average = returns.reduce((sum, each) => sum + each, 0) / 5;
    const variance = returns.reduce((sum, each) => sum + (each - average) ** 2, 0) / 4;
    const annual = growth ** 252 - 1;
    const volatility = Math.sqrt((variance + growth ** 2) ** 252 - growth ** 504);
    const downside = Math.sqrt(((returns[1] ?? 0) ** 2 + (returns[3] ?? 0) ** 2) / 5) * Math.sqrt(252);
    const stats = statsOf(daily);
    expect(stats.annualReturnPercent).toBeCloseTo(annual * 100, 8);
    expect(stats.annualVolatilityPercent).toBeCloseTo(volatility * 100, 8);
    expect(stats.sharpe).toBeCloseTo(annual / volatility, 10);
    expect(stats.sortino).toBeCloseTo(annual / downside, 10);
    expect(stats.returnPercent).toBeCloseTo(3, 12);
  });

  it("are null where they are not defined", () => {
    expect(statsOf([100, 100, 100])).toMatchObject({
      sharpe: null,
      sortino: null,
      annualReturnPercent: 0,
      maxDrawdownPercent: 0,
      winRatePercent: null,
      profitFactor: null,
      exposurePercent: 0,
    });
    expect(statsOf([100])).toMatchObject({
      sharpe: null,
      sortino: null,
      annualReturnPercent: null,
      annualVolatilityPercent: null,
    });
    expect(statsOf([100, 101]).annualVolatilityPercent).toBeNull();
    expect(statsOf([100, 101, 103]).sortino).toBeNull();
  });

  it("count money, and a win only above zero", () => {
    // Won 30 + 10, lost 20; the trade without a result is no win. Two bars each of eight.
    const stats = statsOf(
      [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111],
      logOf(30, -20, 0, 10),
    );
    expect(stats).toMatchObject({ profitFactor: 2, winRatePercent: 50, trades: 4 });
    expect(stats.exposurePercent).toBeCloseTo((8 / 12) * 100, 12);
    expect(statsOf([100, 101], logOf(5)).profitFactor).toBeNull();
  });
});

describe("the trade log", () => {
  it("keeps every trade as it grows", () => {
    const log = logOf(...Array.from({ length: 1000 }, (_, index) => index - 500));
    expect(log.all().map((trade) => trade.pnl)).toEqual(
      Array.from({ length: 1000 }, (_, index) => index - 500),
    );
    expect(log.all()[999]).toMatchObject({ entryBar: 2997, exitBar: 2998, stop: null, exitReason: "signal" });
  });
});
