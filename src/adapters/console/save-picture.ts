import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Picture } from "../../message.ts";
import type { Log, Pictures } from "../../ports.ts";

/** So many stay in the folder; older ones are removed. */
const KEPT = 100;

export interface PictureFolder {
  readonly pictures: Pictures;
  /** Made with the first picture. */
  readonly folder: string;
  readonly log: Log;
}

/** Writes the picture as a PNG and says where; undefined, with the reason in the log, when there is none. Never throws. */
export async function savePicture(
  { pictures, folder, log }: PictureFolder,
  picture: Picture,
  nowMs: number,
): Promise<string | undefined> {
  const png = await pictures.draw(picture.drawing);
  if (png === undefined) return undefined;
  // The time first: sorted by name the oldest come first.
  const stamp = new Date(nowMs).toISOString().slice(0, 23).replaceAll(/[:.]/g, "-");
  const file = join(folder, `${stamp}-${picture.name.replaceAll(/[^\w.-]+/g, "_")}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, png);
    await removeOldest(folder);
    return file;
  } catch (error) {
    log.warn({ file, error }, "a picture could not be written");
    return undefined;
  }
}

async function removeOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png")).toSorted();
  for (const name of names.slice(0, -KEPT)) await rm(join(folder, name), { force: true });
}
