import { figure } from "../core/strategies/reason.ts";
import { checksLine } from "../core/risk/lines.ts";
import type { DecisionRow } from "../ports.ts";
import type { CommandSpec } from "./contract.ts";
import { minuteText, titleWithMode } from "./format.ts";
import { FILE_ROWS, fileLimit, fileOf, FORMAT, PAGE, pageOf, pageParts } from "./paging.ts";
import { DECISION_COLUMNS, decisionRow } from "./rows.ts";
import { STRATEGY_FILTER } from "./strategy-args.ts";

/** Decisions a page, newest first. */
const SHOWN = 5;

export const why: CommandSpec = {
  path: ["why"],
  summary: "the last decisions on a symbol, gate by gate, with the numbers",
  examples: ["/why AAPL", "/why AAPL momentum", "/why AAPL page=2", "/why AAPL csv"],
  args: [
    { name: "symbol", kind: "symbol", required: true, description: "the symbol" },
    STRATEGY_FILTER,
    FORMAT,
    PAGE,
  ],
  role: () => "viewer",
  run: async ({ desk }, args) => {
    const { symbol = "", strategy, format } = args.values;
    const filter = { symbol, ...(strategy === undefined ? {} : { strategyId: strategy }) };
    const total = await desk.decisionCount(filter);
    const page = pageOf(args, total, SHOWN);
    const rows = await desk.decisions({ ...filter, limit: SHOWN, offset: page.offset });
    const all = format === undefined ? [] : await desk.decisions({ ...filter, limit: FILE_ROWS });
    const title = await titleWithMode(desk, `Why ${symbol}`);
    const [newest] = rows;
    if (newest === undefined)
      return {
        title,
        text: `No decision on ${symbol}${strategy === undefined ? "" : ` by ${strategy}`} yet; plain HOLDs are not kept.`,
        footer: ["What each run sees now: /strategy status"],
      };
    const turns = pageParts(why, args, page, "history");
    return {
      title,
      text: rows.map(decisionText).join("\n\n"),
      tone: newest.outcome === "refused" ? "warn" : "neutral",
      fields: Object.entries(newest.figures).map(([label, value]) => ({ label, value: figure(value) })),
      footer: [...turns.footer, ...fileLimit(args, total, "the decisions table of the database")],
      buttons: turns.buttons,
      ...fileOf(args, "decisions", DECISION_COLUMNS, all.map(decisionRow)),
    };
  },
};

/** What was decided and why; under it every gate: `heat 11.2 → 12.1 of 25% ✓ · correlated 16.3 of 15% ✗ NVDA, AMD`. */
function decisionText({ atMs, strategyId, signal, outcome, code, text, checks }: DecisionRow): string {
  const result = code === null ? outcome : `${outcome} (${code})`;
  const head = `${minuteText(atMs)} · ${strategyId} · ${signal} → ${result}`;
  // The gates tell a refusal themselves; a size or a stop that could not be found has no gates.
  const told = checks.length > 0 && outcome === "refused" ? head : `${head}: ${text}`;
  return checks.length === 0 ? told : `${told}\n${checksLine(checks)}`;
}
