import { sql, type SQL } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";

/** `column in ('a', 'b')` with the values written out, as constraints and partial indexes need them. */
export function isOneOf(column: AnyPgColumn, values: readonly string[]): SQL {
  return sql`${column} in (${sql.raw(values.map((value) => `'${value}'`).join(", "))})`;
}

export function isMemberOf(column: AnyPgColumn, members: Readonly<Record<string, true>>): SQL {
  return isOneOf(column, Object.keys(members));
}

/** Above zero and an amount: to Postgres, NaN and infinity are greater than zero. */
export function isPositive(column: AnyPgColumn): SQL {
  return sql`(${column} > 0 and ${column} < 'Infinity')`;
}

export function isNotNegative(column: AnyPgColumn): SQL {
  return sql`(${column} >= 0 and ${column} < 'Infinity')`;
}
