import { figure } from "../core/strategies/reason.ts";
import type { Table } from "../message.ts";
import type { DecisionRow } from "../ports.ts";
import type { CommandSpec } from "./contract.ts";
import { minuteText, titleWithMode } from "./format.ts";
import { STRATEGY_FILTER } from "./strategy-args.ts";

/** The newest decision in full and so many before it in a line each. */
const SHOWN = 6;

export const why: CommandSpec = {
  path: ["why"],
  summary: "the last decisions on a symbol, gate by gate, with the numbers",
  examples: ["/why AAPL", "/why AAPL momentum"],
  args: [{ name: "symbol", kind: "symbol", required: true, description: "the symbol" }, STRATEGY_FILTER],
  role: () => "viewer",
  run: async ({ desk }, { values }) => {
    const { symbol = "", strategy } = values;
    const rows = await desk.decisions({
      symbol,
      limit: SHOWN,
      ...(strategy === undefined ? {} : { strategyId: strategy }),
    });
    const title = await titleWithMode(desk, `Why ${symbol}`);
    const [newest, ...before] = rows;
    if (newest === undefined)
      return {
        title,
        text: `No decision on ${symbol}${strategy === undefined ? "" : ` by ${strategy}`} yet; plain HOLDs are not kept.`,
        footer: ["What each run sees now: /strategy status"],
      };
    return {
      title,
      text: decisionText(newest),
      tone: newest.outcome === "refused" ? "warn" : "neutral",
      fields: Object.entries(newest.figures).map(([label, value]) => ({ label, value: figure(value) })),
      ...(newest.checks.length === 0 ? {} : { table: gatesTable(newest) }),
      footer: before.map(decisionText),
    };
  },
};

function decisionText({ atMs, strategyId, signal, outcome, code, text }: DecisionRow): string {
  const result = code === null ? outcome : `${outcome} (${code})`;
  return `${minuteText(atMs)} · ${strategyId} · ${signal} → ${result}: ${text}`;
}

function gatesTable({ checks }: DecisionRow): Table {
  return {
    columns: [{ header: "gate" }, { header: "answer" }, { header: "figures" }],
    rows: checks.map((check) => [
      check.gate,
      check.ok ? "passed" : `refused ${check.code ?? ""}`.trim(),
      check.text,
    ]),
  };
}
