import { serveTask } from "../thread.ts";
import { writeReport } from "./write-report.ts";

serveTask(writeReport);
