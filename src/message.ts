/**
 * What any screen can show. No platform and no markup in it: every string is plain text, which the renderers escape.
 * A button carries the command that its press runs, so a press is a command like any other: authorised, audited, de-duplicated.
 */
export interface Message {
  readonly title?: string;
  /** The sentence that matters; for an alert the exact contract text. May hold newlines. */
  readonly text: string;
  readonly tone?: Tone;
  readonly fields?: readonly Field[];
  readonly table?: Table;
  /** Small print: market context, the alert's visible key, hints. */
  readonly footer?: readonly string[];
  readonly buttons?: readonly Button[];
  readonly file?: { readonly name: string; readonly mediaType: string; readonly content: string };
  /** Drawn when the message is delivered; an answer to one person alone has its alt text instead. */
  readonly picture?: Picture;
  /** People who are to be notified: "slack:U123", "slack:S12" (a group), "discord:42", "discord:&42" (a role). Each platform shows its own. */
  readonly mentions?: readonly string[];
  /** Shown only to the person who asked, where the platform can. */
  readonly private?: boolean;
}

export type Tone = "good" | "bad" | "warn" | "neutral";

export interface Field {
  readonly label: string;
  readonly value: string;
}

export interface Table {
  readonly columns: readonly { readonly header: string; readonly align?: "left" | "right" }[];
  /** One string a column; the renderer aligns, pages and cuts. */
  readonly rows: readonly (readonly string[])[];
}

export interface Button {
  readonly label: string;
  /** Command text, e.g. "/close AAPL ma_crossover" or "/confirm K7QD"; at most 90 characters. */
  readonly command: string;
  readonly style?: "primary" | "danger";
}

/** A picture to be: what it shows as plain data, so that messages can be kept in an outbox and compared in tests. */
export interface Picture {
  /** File name, letters and digits and dashes: `aapl-15min.png`. */
  readonly name: string;
  /** What it shows, in a sentence with the numbers that matter: read aloud, and shown where no picture can be. */
  readonly alt: string;
  readonly drawing: Drawing;
}

export type Drawing = CandleDrawing | EquityDrawing | LimitsDrawing;

interface Titled {
  readonly title: string;
  /** One line below the title, in the colour of its tone. */
  readonly subtitle: string;
  readonly tone: Tone;
}

/** Candles of one symbol, oldest first; all columns have one entry a bar. Prices in dollars, times epoch ms. */
export interface CandleDrawing extends Titled {
  readonly kind: "candles";
  readonly bars: {
    readonly time: readonly number[];
    readonly open: readonly number[];
    readonly high: readonly number[];
    readonly low: readonly number[];
    readonly close: readonly number[];
    readonly volume: readonly number[];
  };
  /** Bars that each last a day have no time of day. */
  readonly daily: boolean;
  /** Averages and bands over the candles; null where there is no value. */
  readonly lines: readonly {
    readonly label: string;
    readonly values: readonly (number | null)[];
    /** A band's edge is drawn fainter than an average. */
    readonly edge?: true;
  }[];
  /** An indicator with an axis of its own below the candles, and the levels that count. */
  readonly panel?: {
    readonly label: string;
    readonly values: readonly (number | null)[];
    readonly levels: readonly number[];
  };
  /** Fills; those outside the bars' time are not drawn. */
  readonly marks: readonly {
    readonly side: "buy" | "sell";
    readonly time: number;
    readonly price: number;
  }[];
  /** Horizontal lines with their price at the edge. */
  readonly levels: readonly {
    readonly kind: "entry" | "stop" | "target" | "price";
    readonly price: number;
  }[];
}

/** Equity in dollars over time, drawn with the drawdown below; both columns have one entry a point, oldest first. */
export interface EquityDrawing extends Titled {
  readonly kind: "equity";
  readonly time: readonly number[];
  readonly equity: readonly number[];
}

/** How much of each limit is used, as bars. */
export interface LimitsDrawing extends Titled {
  readonly kind: "limits";
  readonly rows: readonly LimitRow[];
}

export interface LimitRow {
  readonly label: string;
  /** Both in the row's unit; percent as 2 for 2 %. */
  readonly used: number;
  readonly limit: number;
  readonly unit: "usd" | "percent" | "count";
}
