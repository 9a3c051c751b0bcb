import { execFile, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Bar } from "../../../src/core/bar.ts";
import { isoTime } from "../../../src/core/iso-time.ts";

export const ROOT = resolve(import.meta.dirname, "../../..");

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory of somebody's own with `strategies/` in it and nothing else: no package.json, no node_modules. */
export interface Project {
  readonly directory: string;
  /** Writes bars there; the name of the file. */
  writeBars(bars: readonly Bar[]): Promise<string>;
  /** Runs the program there, as a user does; `watch` hears all of stderr so far whenever it grows. */
  alphaflow(
    args: readonly string[],
    program?: string,
    watch?: (stderr: string, child: ChildProcess) => void,
  ): Promise<Ended>;
  remove(): Promise<void>;
}

export async function projectWith(files: Readonly<Record<string, string>>): Promise<Project> {
  const directory = await mkdtemp(join(tmpdir(), "alphaflow-own-"));
  await mkdir(join(directory, "strategies"));
  for (const [name, text] of Object.entries(files))
    await writeFile(join(directory, "strategies", name), text);
  return {
    directory,
    async writeBars(bars) {
      const rows = bars.map(({ time, open, high, low, close, volume }) =>
        [isoTime(time), open, high, low, close, volume].join(","),
      );
      await writeFile(
        join(directory, "bars.csv"),
        `${["time,open,high,low,close,volume", ...rows].join("\n")}\n`,
      );
      return "bars.csv";
    },
    alphaflow: (args, program = ROOT, watch = () => undefined) =>
      new Promise((done) => {
        const child = execFile(
          process.execPath,
          [join(program, "bin/alphaflow.mjs"), ...args],
          { cwd: directory, env: { PATH: process.env["PATH"] ?? "" }, maxBuffer: 1e8 },
          (error, stdout, stderr) => done({ code: Number(error?.code ?? 0), stdout, stderr }),
        );
        let said = "";
        child.stderr?.on("data", (text: string) => watch((said += text), child));
      }),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
