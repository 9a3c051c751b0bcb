import type { Urgency } from "../../../core/alerts/level.ts";
import { alerts } from "../schema.ts";

const { key, kind, message, atMs, urgency } = alerts;

/** What an alert says, without who has heard it. */
export const toldColumns = { key, kind, message, atMs, urgency };

/** A row with its urgency as the ports have it: absent where there is none. */
export function alertOf<R extends { readonly urgency: Urgency | null }>(
  row: R,
): Omit<R, "urgency"> & { readonly urgency?: Urgency } {
  const { urgency: given, ...rest } = row;
  return given === null ? rest : { ...rest, urgency: given };
}
