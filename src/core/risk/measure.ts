import { dollars, fixed } from "../figures.ts";
import type { GateCheck, RefusalCode, Unit } from "./contract.ts";

/** What a gate measured: the figure without and with the entry against a limit, in one unit. */
interface Measured {
  readonly gate: string;
  readonly code: RefusalCode;
  /** What the figure is called: "heat". */
  readonly label: string;
  readonly unit: Unit;
  readonly before: number;
  readonly after: number;
  /** Null: none is set. */
  readonly limit: number | null;
  readonly note?: string;
  readonly figures?: Readonly<Record<string, number>>;
}

/** Sums of doubles may be a hair above what the same sum in cents would be: that is no breach. */
const ROUNDING = 1e-9;

/** A check that passes while the figure with the entry is at most the limit. */
export function atMost(measured: Measured): GateCheck {
  const { after, limit } = measured;
  return judged(measured, limit === null || after <= limit + ROUNDING * Math.max(1, Math.abs(limit)));
}

/** As `atMost`, but reaching the limit refuses already. */
export function below(measured: Measured): GateCheck {
  const { after, limit } = measured;
  return judged(measured, limit === null || after < limit - ROUNDING * Math.max(1, Math.abs(limit)));
}

function judged(
  { gate, code, label, unit, before, after, limit, note, figures }: Measured,
  ok: boolean,
): GateCheck {
  return {
    gate,
    ok,
    ...(ok ? {} : { code }),
    text: `${label} ${measureText(before, after, limit, unit)}`,
    ...(note === undefined || note === "" ? {} : { note }),
    before,
    after,
    limit,
    unit,
    figures: { ...figures, before, after, ...(limit === null ? {} : { limit }) },
  };
}

/** `11.2 → 12.1 of 25%`, `16.3 of 15%` where the entry changes nothing, `3 → 4, no limit`. */
function measureText(before: number, after: number, limit: number | null, unit: Unit): string {
  const from = figureText(before, unit, limit);
  const to = figureText(after, unit, limit);
  const figures = from === to ? to : `${from} → ${to}`;
  if (limit === null) return `${figures}${unit === "%" ? "%" : ""}, no limit`;
  return `${figures} of ${amountText(limit, unit)}`;
}

/** An amount with its unit, as short as it is exact: `25%`, `$5,000.00`, `30 min`. */
export function amountText(amount: number, unit: Unit): string {
  switch (unit) {
    case "%":
      return `${trimmed(amount)}%`;
    case "$":
      return dollars(amount);
    case "min":
      return `${trimmed(amount)} min`;
    case "s":
      return `${trimmed(amount)} s`;
    case "count":
    case "ratio":
      return trimmed(amount);
  }
}

/** A measured figure beside its limit: one decimal, and more where one would hide on which side of the limit it lies. */
export function figureText(figure: number, unit: Unit, limit: number | null): string {
  if (unit === "$") return dollars(figure);
  if (!Number.isFinite(figure)) return "∞";
  if (unit === "count") return trimmed(figure);
  const fewest = unit === "ratio" || Math.abs(figure) < 1 ? 2 : 1;
  const apart = limit !== null && Math.abs(figure - limit) > ROUNDING * Math.max(1, Math.abs(limit));
  const hides = (places: number): boolean => apart && Number(figure.toFixed(places)) === limit;
  const places = [fewest, fewest + 1, fewest + 2].find((each) => !hides(each)) ?? fewest + 3;
  return fixed(figure, places);
}

function trimmed(amount: number): string {
  return String(Number(amount.toFixed(4)));
}

/** Percent of equity; without equity everything is too much. */
export function percentOfEquity(amount: number, equity: number): number {
  if (amount === 0) return 0;
  return equity > 0 ? (amount / equity) * 100 : Number.POSITIVE_INFINITY;
}
