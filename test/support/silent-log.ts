import type { Log } from "../../src/ports.ts";

const nothing = (): void => undefined;

/** For tests in which the log is not what is looked at. */
export const silentLog: Log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
