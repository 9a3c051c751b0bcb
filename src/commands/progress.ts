import type { Message } from "../message.ts";
import type { Clock } from "../ports.ts";
import type { Progress } from "./contract.ts";

const CELLS = 10;

/** `██████░░░░ 62% · 3.1 M bars`. */
export function progressMessage({ done, note }: Progress): Message {
  const share = Math.min(1, Math.max(0, done));
  const full = Math.floor(share * CELLS);
  const bar = "█".repeat(full) + "░".repeat(CELLS - full);
  return { text: `${bar} ${Math.floor(share * 100)}%${note === "" ? "" : ` · ${note}`}` };
}

/** A screen that shows how far a command is, for as long as it runs. */
export interface ProgressScreen {
  /** As often as the command likes: the newest report is shown when the screen's pace allows, what came between is not. */
  readonly report: (progress: Progress) => void;
  /** From now on there is a message to show it in; before, the newest report is kept. */
  showIn(show: Show): void;
  /** Resolves when the last edit has ended: what is written then is not overwritten. */
  end(): Promise<void>;
}

/** Shows it once. "gone": there is nothing to show it in any more, now or later. Never throws. */
type Show = (message: Message) => Promise<"shown" | "gone">;

/** Shows at most one report every `everyMs`, one at a time, the first one that long after there is something to show it in. */
export function createProgressScreen(clock: Clock, everyMs: number): ProgressScreen {
  const over = new AbortController();
  let newest: Progress | undefined;
  let wake: (() => void) | undefined;
  let showing: Promise<void> | undefined;

  function take(): Progress | undefined {
    const report = newest;
    newest = undefined;
    return report;
  }

  /** Undefined when it is over. */
  async function nextReport(): Promise<Progress | undefined> {
    const report = take();
    if (report !== undefined || over.signal.aborted) return report;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    return take();
  }

  async function keepShowing(show: Show): Promise<void> {
    while (!over.signal.aborted) {
      await clock.sleep(everyMs, over.signal);
      const report = await nextReport();
      if (report === undefined || over.signal.aborted || (await show(progressMessage(report))) === "gone")
        return;
    }
  }

  return {
    report(progress) {
      newest = progress;
      wake?.();
    },
    showIn(show) {
      if (!over.signal.aborted) showing ??= keepShowing(show);
    },
    async end() {
      over.abort();
      wake?.();
      await showing;
    },
  };
}
