import { serveTask } from "../research/thread.ts";
import { runTraining } from "./ml-job.ts";

serveTask(runTraining);
