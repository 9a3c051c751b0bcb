import { UsageError } from "../errors.ts";

/** A strategy that did what no strategy may. The message names it and where it happened; `reason` is the cause alone. */
export class StrategyFailure extends UsageError {
  readonly reason: string;

  /** `name` is the strategy's, `where` the call or the bar, `reason` what it did. */
  constructor(name: string, where: string, reason: string, cause?: unknown) {
    super(`strategy ${name}: ${where}: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** `TypeError: bars is not iterable`; of a StrategyFailure its reason. */
export function failureReason(error: unknown): string {
  if (error instanceof StrategyFailure) return error.reason;
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
