import { counted, dollars, signedDollars, signedPercent } from "../../core/figures.ts";
import { ZERO } from "../../core/money.ts";
import type { Message } from "../../message.ts";
import type { Control } from "../../ports.ts";
import type { Engine } from "../context.ts";
import { modeLabel } from "../wording.ts";

const RUNS_SHOWN = 15;

/** The desk at a glance, from what is known anyway: nothing is asked of the broker for it. `live` adds what moves with the prices. */
export async function statusOf(engine: Engine, key: string, live: boolean): Promise<Message> {
  const { ledger, state, accountId } = engine;
  const control = await ledger.control();
  const runs = await ledger.runs({ accountId, status: ["running", "paused"] });
  const positions = await ledger.openPositions(accountId);
  const market = state.marketClock === null ? "not known yet" : state.marketClock.isOpen ? "open" : "closed";
  const shown = runs
    .slice(0, RUNS_SHOWN)
    .map(
      ({ id, strategyId, symbols, status }) =>
        `${id} ${strategyId} on ${symbols.join(", ")}${status === "paused" ? " (paused)" : ""}`,
    );
  return {
    title: `AlphaFlow · ${modeLabel(engine.mode)}`,
    text: tradingText(control),
    tone: control.killed || control.halted ? "bad" : "good",
    fields: [
      { label: "Broker", value: `${engine.broker.name}, ${state.stream}` },
      { label: "Market", value: market },
      { label: "Open positions", value: String(positions.length) },
      ...(live ? liveFields(engine) : []),
      {
        label: counted(runs.length, "run"),
        value:
          shown.length === 0
            ? "none: /strategy start"
            : [...shown, ...(runs.length > RUNS_SHOWN ? [`… ${runs.length - RUNS_SHOWN} more`] : [])].join(
                "\n",
              ),
      },
    ],
    footer: ["kept up to date", key],
  };
}

function tradingText({ killed, halted, by, reason }: Control): string {
  if (!killed && !halted) return "Trading";
  const who = `${by === null ? "" : ` by ${by}`}${reason === null || reason === "" ? "" : `: ${reason}`}`;
  return killed
    ? `KILLED${who}; an admin's /resume releases it`
    : `HALTED${who}; no new entries until an admin's /resume`;
}

function liveFields({ state: { account } }: Engine): { label: string; value: string }[] {
  if (account === null) return [];
  const gain = account.equity.minus(account.lastEquity);
  const percent = account.lastEquity.isZero() ? ZERO : gain.div(account.lastEquity).times(100);
  return [
    { label: "Equity", value: dollars(account.equity) },
    { label: "Day P&L", value: `${signedDollars(gain)} (${signedPercent(percent)})` },
  ];
}
