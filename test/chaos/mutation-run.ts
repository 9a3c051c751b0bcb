import { copyProgram } from "../support/chaos/program-copy.ts";
import { MUTATIONS, patchesOf } from "./mutations.ts";
import { runSet } from "./set.ts";

const FIRST_SEED = 1000;

/** Plants each bug in a copy and runs fixed seeds until it is caught. True when all were. */
export async function runMutations(root: string, write: (line: string) => void): Promise<boolean> {
  const lines: string[] = [];
  let all = true;
  for (const [name, { faults, standby, tries }] of Object.entries(MUTATIONS)) {
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
        untilBroken: true,
        write,
      });
      const caught = results.find((result) => result.violations.length > 0);
      all &&= caught !== undefined;
      lines.push(
        caught === undefined
          ? `✗ ${name.padEnd(32)} NOT caught in ${results.length} runs`
          : `✓ ${name.padEnd(32)} caught by seed ${caught.plan.seed}: ${caught.violations[0]}`,
      );
    } finally {
      await program.remove();
    }
  }
  write(`\n${lines.join("\n")}`);
  return all;
}
