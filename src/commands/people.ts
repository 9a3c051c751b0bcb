import type { Actor } from "./contract.ts";
import { echo } from "./words.ts";

const MOST = 20;
/** How each platform writes a person or a group, and what that is called here. */
const FORMS: readonly (readonly [RegExp, (id: string) => string])[] = [
  [/^<?(?:slack:)?@?([UW][A-Z0-9]{2,})(?:\|[^>]*)?>?$/, (id) => `slack:${id}`],
  [/^(?:<!subteam\^|slack:)?@?(S[A-Z0-9]{2,})(?:\|[^>]*)?>?$/, (id) => `slack:${id}`],
  [/^(?:<@&|discord:&)(\d+)>?$/, (id) => `discord:&${id}`],
  [/^(?:<@!?|discord:|@)?(\d+)>?$/, (id) => `discord:${id}`],
];

/** Ids of people as words: `me`, mentions, ids; `off` is nobody. Otherwise a sentence that says what would be right. */
export function readPeople(
  text: string,
  actor: Actor,
): { readonly people: readonly string[] } | { readonly problem: string } {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 1 && words[0]?.toLowerCase() === "off") return { people: [] };
  const people: string[] = [];
  for (const word of words) {
    const person = word.toLowerCase() === "me" ? `${actor.platform}:${actor.userId}` : readPerson(word);
    if (person === undefined)
      return {
        problem: `${echo(word)} is nobody's id; write me, a Slack member id (U…, in the profile: Copy member ID), a Discord user id or mention, or off`,
      };
    if (person.startsWith("console:"))
      return { problem: "nobody can be called at the console; write a Slack or Discord user id" };
    people.push(person);
  }
  if (people.length > MOST) return { problem: `${people.length} people are too many; ${MOST} at most` };
  return { people: [...new Set(people)] };
}

function readPerson(word: string): string | undefined {
  for (const [form, name] of FORMS) {
    const id = form.exec(word)?.[1];
    if (id !== undefined) return name(id);
  }
  return undefined;
}
