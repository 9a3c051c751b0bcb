import { copyProgram } from "../support/chaos/program-copy.ts";
import { MUTATIONS, patchesOf } from "./mutations.ts";
import type { RunResult } from "./run.ts";
import { runSet } from "./set.ts";

const FIRST_SEED = 1000;

/** Plants each bug in a copy and runs fixed seeds until it is caught. True when all were. */
export async function runMutations(root: string, write: (line: string) => void): Promise<boolean> {
  const lines: string[] = [];
  let all = true;
  for (const [name, { faults, by, standby, tries }] of Object.entries(MUTATIONS)) {
    const program = await copyProgram(root, patchesOf(name));
    try {
      await program.build();
      write(`\n${name}`);
      const results = await runSet({
        seed: FIRST_SEED,
        runs: tries,
        parallel: 1,
        program: program.root,
        mutation: name,
        database: "postgres",
        faults,
        standby,
        untilBroken: by,
        write,
      });
      const caughtBy = ({ violations }: RunResult): string | undefined =>
        violations.find((text) => text.startsWith(by));
      const caught = results.find((result) => caughtBy(result) !== undefined);
      all &&= caught !== undefined;
      lines.push(
        caught === undefined
          ? `✗ ${name.padEnd(32)} NOT caught by "${by}" in ${results.length} runs`
          : `✓ ${name.padEnd(32)} caught by seed ${caught.plan.seed}: ${caughtBy(caught) ?? ""}`,
      );
    } finally {
      await program.remove();
    }
  }
  write(`\n${lines.join("\n")}`);
  return all;
}
