import { grouped, namedValues } from "../table-text.ts";
import type { StudyProgress } from "./run-study.ts";

/** `320 of 1,000 trials, best so far #17 fast_period=5 slow_period=20` */
export function progressText({ done, total, best }: StudyProgress): string {
  const found = best === undefined ? "" : `, best so far #${best.number} ${namedValues(best.params)}`;
  return `${grouped(done, 0)} of ${grouped(total, 0)} trials${found}`;
}

/** Where progress is shown: stderr, so that results stay clean. */
interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const TERMINAL_MS = 200;
const LOG_MS = 5_000;

/** Shows how far a study is: on a terminal in one line that changes, elsewhere a line every five seconds. */
export function progressOnStderr(screen: Screen): (progress: StudyProgress) => void {
  const terminal = screen.isTTY === true;
  let shownMs = performance.now();
  return (progress) => {
    const over = progress.done >= progress.total;
    if (performance.now() - shownMs < (terminal ? TERMINAL_MS : LOG_MS) && !(terminal && over)) return;
    shownMs = performance.now();
    const text = progressText(progress);
    screen.write(terminal ? `\r\u001B[K${text}${over ? "\n" : ""}` : `${text}\n`);
  };
}
