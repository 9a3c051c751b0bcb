/** A step that people count in (1, 2 or 5 times a power of ten) of which about `count` cover `span`. */
function niceStep(span: number, count: number): number {
  const raw = span / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5].find((each) => each * power >= raw) ?? 10;
  return factor * power;
}

export interface Axis {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly ticks: readonly number[];
  /** Decimal places that tell two ticks apart. */
  readonly decimals: number;
}

const MAX_DECIMALS = 8;

/** An axis from `min` to `max` (max > min) with ticks at round values between them. */
export function axisOf(min: number, max: number, count: number): Axis {
  const step = niceStep(max - min, count);
  const first = Math.ceil(min / step);
  const length = Math.max(0, Math.floor(max / step) - first + 1);
  // Tiny steps have decimals like -floor(log10(0.00001)) = 5; the epsilon forgives 0.1 + 0.2.
  const decimals = Math.min(MAX_DECIMALS, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
  return {
    min,
    max,
    step,
    ticks: Array.from({ length }, (_, index) => Number(((first + index) * step).toFixed(decimals))),
    decimals,
  };
}

/** `1,234.50` */
export function grouped(value: number, decimals: number): string {
  const [whole = "0", rest] = Math.abs(value).toFixed(decimals).split(".");
  const digits = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  const sign = value < 0 && Number(value.toFixed(decimals)) !== 0 ? "-" : "";
  return `${sign}${digits}${rest === undefined ? "" : `.${rest}`}`;
}

/** `950`, `12.3k`, `4.5M` */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${trimmed(value / 1e9)}B`;
  if (size >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (size >= 1e3) return `${trimmed(value / 1e3)}k`;
  return trimmed(value);
}

function trimmed(value: number): string {
  return String(Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1)));
}

/** About how wide a text is in the pictures' font, px: for room, not for alignment. */
export function textWidth(text: string, fontSize: number): number {
  const narrow = text.match(/[.,:;·' ilI|]/g)?.length ?? 0;
  return (text.length - narrow) * fontSize * 0.63 + narrow * fontSize * 0.32;
}
