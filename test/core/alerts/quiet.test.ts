import { describe, expect, it } from "vitest";
import { isQuiet, parseQuiet, quietText } from "../../../src/core/alerts/quiet.ts";

const NY = "America/New_York";
const problemOf = (span: string, zone = NY): string => {
  const read = parseQuiet(span, zone);
  return "problem" in read ? read.problem : "accepted";
};
const quiet = (span: string, zone: string, at: string): boolean => {
  const read = parseQuiet(span, zone);
  if ("problem" in read) throw new Error(read.problem);
  return isQuiet(read, Date.parse(at));
};

describe("quiet hours", () => {
  it.each([
    // span, zone, instant (UTC), the clock there, quiet
    ["22:00-07:00", NY, "2026-11-24T02:59:59Z", "21:59", false],
    ["22:00-07:00", NY, "2026-11-24T03:00:00Z", "22:00", true],
    ["22:00-07:00", NY, "2026-11-24T05:00:00Z", "00:00", true],
    ["22:00-07:00", NY, "2026-11-24T11:59:59Z", "06:59", true],
    ["22:00-07:00", NY, "2026-11-24T12:00:00Z", "07:00", false],
    ["12:00-13:30", NY, "2026-11-24T17:00:00Z", "12:00", true],
    ["12:00-13:30", NY, "2026-11-24T18:30:00Z", "13:30", false],
    ["12:00-13:30", NY, "2026-11-24T04:00:00Z", "23:00", false],
    ["22-7", "Europe/Berlin", "2026-11-24T21:00:00Z", "22:00", true],
    ["22-7", "Europe/Berlin", "2026-11-24T06:00:00Z", "07:00", false],
    // Summer time ends on 2026-11-01 at 06:00 UTC: the hour from 1 to 2 comes twice, 7 o'clock is an hour later in UTC.
    ["22:00-07:00", NY, "2026-10-31T11:00:00Z", "07:00 EDT", false],
    ["22:00-07:00", NY, "2026-11-01T05:30:00Z", "01:30 EDT", true],
    ["22:00-07:00", NY, "2026-11-01T06:30:00Z", "01:30 EST", true],
    ["22:00-07:00", NY, "2026-11-01T11:30:00Z", "06:30 EST", true],
    ["22:00-07:00", NY, "2026-11-01T12:00:00Z", "07:00 EST", false],
    // It begins on 2026-03-08 at 07:00 UTC: from 2 to 3 there is nothing.
    ["02:30-03:30", NY, "2026-03-08T06:59:00Z", "01:59 EST", false],
    ["02:30-03:30", NY, "2026-03-08T07:00:00Z", "03:00 EDT", true],
    ["02:30-03:30", NY, "2026-03-08T07:30:00Z", "03:30 EDT", false],
    ["22:00-07:00", NY, "2026-03-08T11:00:00Z", "07:00 EDT", false],
  ])("%s %s at %s (%s there): %s", (span, zone, at, _there, expected) => {
    expect(quiet(span, zone, at)).toBe(expected);
  });

  it.each([
    ["22:00", NY, "quiet hours are written like 22:00-07:00, not 22:00"],
    ["25:00-07:00", NY, "quiet hours are written like 22:00-07:00"],
    ["22:00-07:60", NY, "quiet hours are written like 22:00-07:00"],
    ["always", NY, "quiet hours are written like 22:00-07:00, not always"],
    ["07:00-07:00", NY, "begins and ends at once"],
    ["22:00-07:00", "Berlin", "unknown time zone Berlin; they are called like America/New_York"],
  ])("refuses %s %s: %s", (span, zone, problem) => {
    expect(problemOf(span, zone)).toContain(problem);
  });

  it("is shown with its zone", () => {
    const read = parseQuiet("9-17:05", "Europe/Berlin");
    expect("problem" in read ? read.problem : quietText(read)).toBe("09:00–17:05 Europe/Berlin");
  });
});
