import type { ArgSpec, CommandSpec } from "./contract.ts";

/** `/strategy start` */
export function commandName(spec: CommandSpec): string {
  return `/${spec.path.join(" ")}`;
}

/** `/strategy start STRATEGY SYMBOLS [name=value…]` */
export function usage(spec: CommandSpec): string {
  return [commandName(spec), ...spec.args.map(argUsage)].join(" ");
}

function argUsage(arg: ArgSpec): string {
  const text = argWords(arg);
  return arg.required ? text : `[${text}]`;
}

function argWords(arg: ArgSpec): string {
  if (arg.kind === "settings") return "name=value…";
  const words = [
    ...(arg.kind === "choice" ? (arg.choices ?? []) : [kindWord(arg)]),
    ...(arg.words ?? []),
  ].join("|");
  return arg.named === true ? `${arg.name}=${words}` : words;
}

function kindWord(arg: ArgSpec): string {
  return arg.required ? arg.name.toUpperCase() : arg.name;
}
