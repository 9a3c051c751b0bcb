import { templateDataDir } from "./data-dir.ts";

/** Before the first file, so that files that start together do not each make one. */
export async function setup(): Promise<void> {
  await templateDataDir();
}
