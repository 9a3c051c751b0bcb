import type { GatedEntry, Gate, GateCheck, GateFigures } from "./contract.ts";

/** What every gate says of an entry, also those after the first that refuses. */
export function checkGates(
  gates: readonly Gate[],
  entry: GatedEntry,
  figures: GateFigures,
): readonly GateCheck[] {
  return gates.map((gate) => gate.check(entry, figures));
}

/** The first refusal among the checks: its code names the whole; undefined when all pass. */
export function refusalAmong(
  checks: readonly GateCheck[],
): { readonly code: NonNullable<GateCheck["code"]>; readonly text: string } | undefined {
  const failed = checks.filter((check) => !check.ok);
  const code = failed.find((check) => check.code !== undefined)?.code;
  return code === undefined ? undefined : { code, text: failed.map(sentence).join("; ") };
}

function sentence({ text, note }: GateCheck): string {
  return note === undefined ? text : `${text} (${note})`;
}
