import { describe, expect, it } from "vitest";
import { exchangeTimeMs } from "../../src/core/calendar.ts";
import {
  dueDaily,
  dueWeekly,
  mondayOf,
  parseReportTime,
  reportDueMs,
} from "../../src/core/report-schedule.ts";

const HALF_DAYS = new Set(["2026-11-27", "2026-12-24"]);
const HOLIDAYS = new Set(["2026-11-26", "2026-12-25", "2027-01-01", "2026-07-03", "2026-04-03"]);

/** Regular sessions of New York between two days, half days and holidays of 2026 included. */
function sessions(from: string, to: string): { date: string; openMs: number; closeMs: number }[] {
  const list = [];
  for (let ms = Date.parse(from); ms <= Date.parse(to); ms += 86_400_000) {
    const date = new Date(ms).toISOString().slice(0, 10);
    const weekday = new Date(ms).getUTCDay();
    if (weekday === 0 || weekday === 6 || HOLIDAYS.has(date)) continue;
    const close = HALF_DAYS.has(date) ? "13:00" : "16:00";
    list.push({ date, openMs: exchangeTimeMs(date, "09:30"), closeMs: exchangeTimeMs(date, close) });
  }
  return list;
}

const due = (date: string, time: string): string => {
  const [session] = sessions(date, date);
  const ms = session === undefined ? undefined : reportDueMs(session, time);
  return ms === undefined ? "never" : new Date(ms).toISOString();
};

describe("a report is due", () => {
  it.each([
    // day, time, instant (UTC)
    ["2026-11-24", "close", "2026-11-24T21:05:00.000Z"], // 16:05 EST
    ["2026-11-24", "16:30", "2026-11-24T21:30:00.000Z"],
    ["2026-11-24", "16:00", "2026-11-24T21:00:00.000Z"],
    ["2026-11-24", "23:59", "2026-11-25T04:59:00.000Z"],
    ["2026-11-24", "off", "never"],
    ["2026-11-27", "close", "2026-11-27T18:05:00.000Z"], // half day, 13:05 EST
    ["2026-11-27", "16:30", "2026-11-27T21:30:00.000Z"],
    // The last Friday of summer time and the first Monday after: the same wall clock, an hour apart in UTC.
    ["2026-10-30", "16:30", "2026-10-30T20:30:00.000Z"],
    ["2026-11-02", "16:30", "2026-11-02T21:30:00.000Z"],
    ["2026-10-30", "close", "2026-10-30T20:05:00.000Z"],
    ["2026-11-02", "close", "2026-11-02T21:05:00.000Z"],
    ["2026-03-06", "16:30", "2026-03-06T21:30:00.000Z"],
    ["2026-03-09", "16:30", "2026-03-09T20:30:00.000Z"],
  ])("on %s, %s: %s", (date, time, instant) => {
    expect(due(date, time)).toBe(instant);
  });
});

describe("daily reports", () => {
  const list = sessions("2026-11-16", "2026-12-04");
  const told = (after: string, now: string, time = "close"): string[] =>
    dueDaily(list, time, Date.parse(after), Date.parse(now)).map(({ date }) => date);

  it("come once each, oldest first, after an outage of days", () => {
    expect(told("2026-11-24T21:05:00Z", "2026-12-01T21:04:59Z")).toEqual([
      "2026-11-25",
      "2026-11-27",
      "2026-11-30",
    ]);
  });

  it("are due from the very instant on, and told ones are not told again", () => {
    expect(told("2026-11-24T20:00:00Z", "2026-11-24T21:04:59Z")).toEqual([]);
    expect(told("2026-11-24T20:00:00Z", "2026-11-24T21:05:00Z")).toEqual(["2026-11-24"]);
    expect(told("2026-11-24T21:05:00Z", "2026-11-24T21:05:00Z")).toEqual([]);
  });

  it("do not come on holidays and weekends", () => {
    expect(told("2026-11-25T21:05:00Z", "2026-11-26T23:59:00Z")).toEqual([]);
    expect(told("2026-11-27T18:05:00Z", "2026-11-30T12:00:00Z")).toEqual([]);
  });

  it("do not come when they are off", () => {
    expect(told("2026-11-16T00:00:00Z", "2026-12-01T00:00:00Z", "off")).toEqual([]);
  });
});

describe("weekly summaries", () => {
  const list = sessions("2026-03-02", "2026-12-31");
  const told = (after: string, now: string): string[] =>
    dueWeekly(list, "close", Date.parse(after), Date.parse(now)).map(({ date }) => date);

  it.each([
    ["an ordinary Friday", "2026-11-20", "2026-11-14T00:00:00Z", "2026-11-21T00:00:00Z"],
    ["the half day after Thanksgiving", "2026-11-27", "2026-11-21T00:00:00Z", "2026-11-27T18:05:00Z"],
    ["a Thursday before Good Friday", "2026-04-02", "2026-03-28T00:00:00Z", "2026-04-02T20:05:00Z"],
    ["a Thursday before a Friday holiday", "2026-07-02", "2026-06-27T00:00:00Z", "2026-07-02T20:05:00Z"],
    ["the half day before Christmas", "2026-12-24", "2026-12-19T00:00:00Z", "2026-12-24T18:05:00Z"],
    ["the Friday before the clocks change", "2026-10-30", "2026-10-24T00:00:00Z", "2026-10-30T20:05:00Z"],
  ])("come after %s", (_what, date, after, now) => {
    expect(told(after, now)).toEqual([date]);
    expect(told(after, new Date(Date.parse(now) - 86_400_000).toISOString()).includes(date)).toBe(false);
  });

  it("do not take the end of the known calendar for the end of a week", () => {
    const short = sessions("2026-11-16", "2026-11-18");
    expect(dueWeekly(short, "close", 0, Date.parse("2026-11-19T00:00:00Z"))).toEqual([]);
  });

  it("belong to the week of their Monday", () => {
    expect(["2026-11-22", "2026-11-23", "2026-11-29"].map(mondayOf)).toEqual([
      "2026-11-16",
      "2026-11-23",
      "2026-11-23",
    ]);
  });
});

describe("the time of a report", () => {
  it.each([
    ["16:30", { time: "16:30" }],
    ["CLOSE", { time: "close" }],
    [" off ", { time: "off" }],
    ["16:00", { time: "16:00" }],
  ])("%s is read", (text, read) => {
    expect(parseReportTime(text)).toEqual(read);
  });

  it.each([
    ["9:30", "before the market's close at 16:00 New York"],
    ["15:59", "before the market's close"],
    ["24:00", "is no time; write 16:30"],
    ["4pm", "4pm is no time"],
    ["", "is no time"],
  ])("%s is refused: %s", (text, problem) => {
    expect(parseReportTime(text)).toEqual({ problem: expect.stringContaining(problem) });
  });
});
