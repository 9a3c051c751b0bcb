import { mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MEMORY = "/dev/shm";
/** A container may give it 64 MB, of which one database would take most. */
const ENOUGH_BYTES = 4 * 1024 ** 3;

/** A directory of its own, in memory where there is plenty: databases are a thousand files, and on a disk that is what tests wait for. */
export async function scratchDir(name: string): Promise<string> {
  return mkdtemp(join(await scratchRoot(), `alphaflow-${name}-`));
}

async function scratchRoot(): Promise<string> {
  const free = await statfs(MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return free >= ENOUGH_BYTES ? MEMORY : tmpdir();
}
