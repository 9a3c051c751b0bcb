import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.ts";
import { isoTime } from "../../src/core/iso-time.ts";
import { parseCsv } from "../../src/research/csv.ts";

const HEADER = "time,open,high,low,close,volume";
const ROW = "2004-08-19T00:00:00Z,100,104.06,95.96,100.34,22351900";

function faultOf(text: string): string {
  try {
    parseCsv("bars.csv", text);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "no fault";
}

describe("bars from CSV", () => {
  it("are read into columns", () => {
    const series = parseCsv(
      "bars.csv",
      `${HEADER}\n${ROW}\n2004-08-20T13:30:05Z,101.01,109.08,100.5,108.31,0.5\n`,
    );
    expect(series.length).toBe(2);
    expect([...series.time]).toEqual([
      Date.parse("2004-08-19T00:00:00Z"),
      Date.parse("2004-08-20T13:30:05Z"),
    ]);
    expect([...series.open]).toEqual([100, 101.01]);
    expect([...series.high]).toEqual([104.06, 109.08]);
    expect([...series.low]).toEqual([95.96, 100.5]);
    expect([...series.close]).toEqual([100.34, 108.31]);
    expect([...series.volume]).toEqual([22_351_900, 0.5]);
  });

  it.each([
    ["Windows line ends", `${HEADER}\r\n${ROW}\r\n`],
    ["no line end at the end", `${HEADER}\n${ROW}`],
    ["empty lines at the end", `${HEADER}\n${ROW}\n\n\r\n`],
    ["a byte order mark", `\uFEFF${HEADER}\n${ROW}\n`],
    ["exponents", `${HEADER}\n2004-08-19T00:00:00Z,1e2,1.0406e2,95.96,100.34,2.23519e7\n`],
    [
      "more digits than a double holds",
      `${HEADER}\n2004-08-19T00:00:00Z,100.00000000000000001,104.06,95.96,100.34,22351900\n`,
    ],
    ["milliseconds", `${HEADER}\n2004-08-19T00:00:00.000Z,100,104.06,95.96,100.34,22351900\n`],
    ["an offset of zero", `${HEADER}\n2004-08-19T00:00:00+00:00,100,104.06,95.96,100.34,22351900\n`],
    ["a date alone", `${HEADER}\n2004-08-19,100,104.06,95.96,100.34,22351900\n`],
  ])("may have %s", (_name, text) => {
    const series = parseCsv("bars.csv", text);
    expect(series.length).toBe(1);
    expect(series.time[0]).toBe(Date.parse("2004-08-19T00:00:00Z"));
    expect(series.open[0]).toBe(100);
    expect(series.high[0]).toBe(104.06);
  });

  it("are the very doubles and times that were written", () => {
    const price = fc.double({ min: 1e-6, max: 1e9, noNaN: true });
    const at = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => seconds * 1000);
    fc.assert(
      fc.property(at, fc.array(price, { minLength: 4, maxLength: 4 }), price, (ms, prices, volume) => {
        const [low = 1, close = 1, open = 1, high = 1] = prices.sort((a, b) => a - b);
        const series = parseCsv(
          "bars.csv",
          `${HEADER}\n${[isoTime(ms), open, high, low, close, volume].join(",")}\n`,
        );
        expect([
          series.time[0],
          series.open[0],
          series.high[0],
          series.low[0],
          series.close[0],
          series.volume[0],
        ]).toEqual([ms, open, high, low, close, volume]);
      }),
    );
  });
});

describe("a faulty CSV is refused with line and column", () => {
  const rows = (...lines: string[]): string => [HEADER, ...lines].join("\n");

  it.each<readonly [string, string]>([
    ["", "bars.csv line 1, column 1: found nothing, expected the header time,open,high,low,close,volume"],
    [
      "date,open,high,low,close,volume\n",
      'bars.csv line 1, column 1: found "date", expected the header time,open,high,low,close,volume',
    ],
    [
      "time,open,high,low,volume,close\n",
      'bars.csv line 1, column 5: found "volume", expected the header time,open,high,low,close,volume',
    ],
    [
      "time,open,high,low,close\n",
      "bars.csv line 1, column 6: found nothing, expected the header time,open,high,low,close,volume",
    ],
    [
      `${HEADER},vwap\n`,
      'bars.csv line 1, column 7: found "vwap", expected the header time,open,high,low,close,volume',
    ],
    [rows(), "bars.csv line 2: no bars, expected at least one after the header"],
    [rows(ROW, "2004-08-20T00:00:00Z,100,104,95,NaN,1"), "bars.csv line 3, column close: NaN is not a price"],
    [rows("2004-08-20T00:00:00Z,,104,95,100,1"), "bars.csv line 2, column open: nothing is not a price"],
    [rows("2004-08-20T00:00:00Z,100,104,0,100,1"), "bars.csv line 2, column low: 0 is not a price"],
    [rows("2004-08-20T00:00:00Z,100,104,-95,100,1"), "bars.csv line 2, column low: -95 is not a price"],
    [
      rows("2004-08-20T00:00:00Z,100,1e999,95,100,1"),
      "bars.csv line 2, column high: Infinity is not a price",
    ],
    [rows("2004-08-20T00:00:00Z,100,1.2.3,95,100,1"), "bars.csv line 2, column high: 1.2.3 is not a price"],
    [rows("2004-08-20T00:00:00Z,100,99,95,98,1"), "bars.csv line 2, column high: 99 is below the open 100"],
    [rows("2004-08-20T00:00:00Z,100,104,95,100,x"), "bars.csv line 2, column volume: x is not a volume"],
    [rows("2004-08-20T00:00:00Z,100,104,95,100,-1"), "bars.csv line 2, column volume: -1 is not a volume"],
    [
      rows("2004-08-20T00:00:00Z,100,104,95,100"),
      "bars.csv line 2, column volume: missing, expected time,open,high,low,close,volume",
    ],
    [rows("2004-08-20T00:00:00Z,100,104,95,100,1,2"), 'bars.csv line 2, column 7: "2" is one value too many'],
    [rows(`${ROW},`), 'bars.csv line 2, column 7: "" is one value too many'],
    [rows(`${ROW},\r\n`), 'bars.csv line 2, column 7: "" is one value too many'],
    [rows(`${ROW},`, ROW), 'bars.csv line 2, column 7: "" is one value too many'],
    [rows(ROW, "", ROW), "bars.csv line 3, column time: the line is empty"],
    [rows(ROW, ROW), "bars.csv line 3, column time: 2004-08-19T00:00:00Z is already on line 2"],
    [
      rows(ROW, "2004-08-18T00:00:00Z,100,104,95,100,1"),
      "bars.csv line 3, column time: 2004-08-18T00:00:00Z is out of order: line 2 has 2004-08-19T00:00:00Z",
    ],
    ...[
      "2004-02-30T00:00:00Z",
      "2004-08-19T24:00:00Z",
      "2004-08-19T24:00",
      "2004-08-19T24:01:00Z",
      "2004-08-19T00:60:00Z",
      "2004-08-19T00:00:00",
      "2004-08-19T00:00:00+02:00",
      "19.08.2004",
    ].map(
      (time) =>
        [
          rows(`${time},100,104,95,100,1`),
          `bars.csv line 2, column time: ${time} is not an ISO-8601 time in UTC (2004-08-19T13:30:00Z)`,
        ] as const,
    ),
  ])("%j", (text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });
});
