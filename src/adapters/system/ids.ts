import { randomInt, randomUUID } from "node:crypto";
import type { Ids } from "../../ports.ts";

/** Letters and digits that nobody mistakes for another when reading a code aloud: no 0/o, 1/l/i. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";

export const randomIds: Ids = {
  short: (length) => Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join(""),
  uuid: () => randomUUID(),
};
