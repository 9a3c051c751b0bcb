import { readFileSync, writeFileSync } from "node:fs";
import { commands } from "../../src/commands/index.ts";
import { README, withCommands } from "./readme.ts";

writeFileSync(README, withCommands(readFileSync(README, "utf8"), commands));
