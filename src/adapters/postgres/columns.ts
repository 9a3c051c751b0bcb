import { customType } from "drizzle-orm/pg-core";
import { money as parseMoney, type Money } from "../../core/money.ts";

/** An exact decimal: `numeric` without a scale, so every digit comes back. NaN and infinity, which Postgres would take, throw. */
export const money = customType<{ data: Money; driverData: string }>({
  dataType: () => "numeric",
  toDriver: (value) => parseMoney(value).toFixed(),
  fromDriver: (text) => parseMoney(text),
});

/** Epoch ms in the code, `timestamptz` in the database. */
export const instant = customType<{ data: number; driverData: string }>({
  dataType: () => "timestamp with time zone",
  toDriver: (epochMs) => new Date(epochMs).toISOString(),
  fromDriver: parseInstant,
});

/** Postgres writes "2026-01-05 14:30:00.123+00" (ISO, UTC: both are set for every connection). */
function parseInstant(text: string): number {
  const epochMs = Date.parse(text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00"));
  if (Number.isNaN(epochMs)) throw new RangeError(`not a time: ${text}`);
  return epochMs;
}

/** Text written by people, brokers or platforms. Postgres has no NUL in text, and one must not fail the row that carries it. */
export const prose = customType<{ data: string; driverData: string }>({
  dataType: () => "text",
  toDriver: withoutNul,
});

/**
 * Any JSON value. Drizzle's own jsonb parses a second time what postgres.js has parsed, which turns the string "12" into a
 * number; here the driver's value is the value. Halves of a surrogate pair (cut emoji) would be refused by Postgres.
 */
export const json = customType<{ data: unknown; driverData: unknown }>({
  dataType: () => "jsonb",
  toDriver: (value) =>
    JSON.stringify(value, (_, part: unknown) => (typeof part === "string" ? storable(part) : part)),
  fromDriver: (value) => value,
});

function storable(text: string): string {
  return withoutNul(text).replace(/\p{Surrogate}/gu, "\uFFFD");
}

function withoutNul(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}
