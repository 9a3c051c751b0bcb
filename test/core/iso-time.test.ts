import * as fc from "fast-check";
import { expect, it } from "vitest";
import { daysFromCivil, isCivilDate, isoTime } from "../../src/core/iso-time.ts";

it("writes a time as Date does, without empty milliseconds", () => {
  expect(isoTime(Date.parse("2004-08-19T00:00:00Z"))).toBe("2004-08-19T00:00:00Z");
  fc.assert(
    fc.property(
      fc.integer({ min: Date.parse("0001-01-01T00:00:00Z"), max: Date.parse("9999-12-31T23:59:59Z") }),
      (ms) => {
        expect(isoTime(ms)).toBe(new Date(ms).toISOString().replace(".000Z", "Z"));
      },
    ),
  );
});

it("counts days as Date does", () => {
  fc.assert(
    fc.property(fc.integer({ min: -700_000, max: 2_900_000 }), (days) => {
      const date = new Date(days * 86_400_000);
      const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
      expect(daysFromCivil(year, month, day)).toBe(days);
      expect(isCivilDate(year, month, day)).toBe(true);
    }),
  );
});

it.each([
  [2023, 2, 29],
  [1900, 2, 29],
  [2024, 4, 31],
  [2024, 13, 1],
  [2024, 0, 1],
  [2024, 1, 0],
])("knows no %d-%d-%d", (year, month, day) => {
  expect(isCivilDate(year, month, day)).toBe(false);
});
