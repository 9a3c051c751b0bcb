import type { StudyStore } from "../../ports.ts";
import type { Study } from "../optimize/contract.ts";
import { reportStudy, type StudyReport } from "../optimize/report.ts";
import type { StudyRun } from "../optimize/run-study.ts";
import { studyBars } from "../optimize/study-bars.ts";
import type { SymbolBars } from "../portfolio.ts";
import { inThread } from "../thread.ts";
import type { StudyRecord } from "./record.ts";
import { barsFromBytes } from "./series-bytes.ts";

interface ReportJob {
  readonly study: Study;
  readonly symbols: readonly SymbolBars[];
  readonly run: StudyRun;
}

/** The report of a study whose trials are all there. */
export function writeReport({ study, symbols, run }: ReportJob): StudyReport {
  return reportStudy(study, studyBars(study, symbols), run);
}

/** Has it written in a thread: it tests what was chosen on the bars that judge. */
export async function reportInThread(
  store: StudyStore,
  number: number,
  { study }: StudyRecord,
  run: StudyRun,
): Promise<StudyReport> {
  const symbols = await barsFromBytes(await store.bars(number));
  const module = new URL("./report-thread", import.meta.url).href;
  return inThread<typeof writeReport>({ module, job: { study, symbols, run }, transfer: [] }, undefined);
}
