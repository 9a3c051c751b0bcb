import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StudyReport } from "../../../src/research/optimize/report.ts";
import { walk } from "../../core/series-builder.ts";
import { projectWith, ROOT, type Project } from "./ground.ts";

const EXAMPLE = readFileSync(join(ROOT, "examples/strategies/donchian.ts"), "utf8");

describe("optimise with a strategy of one's own, in threads", () => {
  /** Other threads try the file out before it is a strategy. */
  const LOADED = /loaded by .*\/optimize\/trial-thread/g;
  /** 20,000 bars 1,000 times: enough that threads are started. */
  const ASKED = [
    ..."optimize threaded --csv bars.csv --json --min-trades 1".split(" "),
    "--space",
    "entry_bars=20:65:5",
    "--space",
    "stop_atr=0.1:10:0.1",
  ];
  let threaded: Project;

  beforeAll(async () => {
    threaded = await projectWith({
      "_donchian.ts": EXAMPLE,
      "threaded.ts": `import { workerData } from "node:worker_threads";
import donchian from "./_donchian.ts";
process.stderr.write(\`loaded by \${workerData?.module}\\n\`);
export default { ...donchian, id: "threaded" };`,
    });
    await threaded.writeBars(walk(20_000, 3));
  });
  afterAll(() => threaded.remove());

  it("loads it in each thread and finds what one thread finds", { timeout: 480_000 }, async () => {
    const together = await threaded.alphaflow([...ASKED, "--threads", "2"]);
    expect(together.stderr.match(LOADED)).toHaveLength(2);
    const alone = await threaded.alphaflow([...ASKED, "--threads", "1"]);
    expect(alone.stderr.match(LOADED)).toBeNull();
    expect(JSON.parse(together.stdout)).toMatchObject({
      strategy: "threaded",
      trials: { planned: 1_000, done: 1_000, failed: 0, stopped: false },
    });
    expect(together.stdout).toBe(alone.stdout);
  });

  it("ends with what is done at Ctrl-C", { timeout: 480_000 }, async () => {
    // A second one would end it at once.
    let asked = false;
    const { code, stdout } = await threaded.alphaflow([...ASKED, "--threads", "2"], ROOT, (stderr, child) => {
      if (!asked && stderr.match(LOADED)?.length === 2) asked = child.kill("SIGINT");
    });
    expect(code).toBe(0);
    const report: StudyReport = JSON.parse(stdout);
    expect(report.trials).toMatchObject({ planned: 1_000, failed: 0, stopped: true });
    // A sixteenth is a chunk: at least what both threads had begun, and far from all of it.
    expect(report.trials.done).toBeGreaterThanOrEqual(2 * 62);
    expect(report.trials.done).toBeLessThan(1_000);
    expect(report.verdict[0]).toMatch(/^Stopped: \d+ of 1,000 trials were made, and only they are judged\.$/);
  });
});
