/** All pictures are this wide: a phone shows them at a third of it, so no text is below 22 px. */
export const WIDTH = 1200;

export const FONT = "Inter";
export const SIZE = { title: 38, subtitle: 28, text: 24, small: 22 } as const;

/** Edge of the picture to its content. */
export const MARGIN = 36;

/** An opaque dark ground of its own: the same picture in a light and in a dark chat. */
export const COLOUR = {
  ground: "#131a24",
  text: "#f1f5f9",
  soft: "#a9b6c6",
  grid: "#263241",
  up: "#2fbf8f",
  down: "#f2635f",
  warn: "#f5b544",
  buy: "#4db5ff",
  sell: "#ffd166",
  price: "#e2e8f0",
  track: "#273445",
} as const;

/** For averages and bands, in the order in which they are declared; none of them a colour of candles or marks. */
export const LINES = ["#ffb020", "#b58cff", "#38d6e8", "#ff8ac2", "#c6e05a"] as const;

export const TONE = {
  good: COLOUR.up,
  bad: COLOUR.down,
  warn: COLOUR.warn,
  neutral: COLOUR.soft,
} as const;
