import { dollars } from "../core/figures.ts";
import { movesStop } from "../core/exits/plan.ts";
import { rests, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import type { LatestPrice } from "../ports.ts";
import { tellConnection } from "./connection.ts";
import type { Engine, Unpriced } from "./context.ts";
import { marketHours } from "./market-hours.ts";
import { positionPhrase, restingStops } from "./wording.ts";

/** Prices that are back within this are not worth an alert. */
const AWAY_MS = 30_000;

/** What one look at the open positions had of prices. */
export interface PriceLook {
  readonly positions: readonly Position[];
  /** Those that live. */
  readonly orders: readonly Order[];
  /** Performance-clock time at which prices were asked for. */
  readonly askedAtMs: number;
  readonly prices: ReadonlyMap<string, LatestPrice>;
  /** Why there are none; null when the data source answered. */
  readonly failure: string | null;
}

interface Unwatched {
  readonly position: Position;
  /** What nobody decides meanwhile: "its stop", "its target $190.00". */
  readonly what: readonly string[];
}

/**
 * Says once which positions are not watched because their prices do not come, when that lasts while they could be sold, and
 * once that they are watched again. The memory of it is this process's: a restart says it again.
 */
export async function tellUnwatched(engine: Engine, look: PriceLook): Promise<void> {
  const { unpriced } = engine.state;
  const unwatched = await unwatchedOf(engine, look);
  const ids = new Set(unwatched.map(({ position }) => position.id));
  // What has been told stays told until prices are back, over the close too.
  for (const [id, { told }] of unpriced) if (!told && !ids.has(id)) unpriced.delete(id);
  for (const id of ids) if (!unpriced.has(id)) unpriced.set(id, { sinceMs: look.askedAtMs, told: false });
  const due = unwatched.filter(({ position }) => becomesDue(unpriced.get(position.id)));
  if (due.length > 0) await tellAway(engine, due, look.failure);
  else await tellBack(engine, look);
}

/** Positions of which nobody decides something now that could be decided. */
async function unwatchedOf(engine: Engine, look: PriceLook): Promise<readonly Unwatched[]> {
  const unpriced = look.positions.filter(({ symbol }) => !look.prices.has(symbol));
  if (unpriced.length === 0) return [];
  const hours = await marketHours(engine);
  return unpriced
    .filter(({ extendedHours }) => hours.canTrade(extendedHours))
    .map((position) => ({ position, what: decidedByPrice(engine, position, look.orders, hours.open) }))
    .filter(({ what }) => what.length > 0);
}

/** What of a position's end the engine decides by prices alone; nothing where all of it rests at the broker. */
function decidedByPrice(
  engine: Engine,
  { id, exitReason, exits, partialTaken, target }: Position,
  orders: readonly Order[],
  open: boolean,
): readonly string[] {
  // In the session what somebody wants sold goes at market; outside it, near a price.
  if (exitReason !== null) return open ? [] : ["its sale"];
  const bare = engine.state.unguarded.some((each) => each.id === id);
  const targetRests = orders.some(
    (order) => order.positionId === id && order.purpose === "target" && rests(order),
  );
  return [
    ...(bare ? ["its stop"] : []),
    // Outside the session nothing that rests at the broker fires.
    ...(!bare && !open ? ["its stop outside the session"] : []),
    ...(target === null || (open && targetRests) ? [] : [`its target ${dollars(target)}`]),
    ...(exits !== null && movesStop(exits) ? ["raising its stop"] : []),
    ...(open && exits !== null && exits.partialR !== null && !partialTaken
      ? ["its partial take-profit"]
      : []),
  ];
}

/** Marked before anything is waited for: looks overlap. */
function becomesDue(entry: Unpriced | undefined): boolean {
  if (entry === undefined || entry.told || performance.now() - entry.sinceMs < AWAY_MS) return false;
  entry.told = true;
  return true;
}

async function tellAway(engine: Engine, due: readonly Unwatched[], failure: string | null): Promise<void> {
  const { guarded } = engine.state;
  const symbols = [...new Set(due.map(({ position }) => position.symbol))].join(", ");
  const why = failure === null ? "" : ` (${failure})`;
  const named = due
    .map(({ position, what }) => `${positionPhrase(position)} (${what.join(", ")})`)
    .join("; ");
  const standing = guarded === 0 ? "" : ` ${restingStops(guarded)}`;
  await tellConnection(
    engine,
    `No price of ${symbols} for ${AWAY_MS / 1000} s${why}. UNWATCHED until prices are back: ${named}.${standing}`,
    "warn",
    "always",
  );
}

/** Of what was told: closed positions are forgotten, those with a price are watched again. */
async function tellBack(engine: Engine, { positions, prices }: PriceLook): Promise<void> {
  const { unpriced } = engine.state;
  const back: Position[] = [];
  for (const [id, { told }] of unpriced) {
    if (!told) continue;
    const position = positions.find((each) => each.id === id);
    if (position !== undefined && !prices.has(position.symbol)) continue;
    unpriced.delete(id);
    if (position !== undefined) back.push(position);
  }
  if (back.length === 0) return;
  const named = back.map(positionPhrase).join("; ");
  await tellConnection(engine, `Prices are back. Watched again: ${named}`, "good", "always");
}
