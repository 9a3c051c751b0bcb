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
