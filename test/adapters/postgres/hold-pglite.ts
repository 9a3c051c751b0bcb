import { openLedger } from "../../../src/adapters/postgres/open-ledger.ts";
import { sampleAlert } from "../../contracts/ledger-samples.ts";
import { ledgerOptions } from "./support.ts";

// A second process for the lock tests: opens PGlite in the given directory, writes, says "open" or what hindered it, and stays.
const [dataDir = ""] = process.argv.slice(2);
try {
  const ledger = await openLedger(ledgerOptions({ dataDir }));
  await ledger.insertAlert(sampleAlert("from the other process"));
  process.stdout.write("open\n");
  process.stdin.resume();
} catch (error) {
  process.stdout.write(`${String(error)}\n`);
  process.exitCode = 1;
}
