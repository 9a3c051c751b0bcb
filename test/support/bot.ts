import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const READY_MS = 40_000;

/** The whole program as a child process, as a user starts it. */
export interface Bot {
  readonly url: string;
  readonly process: ChildProcess;
  /** Everything on stdout so far. */
  output(): string;
  /** Everything on stderr so far. */
  log(): string;
  /** Types a line at its console. */
  say(line: string): void;
  /** Resolves with stdout once `wanted` matches what came after `from`. */
  waitForOutput(wanted: RegExp, from?: number): Promise<string>;
  api(path: string): Promise<{ readonly status: number; readonly body: unknown }>;
  ready(): Promise<void>;
  /** SIGTERM and the exit code. */
  stop(): Promise<number | null>;
  /** kill -9. */
  crash(): Promise<void>;
}

/** Starts `alphaflow run` in `directory` with exactly this environment (and PATH); nothing of the developer's own leaks in. `program` is the tree it runs from; stdout and stderr may go elsewhere than into `output` and `log`. */
export async function startBot(
  directory: string,
  environment: Readonly<Record<string, string>>,
  program = ROOT,
  output: "pipe" | number = "pipe",
): Promise<Bot> {
  const port = await freePort();
  const child = spawn(process.execPath, [join(program, "bin/alphaflow.mjs"), "run"], {
    cwd: directory,
    env: {
      PATH: process.env["PATH"] ?? "",
      HTTP_PORT: String(port),
      ALPHAFLOW_DATA_DIR: join(directory, "data"),
      ...environment,
    },
    stdio: ["pipe", output, output],
  });
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text));
  const exited = once(child, "exit");
  const url = `http://127.0.0.1:${port}`;

  async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    const deadline = Date.now() + READY_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(
          `${what}: ${child.exitCode === null ? "not in time" : `exited with ${child.exitCode}`}\n${out}\n${err}`,
        );
      await sleep(50);
    }
  }

  return {
    url,
    process: child,
    output: () => out,
    log: () => err,
    say: (line) => child.stdin?.write(`${line}\n`),
    waitForOutput: (wanted, from = 0) =>
      until(`waiting for ${wanted}`, () => (wanted.test(out.slice(from)) ? out.slice(from) : undefined)),
    async api(path) {
      const response = await fetch(`${url}${path}`);
      return { status: response.status, body: await response.json() };
    },
    ready: () =>
      until("waiting to be ready", async () => {
        const response = await fetch(`${url}/api/health`).catch(() => undefined);
        return response?.status === 200 ? true : undefined;
      }).then(() => undefined),
    async stop() {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
    async crash() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
