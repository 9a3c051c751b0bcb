import { modeLabel } from "../app/wording.ts";
import type { HealthView } from "../ports.ts";
import type { CommandSpec } from "./contract.ts";
import { counted, duration, minuteText, NONE, orNone } from "./format.ts";

export const health: CommandSpec = {
  path: ["health"],
  summary: "connections, last tick, lag and versions",
  examples: ["/health"],
  args: [],
  role: () => "viewer",
  run: async ({ desk, nowMs }) => {
    const view = await desk.health();
    return {
      title: `Health · ${modeLabel(view.mode)}`,
      text: view.ready
        ? "Ready: reconciled, and every chat is connected."
        : "Not ready: see what is not connected below.",
      tone: view.ready ? "good" : "warn",
      table: {
        columns: [{ header: "part" }, { header: "state" }, { header: "details" }],
        rows: healthRows(view, nowMs),
      },
      footer: [`AlphaFlow ${view.version}, up ${duration(nowMs - view.startedAtMs)}`],
    };
  },
};

function healthRows(view: HealthView, nowMs: number): readonly (readonly string[])[] {
  const { broker, database, market } = view;
  const account = broker.accountNumber === null ? "" : `, account ${broker.accountNumber}`;
  return [
    ["broker", broker.stream, `${broker.name}${account}`],
    ["database", database.ok ? "ok" : "down", database.description],
    ...view.chats.map(({ platform, state }) => ["chat", state, platform]),
    [
      "reconciled",
      view.reconciled ? "yes" : "no",
      view.reconciled ? "entries allowed" : "no entries until done",
    ],
    [
      "leader",
      view.leader ? "yes" : "standby",
      view.leader ? "sends orders" : "another instance sends orders",
    ],
    [
      "market",
      market === null ? "unknown" : market.isOpen ? "open" : "closed",
      orNone(market, ({ nowMs: at }) => minuteText(at)),
    ],
    [
      "last tick",
      view.tickFailure === null ? orNone(view.lastTickMs, (at) => `${duration(nowMs - at)} ago`) : "failing",
      tickText(view.tickDurationMs),
    ],
    [
      "alerts",
      view.pendingAlerts === 0 ? "delivered" : "waiting",
      counted(view.pendingAlerts, "pending alert"),
    ],
    ...ownRows(view),
  ];
}

/** Nothing for a desk without own strategies. */
function ownRows({ ownStrategies: { loaded, leftOut } }: HealthView): readonly (readonly string[])[] {
  return [
    ...(loaded.length === 0
      ? []
      : [["own strategies", "ok", loaded.map(({ strategy }) => strategy.id).join(", ")]]),
    ...leftOut.map(({ file, reason }) => ["own strategy", "left out", `${file}: ${reason}`]),
  ];
}

function tickText(durationMs: number | null): string {
  return durationMs === null ? NONE : `took ${Math.round(durationMs)} ms`;
}
