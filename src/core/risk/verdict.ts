import type { GateCheck, RefusalCode } from "./contract.ts";

type Extras = Partial<Pick<GateCheck, "before" | "after" | "limit" | "unit" | "note">>;

/** A check that has nothing to measure, or could not, and lets the entry pass. */
export function passed(gate: string, text: string, extras: Extras = {}): GateCheck {
  return { gate, ok: true, text, ...extras, figures: {} };
}

export function refused(gate: string, code: RefusalCode, text: string, extras: Extras = {}): GateCheck {
  return { gate, ok: false, code, text, ...extras, figures: {} };
}
