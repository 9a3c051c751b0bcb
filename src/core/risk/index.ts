import { buyingPower } from "./buying-power.ts";
import type { Gate } from "./contract.ts";
import { cooldown } from "./cooldown.ts";
import { correlated } from "./correlated.ts";
import { dayLoss } from "./day-loss.ts";
import { drawdown } from "./drawdown.ts";
import { heat } from "./heat.ts";
import { liveCapital } from "./live-capital.ts";
import { losingStreak } from "./losing-streak.ts";
import { opposing } from "./opposing.ts";
import { orderRate, tradesADay } from "./order-counts.ts";
import { maxPositions, maxStrategyPositions, maxSymbolPositions } from "./position-counts.ts";
import { positionValue } from "./position-value.ts";
import { priceBand } from "./price-band.ts";
import { sessionWindow } from "./session-window.ts";
import { spread } from "./spread.ts";
import { staleness } from "./staleness.ts";
import { tradable } from "./tradable.ts";

/** Every gate an entry passes, in the order in which they are told. To add one: a file here and a line in this list. */
export const gates: readonly Gate[] = [
  dayLoss,
  drawdown,
  heat,
  correlated,
  positionValue,
  maxPositions,
  maxStrategyPositions,
  maxSymbolPositions,
  orderRate,
  tradesADay,
  cooldown,
  losingStreak,
  sessionWindow,
  tradable,
  opposing,
  priceBand,
  staleness,
  spread,
  buyingPower,
  liveCapital,
];

/**
 * The gates that bars can answer, those of other symbols included. Not among them: tradable and opposing (only a broker knows),
 * price band and staleness (an order is decided at the very price it is compared with), open positions in a symbol (a backtest
 * holds one), and the cap on live capital.
 */
export const backtestGates: readonly Gate[] = [
  dayLoss,
  drawdown,
  heat,
  correlated,
  positionValue,
  maxPositions,
  maxStrategyPositions,
  orderRate,
  tradesADay,
  cooldown,
  losingStreak,
  sessionWindow,
  spread,
  buyingPower,
];
