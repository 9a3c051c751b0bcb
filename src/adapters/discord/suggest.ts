import { InteractionResponseType } from "discord.js";
import type { CommandBus, CommandSpec } from "../../commands/contract.ts";
import { optionName, specOf } from "./command-table.ts";
import type { Act, Delivery } from "./delivery.ts";
import { explain } from "./explain.ts";
import { answerFirst, type Outlet } from "./outlet.ts";

const CHOICES_MAX = 25;
const CHOICE_LENGTH_MAX = 100;
/** Later suggestions would not be shown any more. */
const WITHIN_MS = 2000;

type Typing = Extract<Act, { kind: "typing" }>;

/** Answers what was typed so far with completions; with none when they cannot be had in time. */
export async function suggest(
  parts: Outlet & { readonly bus: CommandBus },
  delivery: Delivery,
  typing: Typing,
  receivedAtMs: number,
): Promise<void> {
  const done = new AbortController();
  const late = parts.clock.sleep(WITHIN_MS, done.signal).then(
    () => [],
    () => [],
  );
  const found = await Promise.race([completions(parts, delivery, typing), late]);
  done.abort();
  // A completion that is cut is another value: too long ones are left out.
  const fitting = [...new Set(found)].filter(
    (text) => text.trim() !== "" && text.length <= CHOICE_LENGTH_MAX,
  );
  const choices = fitting.slice(0, CHOICES_MAX).map((text) => ({ name: text, value: text }));
  await answerFirst(parts, delivery, receivedAtMs, {
    type: InteractionResponseType.ApplicationCommandAutocompleteResult,
    data: { choices },
  });
}

async function completions(
  { bus, log }: Outlet & { readonly bus: CommandBus },
  { actor }: Delivery,
  { words, option, typed, given }: Typing,
): Promise<readonly string[]> {
  const spec = specOf(bus.commands, words);
  const arg = spec?.args.find((each) => optionName(each) === option);
  if (spec === undefined || arg === undefined) return [];
  try {
    return await bus.suggest({ path: spec.path, arg: arg.name, typed, given: named(spec, given), actor });
  } catch (error) {
    log.warn({ platform: "discord", command: words.join(" ") }, `no suggestions: ${explain(error)}`);
    return [];
  }
}

/** What the other options hold, by the names of their arguments. */
function named(
  { args }: CommandSpec,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    args.flatMap((arg) => {
      const value = given[optionName(arg)];
      return value === undefined ? [] : [[arg.name, value]];
    }),
  );
}
