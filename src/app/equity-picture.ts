import type { EquityCurve } from "../core/equity-curve.ts";
import { dollars, percentOf, signedDollars, signedPercent } from "../core/figures.ts";
import { maxDrawdown } from "../core/performance.ts";
import type { Message, Picture, Tone } from "../message.ts";

/** The curve as a picture, or nothing where there is no point of it; `title` says of what and when: `Equity · last 7 days · PAPER`. */
export function equityPicture(curve: EquityCurve, title: string): Pick<Message, "picture"> {
  const last = curve.equity.at(-1);
  const first = curve.equity[0];
  if (first === undefined || last === undefined) return {};
  const change = last - first;
  const drawdown = maxDrawdown(Float64Array.from(curve.equity));
  const changed = `${signedDollars(change)} (${signedPercent(first > 0 ? (change / first) * 100 : 0)})`;
  const subtitle = `${dollars(last)} · ${changed} · max drawdown ${percentOf(drawdown)}`;
  const picture: Picture = {
    name: "equity.png",
    alt: `${title}: from ${dollars(first)} to ${dollars(last)}, ${changed}, deepest drawdown ${percentOf(drawdown)}.`,
    drawing: { kind: "equity", title, subtitle, tone: toneOf(change), ...curve },
  };
  return { picture };
}

export function toneOf(change: number): Tone {
  // Less than a cent either way is nothing.
  if (Math.abs(change) < 0.005) return "neutral";
  return change > 0 ? "good" : "bad";
}
