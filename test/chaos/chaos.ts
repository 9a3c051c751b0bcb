// The bot as a child process among stand-ins that fail on purpose, and the promises of ORDERS.md checked from outside.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { copyProgram } from "../support/chaos/program-copy.ts";
import { FAULTS, isFaultKind } from "./faults.ts";
import { isMutation, MUTATIONS, patchesOf } from "./mutations.ts";
import { runMutations } from "./mutation-run.ts";
import { missing, summary } from "./report.ts";
import { startPostgres } from "../support/postgres.ts";
import { runSet } from "./set.ts";
import { measureStart, startLine } from "./start-up.ts";
import { LIMITS } from "./windows.ts";

const ROOT = join(import.meta.dirname, "../..");

const write = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function usage(problem: string): never {
  process.stderr.write(
    `${problem}\nnpm run chaos -- [--seed N] [--runs M] [--parallel P] [--database pglite|postgres] [--faults a,b|none] [--standby] [--mutation NAME | --mutations | --start-up]\nfaults: ${FAULTS.map(({ kind }) => kind).join(", ")}\nmutations: ${Object.keys(MUTATIONS).join(", ")}\n`,
  );
  process.exit(2);
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) usage(`--${name} is ${text}, expected a whole number from 1`);
  return value;
}

const { values } = parseArgs({
  allowNegative: true,
  options: {
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "10" },
    parallel: { type: "string", default: "1" },
    database: { type: "string" },
    faults: { type: "string" },
    standby: { type: "boolean" },
    mutation: { type: "string" },
    mutations: { type: "boolean", default: false },
    "start-up": { type: "boolean", default: false },
  },
});

// Without a handler the signal would end this process and leave its bots behind.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const { database, mutation, standby } = values;
if (database !== undefined && database !== "postgres" && database !== "pglite")
  usage(`--database is ${database}, expected postgres or pglite`);
if (mutation !== undefined && !isMutation(mutation)) usage(`there is no mutation ${mutation}`);
const faults =
  values.faults === undefined
    ? undefined
    : values.faults
        .split(",")
        .filter((word) => word !== "none")
        .map((word) => (isFaultKind(word) ? word : usage(`there is no fault ${word}`)));

async function startUp(): Promise<void> {
  const [program, server] = [await copyProgram(ROOT, []), await startPostgres()];
  try {
    await program.build();
    const ms = await measureStart(program.root, server);
    write(startLine(ms));
    if (ms > LIMITS["lease to reconciled"]) process.exitCode = 1;
  } finally {
    await Promise.all([program.remove(), server.stop()]);
  }
}

if (values["start-up"]) {
  await startUp();
} else if (values.mutations) {
  process.exitCode = (await runMutations(ROOT, write)) ? 0 : 1;
} else {
  const program = await copyProgram(ROOT, mutation === undefined ? [] : patchesOf(mutation));
  try {
    await program.build();
    const results = await runSet({
      seed: wholeNumber("seed", values.seed),
      runs: wholeNumber("runs", values.runs),
      parallel: wholeNumber("parallel", values.parallel),
      program: program.root,
      ...(mutation === undefined ? {} : { mutation }),
      ...(database === undefined ? {} : { database }),
      ...(faults === undefined ? {} : { faults }),
      ...(standby === undefined ? {} : { standby }),
      write,
    });
    write(summary(results));
    const lacking = missing(results);
    for (const text of lacking) write(`this set has failed: ${text}`);
    const broken = results.some((result) => result.violations.length > 0);
    process.exitCode = broken || lacking.length > 0 ? 1 : 0;
  } finally {
    await program.remove();
  }
}
