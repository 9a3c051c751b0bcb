import type { GateCheck } from "./contract.ts";

/** `heat 11.2 → 12.1 of 25% ✓`, `correlated 16.3 of 15% ✗ NVDA, AMD` */
function checkLine({ text, ok, note }: GateCheck): string {
  return `${text} ${ok ? "✓" : "✗"}${note === undefined ? "" : ` ${note}`}`;
}

/** Every check in one line: what refuses or measures in full, how many others pass. Decisions of before limits had texts only. */
export function checksLine(checks: readonly GateCheck[]): string {
  const told = checks.filter((check) => !check.ok || typeof check.limit === "number" || isOld(check));
  const rest = checks.length - told.length;
  return [...told.map(checkLine), ...(rest === 0 ? [] : [`${rest} more ✓`])].join(" · ");
}

function isOld(check: GateCheck): boolean {
  return check.limit === undefined && Object.keys(check.figures).length > 0;
}

/** What the entry does to the risk of the desk, a line each: what refuses first, then every figure that it moves. */
export function riskLines(checks: readonly GateCheck[]): readonly string[] {
  const refusing = checks.filter((check) => !check.ok);
  const moved = checks.filter(
    ({ ok, before, after, limit }) =>
      ok && before !== undefined && after !== undefined && before !== after && limit !== null,
  );
  return [...refusing, ...moved].map(checkLine);
}
