import type { ParamValue } from "../../core/strategies/contract.ts";
import type { Dimension } from "./contract.ts";
import { normalCdf } from "./normal.ts";
import type { Random } from "./seeded.ts";
import { placeOf, valueAtPlace } from "./values.ts";

/** How likely values of a dimension are. */
export interface Density {
  draw(random: Random): ParamValue;
  /** Logarithm of the density at a value. */
  logOf(value: ParamValue): number;
}

/** The density that these values of a dimension suggest, one more being anywhere: with none every value is as likely. */
export function densityOf(dimension: Dimension, values: readonly (ParamValue | undefined)[]): Density {
  return dimension.kind === "list" ? counted(dimension, values) : estimated(dimension, values);
}

/** Values of a list have no distances: each is as likely as often it occurred, and once more. */
function counted(
  dimension: Extract<Dimension, { kind: "list" }>,
  values: readonly (ParamValue | undefined)[],
): Density {
  const keys = dimension.values.map((value) => JSON.stringify(value));
  const weights = keys.map((key) => 1 + values.filter((value) => JSON.stringify(value) === key).length);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    draw(random) {
      let left = random() * total;
      const index = weights.findIndex((weight) => {
        left -= weight;
        return left < 0;
      });
      return dimension.values[index] ?? valueAtPlace(dimension, 0);
    },
    logOf: (value) => Math.log((weights[keys.indexOf(JSON.stringify(value))] ?? 1) / total),
  };
}

/** One bell of a Parzen estimator over places in [0, 1], cut off at both ends. */
interface Bell {
  readonly middle: number;
  readonly width: number;
  /** Share of the whole bell that lies in [0, 1]. */
  readonly inside: number;
}

/**
 * A bell over each value, as wide as the farther of its two neighbours is away (the ends count as neighbours), between 1 ÷ 100
 * and the whole range; and, in place of the prior, the same height everywhere. Bergstra 2011, section 4.
 */
function estimated(
  dimension: Extract<Dimension, { kind: "range" }>,
  values: readonly (ParamValue | undefined)[],
): Density {
  const places = values
    .flatMap((value) => (typeof value === "number" ? [placeOf(dimension, value)] : []))
    .toSorted((one, two) => one - two);
  const bells = places.map((middle, index): Bell => {
    const apart = Math.max(middle - (places[index - 1] ?? 0), (places[index + 1] ?? 1) - middle);
    const width = Math.min(1, Math.max(apart, 1 / Math.min(100, places.length + 1)));
    return { middle, width, inside: normalCdf((1 - middle) / width) - normalCdf(-middle / width) };
  });
  return {
    draw(random) {
      const bell = bells[Math.floor(random() * (bells.length + 1))];
      return valueAtPlace(dimension, bell === undefined ? random() : placeIn(bell, random));
    },
    logOf(value) {
      const place = typeof value === "number" ? placeOf(dimension, value) : 0;
      const heights = bells.reduce((sum, bell) => sum + heightOf(bell, place), 1);
      return Math.log(heights / (bells.length + 1));
    },
  };
}

function heightOf({ middle, width, inside }: Bell, place: number): number {
  const apart = (place - middle) / width;
  return Math.exp(-0.5 * apart * apart) / (Math.sqrt(2 * Math.PI) * width * inside);
}

/** A place under a bell, by Box and Muller; what falls outside is drawn again. */
function placeIn({ middle, width }: Bell, random: Random): number {
  for (;;) {
    const bell = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const place = middle + width * bell;
    if (place >= 0 && place < 1) return place;
  }
}
