import { describe, expect, it } from "vitest";
import { barCloseMs, daysForBars, exchangeDay, exchangeTimeMs, inSession } from "../../src/core/calendar.ts";

const at = (text: string): number => Date.parse(text);
const session = (
  date: string,
  open: string,
  close: string,
): [string, { date: string; openMs: number; closeMs: number }] => [
  date,
  { date, openMs: exchangeTimeMs(date, open), closeMs: exchangeTimeMs(date, close) },
];
const bar = (time: string) => ({ time: at(time), open: 1, high: 1, low: 1, close: 1, volume: 1 });

describe("New York time", () => {
  it.each([
    ["2026-01-05", "09:30", "2026-01-05T14:30:00Z"],
    ["2026-07-06", "09:30", "2026-07-06T13:30:00Z"],
    // The clocks change on Sunday 8 March and Sunday 1 November 2026, at 2 in the morning.
    ["2026-03-06", "16:00", "2026-03-06T21:00:00Z"],
    ["2026-03-09", "09:30", "2026-03-09T13:30:00Z"],
    ["2026-11-02", "09:30", "2026-11-02T14:30:00Z"],
    ["2026-11-27", "13:00", "2026-11-27T18:00:00Z"],
  ])("on %s at %s is %s", (date, time, utc) => {
    expect(new Date(exchangeTimeMs(date, time)).toISOString().replace(".000", "")).toBe(utc);
  });

  it("names the exchange's day of an instant late in the New York evening", () => {
    expect(exchangeDay(at("2026-01-06T03:00:00Z"))).toBe("2026-01-05");
  });
});

describe("when a bar is closed", () => {
  const sessions = new Map([
    session("2026-11-25", "09:30", "16:00"),
    session("2026-11-27", "09:30", "13:00"),
  ]);

  it("is its start and its length, within a day", () => {
    expect(barCloseMs(at("2026-11-25T14:30:00Z"), "15Min", sessions)).toBe(at("2026-11-25T14:45:00Z"));
  });

  it("is the close of the session for a daily bar, half days too", () => {
    expect(barCloseMs(at("2026-11-25T05:00:00Z"), "1Day", sessions)).toBe(at("2026-11-25T21:00:00Z"));
    expect(barCloseMs(at("2026-11-27T05:00:00Z"), "1Day", sessions)).toBe(at("2026-11-27T18:00:00Z"));
  });

  it("leaves bars before the open and after the close to nobody, and keeps the hour that the open is in", () => {
    expect(inSession(bar("2026-11-25T14:29:00Z"), "1Min", sessions)).toBe(false);
    expect(inSession(bar("2026-11-25T14:30:00Z"), "1Min", sessions)).toBe(true);
    expect(inSession(bar("2026-11-25T14:00:00Z"), "1Hour", sessions)).toBe(true);
    expect(inSession(bar("2026-11-25T21:00:00Z"), "1Min", sessions)).toBe(false);
    expect(inSession(bar("2026-11-27T18:00:00Z"), "1Min", sessions)).toBe(false);
  });

  it("asks for enough days that 500 bars of 15 minutes are among them: 20 sessions, 28 days, a week more", () => {
    expect(daysForBars(500, "15Min")).toBe(35);
    expect(daysForBars(500, "1Day")).toBe(707);
  });
});
