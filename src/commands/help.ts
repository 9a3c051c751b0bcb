import { didYouMean } from "../core/suggest.ts";
import { refusal } from "./answers.ts";
import type { Answer, Args, CommandSpec, Role } from "./contract.ts";
import { commandName, usage } from "./usage.ts";
import { echo } from "./words.ts";

/** `/help [command]`, of the commands that `all` answers: help is one of them itself. */
export function helpCommand(all: () => readonly CommandSpec[]): CommandSpec {
  return {
    path: ["help"],
    summary: "this list, or one command in detail",
    examples: ["/help", "/help strategy start"],
    args: [
      {
        name: "command",
        kind: "text",
        completes: "commands",
        required: false,
        description: "a command, e.g. strategy start",
      },
    ],
    role: () => "viewer",
    run: (_context, { values }) => {
      const { command } = values;
      return Promise.resolve(command === undefined ? overview(all()) : details(command, all()));
    },
  };
}

function overview(commands: readonly CommandSpec[]): Answer {
  return {
    title: "Commands",
    text: "What AlphaFlow understands; trader includes viewer, admin includes trader.",
    table: {
      columns: [{ header: "command" }, { header: "role" }, { header: "does" }],
      rows: commands.map((spec) => [usage(spec), roleText(spec), spec.summary]),
    },
    footer: ["One in detail: /help COMMAND"],
  };
}

function details(word: string, commands: readonly CommandSpec[]): Answer {
  const wanted = word.trim().replace(/^\//, "").toLowerCase().replaceAll(/\s+/g, " ");
  const exact = commands.filter((spec) => spec.path.join(" ") === wanted);
  const found = exact.length > 0 ? exact : commands.filter((spec) => spec.path[0] === wanted);
  const [spec, second] = found;
  if (spec === undefined) {
    const near = didYouMean(
      wanted,
      commands.flatMap(({ path }) => [path[0], path.join(" ")]),
    );
    return refusal(
      `unknown command /${echo(wanted)}; ${near === undefined ? "/help lists all" : `did you mean /${near}?`}`,
    );
  }
  if (second !== undefined) return overview(found);
  return {
    title: commandName(spec),
    text: `${usage(spec)}\n${spec.summary}`,
    fields: [{ label: "Role", value: roleText(spec) }],
    ...(spec.args.length === 0 ? {} : { table: argsTable(spec) }),
    footer: spec.examples.map((example) => `Example: ${example}`),
  };
}

function argsTable(spec: CommandSpec): NonNullable<Answer["table"]> {
  return {
    columns: [{ header: "argument" }, { header: "needed" }, { header: "meaning" }],
    rows: spec.args.map((arg) => [arg.name, arg.required ? "yes" : "no", arg.description]),
  };
}

/** `viewer`, or `viewer · admin` where the role depends on what is asked for. */
function roleText(spec: CommandSpec): string {
  const none: Args = { values: {}, symbols: [], settings: [] };
  const chosen = spec.args.flatMap(({ name, choices = ["…"] }) =>
    choices.map((choice): Args => ({ ...none, values: { [name]: choice } })),
  );
  const roles: readonly Role[] = [none, ...chosen].map((args) => spec.role(args));
  return [...new Set(roles)].join(" · ");
}

/** The README's table of commands, as Markdown, one line a command. */
export function commandsTable(commands: readonly CommandSpec[]): string {
  const rows = commands.map(
    (spec) => `| \`${usage(spec).replaceAll("|", "\\|")}\` | ${roleText(spec)} | ${spec.summary} |`,
  );
  return ["| command | role | does |", "|---|---|---|", ...rows].join("\n");
}
