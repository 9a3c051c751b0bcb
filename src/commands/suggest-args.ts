import { LIMITS } from "../core/risk/limits.ts";
import type { ParamSpec } from "../core/strategies/contract.ts";
import { strategies, strategyById } from "../core/strategies/index.ts";
import { runOptionSpecs } from "../core/run-options.ts";
import { roleOf } from "./authorize.ts";
import type { BusParts } from "./bus.ts";
import type { ArgSpec, CommandBus } from "./contract.ts";
import { STUDY_SPECS } from "./optimize-wish.ts";
import { commandName } from "./usage.ts";

/** As many as Discord shows. */
const MAX_SUGGESTIONS = 25;

type Suggest = CommandBus["suggest"];

/** Completions of one argument; empty for people without a role and while the desk cannot be read. */
export async function suggestArgs(parts: BusParts, request: Parameters<Suggest>[0]): ReturnType<Suggest> {
  if (roleOf(request.actor, parts.roles) === undefined) return [];
  const arg = argOf(parts, request.path, request.arg);
  if (arg === undefined) return [];
  try {
    const candidates = [...(arg.words ?? []), ...(await candidatesOf(parts, arg, request.given ?? {}))];
    // Symbols and settings are lists: the last entry is the one being typed.
    const { done, open } = splitOpenEntry(arg, request.typed);
    return ranked(candidates, open)
      .slice(0, MAX_SUGGESTIONS)
      .map((each) => `${done}${each}`);
  } catch (error) {
    parts.log.warn({ command: request.path.join(" "), arg: request.arg, error }, "no suggestions");
    return [];
  }
}

function argOf(parts: BusParts, path: readonly string[], name: string): ArgSpec | undefined {
  const wanted = path.join(" ");
  const spec = parts.commands.find(
    (each) =>
      each.path.join(" ") === wanted ||
      (each.bareName !== undefined && `${each.path[0]} ${each.bareName}` === wanted),
  );
  return spec?.args.find((arg) => arg.name === name);
}

async function candidatesOf(
  parts: BusParts,
  arg: ArgSpec,
  given: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  switch (arg.kind) {
    case "choice":
      return arg.choices ?? [];
    case "strategy":
      return strategies.map((strategy) => strategy.id);
    case "symbol":
    case "symbols":
      return knownSymbols(parts);
    case "holding":
      return symbolsOutside(parts);
    case "run":
      return (await liveRuns(parts)).map(({ run }) => run.id);
    case "settings":
      return settingTexts(await settingsOf(parts, arg, given));
    case "text":
      return textsFor(parts, arg);
    case "integer":
      return [];
  }
}

async function liveRuns(parts: BusParts): ReturnType<BusParts["desk"]["runs"]> {
  return (await parts.desk.runs()).filter(({ run }) => run.status !== "stopped");
}

/** Symbols that are held, then those that runs watch. */
async function knownSymbols(parts: BusParts): Promise<readonly string[]> {
  const [positions, runs] = await Promise.all([parts.desk.positions(), liveRuns(parts)]);
  const held = positions.map(({ position }) => position.symbol);
  return [...new Set([...held, ...runs.flatMap(({ run }) => run.symbols)])];
}

/** Symbols that are held or ordered outside AlphaFlow. */
async function symbolsOutside({ desk }: BusParts): Promise<readonly string[]> {
  const outside = [...(await desk.externals()), ...(await desk.foreignOrders())];
  return [...new Set(outside.map(({ symbol }) => symbol))];
}

async function textsFor(
  { commands, desk, ledger }: BusParts,
  { completes }: ArgSpec,
): Promise<readonly string[]> {
  switch (completes) {
    case "commands":
      return commands.map((spec) => commandName(spec).slice(1));
    case "tags":
      return (await desk.tagCounts()).map(({ tag }) => tag);
    case "studies":
      return (await ledger.studies.list(MAX_SUGGESTIONS)).map(({ number }) => String(number));
    case "limits":
    case undefined:
  }
  return [];
}

/** Those of the strategy or run that the command names already, else those of all strategies. */
async function settingsOf(
  parts: BusParts,
  { completes }: ArgSpec,
  { strategy, run }: Readonly<Record<string, string>>,
): Promise<readonly ParamSpec[]> {
  if (completes === "limits") return LIMITS;
  const ofRun =
    run === undefined
      ? undefined
      : (await liveRuns(parts)).find((view) => view.run.id === run)?.run.strategyId;
  const meant = strategyById(ofRun ?? strategy ?? run ?? "");
  const searched = completes === "studies" ? STUDY_SPECS : [];
  const all = (meant === undefined ? strategies : [meant]).flatMap((each) => [
    ...runOptionSpecs(each),
    ...each.params,
    ...searched,
  ]);
  return all.filter(({ name }, index) => all.findIndex((other) => other.name === name) === index);
}

/** `stop_atr=`, and every `name=value` where there are only a few values. */
function settingTexts(specs: readonly ParamSpec[]): readonly string[] {
  const names = specs.map(({ name }) => `${name}=`);
  const values = specs.flatMap(({ name, kind, choices = [] }) =>
    (kind === "boolean" ? ["true", "false"] : choices).map((value) => `${name}=${value}`),
  );
  return [...names, ...values];
}

function splitOpenEntry(arg: ArgSpec, typed: string): { readonly done: string; readonly open: string } {
  if (arg.kind !== "symbols" && arg.kind !== "settings") return { done: "", open: typed.trim() };
  const cut = Math.max(typed.lastIndexOf(","), typed.lastIndexOf(" ")) + 1;
  return { done: typed.slice(0, cut), open: typed.slice(cut) };
}

/** Those that begin with what was typed, then those that contain it. */
function ranked(candidates: readonly string[], typed: string): readonly string[] {
  const wanted = typed.toLowerCase();
  const begins = candidates.filter((each) => each.toLowerCase().startsWith(wanted));
  const contains = candidates.filter((each) => !begins.includes(each) && each.toLowerCase().includes(wanted));
  return [...begins, ...contains];
}
