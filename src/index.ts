// What `import … from "alphaflow"` gives a file in `strategies/`.
export { z } from "zod";
export { defineStrategy, type StrategyDefinition } from "./adapters/own-strategies/define-strategy.ts";
export type { BarSeries } from "./core/bar-series.ts";
export type { Timeframe } from "./core/bar.ts";
export { Atr } from "./core/indicators/atr.ts";
export { Change } from "./core/indicators/change.ts";
export { Rsi } from "./core/indicators/rsi.ts";
export { Sma } from "./core/indicators/sma.ts";
export { ZScore } from "./core/indicators/z-score.ts";
export { BUY, HOLD, SELL, type Explanation, type SignalCode } from "./core/signal.ts";
export type { Kernel } from "./core/strategies/contract.ts";
export type { Plot } from "./core/strategies/plot.ts";
