import { describe, expect, it } from "vitest";
import { maCrossover } from "../../src/core/strategies/ma-crossover.ts";
import type { CandleDrawing, Message } from "../../src/message.ts";
import type { ChartView } from "../../src/ports.ts";
import { money } from "../../src/core/money.ts";
import { busBench, VIV } from "../support/command-bus.ts";
import { walk } from "../support/drawings.ts";
import { testPositionView } from "../support/fake-desk.ts";

const SERIES = walk(40, 185.5, "15Min");
const BARS = Array.from({ length: SERIES.length }, (_, t) => ({
  time: SERIES.time[t]!,
  open: SERIES.open[t]!,
  high: SERIES.high[t]!,
  low: SERIES.low[t]!,
  close: SERIES.close[t]!,
  volume: SERIES.volume[t]!,
}));

function view(changes: Partial<ChartView> = {}): ChartView {
  return {
    symbol: "AAPL",
    timeframe: "15Min",
    bars: BARS,
    strategyId: null,
    plot: null,
    fills: [],
    positions: [],
    price: 191.5,
    ...changes,
  };
}

async function asked(text: string, chart: ChartView | undefined): Promise<Message> {
  const bench = busBench();
  bench.desk.chart = chart;
  return bench.say(text, VIV);
}

function drawing(message: Message): CandleDrawing {
  if (message.picture?.drawing.kind !== "candles") throw new Error("no candles");
  return message.picture.drawing;
}

describe("/chart", () => {
  it("shows candles, averages, fills and the levels of what is open, and says them", async () => {
    const plot = maCrossover.plot({ fast_period: 10, slow_period: 30 }, SERIES, "15Min");
    const answer = await asked(
      "/chart AAPL",
      view({
        strategyId: "momentum",
        plot,
        positions: [testPositionView({ target: money(200) })],
        fills: [{ side: "buy", atMs: BARS[20]!.time + 1000, price: 185.5 }],
      }),
    );
    expect(answer).toMatchObject({
      title: "AAPL · 15Min · PAPER",
      text: "AAPL $191.50: long 5 @ $185.50 · +$30.00 (+3.23%) · +1.2R · stop $180.50 · target $200.00 · momentum.",
      tone: "good",
      picture: { name: "aapl-15min.png" },
    });
    expect(drawing(answer)).toMatchObject({
      title: "AAPL · 15Min · $191.50",
      subtitle: "long 5 @ $185.50 · +$30.00 (+3.23%) · +1.2R · momentum · PAPER",
      daily: false,
      levels: [
        { kind: "price", price: 191.5 },
        { kind: "entry", price: 185.5 },
        { kind: "stop", price: 180.5 },
        { kind: "target", price: 200 },
      ],
      marks: [{ side: "buy", price: 185.5 }],
    });
    const [fast] = drawing(answer).lines;
    expect(fast?.label).toBe("SMA 10");
    // Nine bars without a value; JSON knows no NaN.
    expect(fast?.values.slice(0, 10).map((value) => value === null)).toEqual([
      ...Array<boolean>(9).fill(true),
      false,
    ]);
    expect(answer.picture?.alt).toMatch(
      /^AAPL, 40 15Min bars: last \$191\.50, high \$\d+\.\d\d, low \$\d+\.\d\d, [+-]\d+\.\d\d% over the chart, with SMA 10, SMA 30, 1 purchase and 0 sales, long 5 @ \$185\.50/,
    );
  });

  it("asks the desk for the timeframe that was named, and offers the others", async () => {
    const answer = await asked("/chart aapl 1day", view());
    expect(answer.title).toBe("AAPL · 1Day · PAPER");
    expect(drawing(answer).daily).toBe(true);
    expect(answer.text).toBe("AAPL $191.50: no open position.");
    expect(answer.buttons?.map(({ command }) => command)).toEqual([
      "/chart AAPL 1Min",
      "/chart AAPL 5Min",
      "/chart AAPL 15Min",
      "/chart AAPL 30Min",
      "/chart AAPL 1Hour",
      "/why AAPL",
    ]);
  });

  it("says so where there are no bars, without a picture", async () => {
    const answer = await asked("/chart AAPL", view({ bars: [], price: null }));
    expect(answer.text).toBe("No 15Min bars of AAPL yet; no open position.");
    expect(answer).not.toHaveProperty("picture");
  });

  it("names what is wrong with a symbol or a timeframe, and what would be right", async () => {
    expect(await asked("/chart NOPE", undefined)).toMatchObject({
      refused: true,
      text: "unknown symbol NOPE",
    });
    expect((await asked("/chart AAPL 15Mins", view())).text).toMatch(/15Mins.*15Min/s);
    expect((await asked("/chart", view())).text).toMatch(/symbol/);
  });

  it("is a button beside each open position", async () => {
    const bench = busBench();
    bench.desk.positions = [testPositionView(), testPositionView({ id: "p2", strategyId: "manual" })];
    const answer = await bench.say("/positions", VIV);
    expect(answer.buttons?.map(({ command }) => command)).toEqual([
      "/close AAPL momentum",
      "/close AAPL manual",
      "/stop AAPL breakeven momentum",
      "/stop AAPL breakeven manual",
      "/chart AAPL",
    ]);
  });
});
