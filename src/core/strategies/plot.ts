/** What a chart shows of a strategy beside the candles: values one a bar, NaN where there is none. */
export interface Plot {
  /** On the axis of the prices. */
  readonly lines: readonly PlotLine[];
  /** On an axis of its own, with the levels at which the strategy acts. */
  readonly panel?: {
    readonly label: string;
    readonly values: Float64Array;
    readonly levels: readonly number[];
  };
}

interface PlotLine {
  readonly label: string;
  readonly values: Float64Array;
  /** One of the two edges of a band. */
  readonly edge?: true;
}
