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
  remove(): Promise<void>;
}

/**
 * Copies the program and builds it as `npm run build` does: a long set runs one and the same version, its many starts cost
 * no transpiling, and planted bugs never touch the product. Throws when a patch does not fit exactly once (a mutation that
 * silently does nothing would prove nothing) or when the patched program does not compile.
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
  await run(
    process.execPath,
    [join(source, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.build.json"],
    {
      cwd: root,
    },
  );
  // With sources beside it the program would run those.
  await rm(join(root, "src"), { recursive: true });
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}
