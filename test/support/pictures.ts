import type { Drawing } from "../../src/message.ts";
import type { Pictures } from "../../src/ports.ts";

/** The smallest PNG there is: one pixel. */
export const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** Draws one pixel whatever it is asked for, or what the test says. */
export interface FakePictures extends Pictures {
  readonly drawn: readonly Drawing[];
  png: Uint8Array | undefined;
}

export function fakePictures(): FakePictures {
  const drawn: Drawing[] = [];
  const pictures: FakePictures = {
    drawn,
    png: PIXEL,
    draw(drawing) {
      drawn.push(drawing);
      return Promise.resolve(pictures.png);
    },
  };
  return pictures;
}
