import { serveTask } from "../research/thread.ts";
import { runBacktest } from "./backtest-job.ts";

serveTask(runBacktest);
