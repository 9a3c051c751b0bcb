import { DrizzleQueryError } from "drizzle-orm";

/** The database cannot be reached, entered or used: one line that says which, where and what to do, never with a password. */
export class LedgerUnavailable extends Error {
  override readonly name = "LedgerUnavailable";
}

/** The database refused a statement. Carries neither the statement nor its parameters. */
export class LedgerRefused extends Error {
  override readonly name = "LedgerRefused";
  /** Five characters, e.g. 23505 for a unique violation. */
  readonly sqlState: string;

  constructor(message: string, sqlState: string) {
    super(message);
    this.sqlState = sqlState;
  }
}

/** What the driver threw: drizzle wraps it in an error whose message lists every parameter. */
export function driverError(error: unknown): unknown {
  return error instanceof DrizzleQueryError ? error.cause : error;
}

/** SQLSTATE when the database itself answered; undefined when the connection failed. */
export function sqlStateOf(error: unknown): string | undefined {
  return isRecord(error) && "severity" in error ? codeOf(error) : undefined;
}

/** What a socket, the resolver or the driver calls it: ECONNREFUSED, CONNECTION_CLOSED … */
export function connectionCodeOf(error: unknown): string | undefined {
  return isRecord(error) && !("severity" in error) ? codeOf(error) : undefined;
}

/** First line of what went wrong. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "";
}

function codeOf(error: Record<string, unknown>): string | undefined {
  return typeof error["code"] === "string" ? error["code"] : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
