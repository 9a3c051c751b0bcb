import { modeLabel } from "../app/wording.ts";
import { isTimeframe, TIMEFRAMES } from "../core/bar.ts";
import { counted, dollars, riskMultiple, sharesText, signedDollars, signedPercent } from "../core/figures.ts";
import type { Button, CandleDrawing, Message, Tone } from "../message.ts";
import type { ChartView, Mode, PositionView } from "../ports.ts";
import { refusal } from "./answers.ts";
import type { CommandSpec } from "./contract.ts";

export const chart: CommandSpec = {
  path: ["chart"],
  summary: "candles with the strategy's averages, entries, exits, stop and target",
  examples: ["/chart AAPL", "/chart AAPL 1Day"],
  args: [
    { name: "symbol", kind: "symbol", required: true, description: "the symbol" },
    {
      name: "timeframe",
      kind: "choice",
      required: false,
      description: "length of a bar (that of the run that trades it)",
      choices: TIMEFRAMES,
    },
  ],
  role: () => "viewer",
  run: async ({ desk }, { values }) => {
    const { symbol = "", timeframe = "" } = values;
    const [outcome, control] = await Promise.all([
      desk.chart({ symbol, ...(isTimeframe(timeframe) ? { timeframe } : {}) }),
      desk.control(),
    ]);
    return outcome.kind === "refused" ? refusal(outcome.text) : chartMessage(outcome.value, control.mode);
  },
};

/** The chart with its figures in words, so that it says something where no picture can be seen. */
function chartMessage(view: ChartView, mode: Mode): Message {
  const { symbol, timeframe, bars, price } = view;
  const title = `${symbol} · ${timeframe} · ${modeLabel(mode)}`;
  if (bars.length === 0)
    return {
      title,
      text: `No ${timeframe} bars of ${symbol} yet; ${positionsText(view.positions)}.`,
      buttons: buttonsOf(view),
    };
  return {
    title,
    text: `${symbol} ${price === null ? "" : `${dollars(price)}: `}${positionsText(view.positions)}.`,
    tone: toneOf(view.positions),
    picture: {
      name: `${symbol}-${timeframe}.png`.toLowerCase(),
      alt: altText(view),
      drawing: drawingOf(view, mode),
    },
    footer: ["Times are New York's."],
    buttons: buttonsOf(view),
  };
}

function positionsText(positions: readonly PositionView[]): string {
  return positions.length === 0 ? "no open position" : positions.map(positionText).join("; ");
}

/** `long 5 @ $183.20 · +$27.50 (+3.06%) · +1.2R · stop $178.20 · ma_crossover` */
function positionText(view: PositionView): string {
  const { position } = view;
  return [
    gainText(view),
    ...(position.stop.gt(0) ? [`stop ${dollars(position.stop)}`] : []),
    ...(position.target === null ? [] : [`target ${dollars(position.target)}`]),
    position.strategyId,
  ].join(" · ");
}

function gainText({ position, unrealizedPnl, unrealizedPnlPercent, rMultiple }: PositionView): string {
  const gain =
    unrealizedPnl === null || unrealizedPnlPercent === null
      ? []
      : [`${signedDollars(unrealizedPnl)} (${signedPercent(unrealizedPnlPercent)})`];
  return [
    `long ${sharesText(position.quantity)} @ ${dollars(position.entryPrice)}`,
    ...gain,
    ...(rMultiple === null ? [] : [riskMultiple(rMultiple)]),
  ].join(" · ");
}

function toneOf(positions: readonly PositionView[]): Tone {
  if (positions.length === 0) return "neutral";
  return positions.reduce((sum, view) => sum + (view.unrealizedPnl ?? 0), 0) < 0 ? "bad" : "good";
}

function altText(view: ChartView): string {
  const { symbol, timeframe, bars, fills, price, plot } = view;
  const first = bars[0]?.open ?? 0;
  const last = bars.at(-1)?.close ?? 0;
  const count = (side: "buy" | "sell"): number => fills.filter((fill) => fill.side === side).length;
  const shown = [
    ...(plot?.lines.map(({ label }) => label) ?? []),
    ...(plot?.panel ? [plot.panel.label] : []),
  ];
  return [
    `${symbol}, ${counted(bars.length, `${timeframe} bar`)}: last ${dollars(price ?? last)}`,
    `high ${dollars(Math.max(...bars.map(({ high }) => high)))}`,
    `low ${dollars(Math.min(...bars.map(({ low }) => low)))}`,
    `${signedPercent((last / first - 1) * 100)} over the chart`,
    ...(shown.length === 0 ? [] : [`with ${shown.join(", ")}`]),
    `${counted(count("buy"), "purchase")} and ${counted(count("sell"), "sale")}`,
    positionsText(view.positions),
  ].join(", ");
}

function drawingOf(view: ChartView, mode: Mode): CandleDrawing {
  const { bars, plot, positions, price, fills } = view;
  const column = (of: (bar: ChartView["bars"][number]) => number): readonly number[] => bars.map(of);
  return {
    kind: "candles",
    title: [view.symbol, view.timeframe, ...(price === null ? [] : [dollars(price)])].join(" · "),
    subtitle: subtitleOf(view, mode),
    tone: toneOf(positions),
    bars: {
      time: column(({ time }) => time),
      open: column(({ open }) => open),
      high: column(({ high }) => high),
      low: column(({ low }) => low),
      close: column(({ close }) => close),
      volume: column(({ volume }) => volume),
    },
    daily: view.timeframe === "1Day",
    lines: plot?.lines.map((line) => ({ ...line, values: known(line.values) })) ?? [],
    ...(plot?.panel === undefined ? {} : { panel: { ...plot.panel, values: known(plot.panel.values) } }),
    marks: fills.map(({ side, atMs, price: at }) => ({ side, time: atMs, price: at })),
    levels: [
      ...(price === null ? [] : [{ kind: "price" as const, price }]),
      ...positions.slice(0, 1).flatMap(levelsOf),
    ],
  };
}

function known(values: Float64Array): readonly (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

function subtitleOf({ positions, strategyId }: ChartView, mode: Mode): string {
  const [first, ...others] = positions;
  const strategy = first?.position.strategyId ?? strategyId;
  return [
    first === undefined ? "no position" : gainText(first),
    ...(others.length === 0 ? [] : [`${others.length} more`]),
    ...(strategy === null ? [] : [strategy]),
    modeLabel(mode),
  ].join(" · ");
}

function levelsOf({ position }: PositionView): CandleDrawing["levels"] {
  return [
    { kind: "entry", price: position.entryPrice.toNumber() },
    ...(position.stop.gt(0) ? [{ kind: "stop" as const, price: position.stop.toNumber() }] : []),
    ...(position.target === null ? [] : [{ kind: "target" as const, price: position.target.toNumber() }]),
  ];
}

/** The other timeframes, and what one does after a look: close, or ask why. */
function buttonsOf({ symbol, timeframe, positions }: ChartView): readonly Button[] {
  return [
    ...TIMEFRAMES.filter((each) => each !== timeframe).map((each) => ({
      label: each,
      command: `/chart ${symbol} ${each}`,
    })),
    { label: "Why", command: `/why ${symbol}` },
    ...positions.slice(0, 3).map(
      ({ position }): Button => ({
        label: `Close ${position.strategyId}`,
        command: `/close ${symbol} ${position.strategyId}`,
        style: "danger",
      }),
    ),
  ];
}
