import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** One exact piece of a source file and what stands there instead. */
export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly put: string;
}

export interface ProgramCopy {
  /** Where `bin/alphaflow.mjs` is. */
  readonly root: string;
  /** As `npm run build`: many starts of it cost no transpiling. Throws when the patched program does not compile. */
  build(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Copies the program, so that a long set runs one and the same version and planted bugs never touch the product. Throws when
 * a patch does not fit exactly once: a mutation that silently does nothing would prove nothing.
 */
export async function copyProgram(source: string, patches: readonly Patch[]): Promise<ProgramCopy> {
  const root = await mkdtemp(join(tmpdir(), "alphaflow-program-"));
  for (const part of ["bin", "src", "migrations", "package.json", "tsconfig.json", "tsconfig.build.json"])
    await cp(join(source, part), join(root, part), { recursive: true });
  await symlink(join(source, "node_modules"), join(root, "node_modules"));
  for (const { file, find, put } of patches) {
    const path = join(root, file);
    const text = await readFile(path, "utf8");
    const found = text.split(find).length - 1;
    if (found !== 1)
      throw new Error(
        `the patch of ${file} fits ${found} times, expected once:\n${find}\nadapt test/chaos/mutations.ts`,
      );
    await writeFile(
      path,
      text.replace(find, () => put),
    );
  }
  return {
    root,
    async build() {
      const tsc = join(source, "node_modules/typescript/bin/tsc");
      await run(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root });
      // With sources beside it the program would run those.
      await rm(join(root, "src"), { recursive: true });
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
