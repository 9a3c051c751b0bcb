import { formatRun, parseRun, type RunOptions } from "../core/run-options.ts";
import { remaining, runId, type Order } from "../core/order.ts";
import type { Position } from "../core/position.ts";
import { didYouMean } from "../core/suggest.ts";
import { strategies, strategyById, unknownStrategy } from "../core/strategies/index.ts";
import type { Strategy } from "../core/strategies/contract.ts";
import type { By, LedgerOps, Outcome, Run, RunStatus } from "../ports.ts";
import type { Engine } from "./context.ts";
import { filterProblem } from "./ml-filter.ts";
import { lockWorking } from "./position-orders.ts";
import { markExit } from "./record.ts";
import { requestCancel } from "./request-cancel.ts";
import { askedBy, modeLabel, plainAlert } from "./wording.ts";

const MAX_SYMBOLS = 50;

interface StartRequest {
  readonly strategyId: string;
  readonly symbols: readonly string[];
  readonly settings: readonly string[];
}

/**
 * Starts a run: strategy, parameters and every symbol are checked first, then one row is written and the next tick reads
 * it. Nothing is written when anything is wrong. The run's id comes from the delivery, so a re-delivered command starts nothing new.
 */
export async function startRun(engine: Engine, request: StartRequest, by: By): Promise<Outcome<Run>> {
  const strategy = strategyById(request.strategyId);
  if (strategy === undefined) return refused(unknownStrategy(request.strategyId));
  if (request.symbols.length === 0) return refused("no symbols: say which, for example AAPL,MSFT");
  if (request.symbols.length > MAX_SYMBOLS)
    return refused(`${request.symbols.length} symbols: at most ${MAX_SYMBOLS} in one run`);
  const parsed = parseRun(strategy, request.settings);
  if (parsed.kind === "invalid") return refused(parsed.errors.join("\n"));
  const wrong = await wrongSymbols(engine, request.symbols, parsed.options.fractional);
  if (wrong !== undefined) return refused(wrong);
  const unfit =
    wrongAccount(engine, parsed.options) ??
    (await filterProblem(engine, strategy, parsed.params, parsed.options));
  if (unfit !== undefined) return refused(unfit);
  const nowMs = engine.clock.nowMs();
  const run: Run = {
    id: runId(engine.ids.short(4)),
    accountId: engine.accountId,
    strategyId: strategy.id,
    symbols: request.symbols,
    params: parsed.params,
    options: parsed.options,
    status: "running",
    startedBy: by.name,
    startedAt: nowMs,
    stoppedAt: null,
  };
  return engine.ledger.transaction(async (tx): Promise<Outcome<Run>> => {
    const control = await tx.control();
    if (control.killed) return refused(`killed by ${control.by ?? "?"}: an admin's /resume comes first`);
    if (control.mode !== engine.mode)
      return refused(
        `the mode is ${control.mode}, but this instance is on ${engine.accountId}: try again in a moment`,
      );
    const running = await tx.runs({ accountId: engine.accountId, status: ["running", "paused"] });
    const twin = running.find(
      (each) =>
        each.strategyId === strategy.id &&
        each.symbols.some((symbol) => run.symbols.includes(symbol)) &&
        sameSettings(strategy, each, run),
    );
    if (twin !== undefined) {
      const both = twin.symbols.filter((symbol) => run.symbols.includes(symbol)).join(", ");
      return refused(
        `run ${twin.id} does the same already on ${both}; /strategy stop ${twin.id} ends it, other settings start a second one`,
      );
    }
    if (!(await tx.insertRun(run))) return refused("the run could not be written; try again");
    await tellRun(engine, tx, run, "started", by);
    return { kind: "done", value: run, text: `${strategy.title} runs on ${run.symbols.join(", ")}` };
  });
}

function sameSettings(strategy: Strategy, a: Run, b: Run): boolean {
  return formatRun(strategy, a).join(" ") === formatRun(strategy, b).join(" ");
}

async function wrongSymbols(
  engine: Engine,
  symbols: readonly string[],
  fractional: boolean,
): Promise<string | undefined> {
  const problems: string[] = [];
  for (const symbol of symbols) {
    const asset = await engine.broker.asset(symbol).catch((error: unknown) => {
      engine.log.warn({ symbol, error }, "an asset could not be looked up");
      return null;
    });
    if (asset === null)
      return `${engine.broker.name} could not be asked about ${symbol} just now; nothing was done, try again`;
    if (asset === undefined)
      problems.push(`unknown symbol ${symbol}: ${engine.broker.name} does not list it`);
    else if (!asset.tradable) problems.push(`${symbol} cannot be traded at ${engine.broker.name} now`);
    else if (fractional && !asset.fractionable)
      problems.push(`${symbol} is sold in whole shares only at ${engine.broker.name}: fractional=false`);
  }
  return problems.length === 0 ? undefined : problems.join("\n");
}

async function tellRun(engine: Engine, tx: LedgerOps, run: Run, what: string, by: By): Promise<void> {
  const nowMs = engine.clock.nowMs();
  await tx.insertAlert(
    plainAlert(`run:${run.id}:${what}:${nowMs}`, "run", nowMs, {
      text: `Run ${run.id} ${what}: ${run.strategyId} on ${run.symbols.join(", ")} (${run.options.timeframe}) by ${by.name} · ${modeLabel(engine.mode)}`,
      tone: "neutral",
    }),
  );
}

/** The runs that `which` names: a run id, a strategy id, or all. */
async function named(
  engine: Engine,
  tx: LedgerOps,
  which: string,
  status: readonly RunStatus[],
): Promise<Outcome<readonly Run[]>> {
  const runs = await tx.runs({ accountId: engine.accountId, status });
  const found = which === "all" ? runs : runs.filter((run) => run.id === which || run.strategyId === which);
  if (found.length > 0) return { kind: "done", value: found, text: "" };
  if (which === "all") return refused("no runs to act on");
  const near = didYouMean(which, [...runs.map((run) => run.id), ...strategies.map((each) => each.id)]);
  const there =
    runs.length === 0
      ? "nothing is running"
      : `there are ${runs.map((run) => `${run.id} (${run.strategyId})`).join(", ")}`;
  return refused(`no run ${which}${near === undefined ? "" : `; did you mean ${near}?`}: ${there}`);
}

interface StatusChange {
  readonly from: readonly RunStatus[];
  readonly to: RunStatus;
  readonly word: string;
}

/** Moves runs from one status to another, telling the channel once a run. */
export async function changeRuns(
  engine: Engine,
  which: string,
  change: StatusChange,
  by: By,
): Promise<Outcome<readonly Run[]>> {
  const outcome = await engine.ledger.transaction((tx) => moveRuns(engine, tx, which, change, by));
  engine.wakeAlerts();
  return outcome;
}

async function moveRuns(
  engine: Engine,
  tx: LedgerOps,
  which: string,
  { from, to, word }: StatusChange,
  by: By,
): Promise<Outcome<readonly Run[]>> {
  const found = await named(engine, tx, which, from);
  if (found.kind === "refused") return found;
  const nowMs = engine.clock.nowMs();
  for (const run of found.value) {
    await tx.updateRun({ ...run, status: to, stoppedAt: to === "stopped" ? nowMs : null });
    await tellRun(engine, tx, run, word, by);
  }
  const list = found.value
    .map((run) => `${run.id} (${run.strategyId} on ${run.symbols.join(", ")})`)
    .join(", ");
  return { kind: "done", value: found.value, text: `${word}: ${list}` };
}

const STOP: StatusChange = { from: ["running", "paused"], to: "stopped", word: "stopped" };

/** What runs leave behind when they end. */
interface Left {
  readonly open: readonly Position[];
  readonly working: readonly Order[];
}

/** Ends runs. Their open positions stay watched by their stops, or are sold when `closePositions` is set. */
export async function stopRuns(
  engine: Engine,
  which: string,
  closePositions: boolean,
  by: By,
): Promise<Outcome> {
  const stopped = await engine.ledger.transaction(async (tx): Promise<Outcome<Left>> => {
    // Orders before runs, as a fill locks them.
    if (closePositions) await lockWorking(tx, await tx.liveOrders(engine.accountId));
    const moved = await moveRuns(engine, tx, which, STOP, by);
    if (moved.kind === "refused") return moved;
    const ids = new Set<string>(moved.value.map((run) => run.id));
    const mine = ({ runId: of }: Pick<Position, "runId">): boolean => of !== null && ids.has(of);
    // Now that the runs are locked, no further entry comes.
    const working = closePositions
      ? await lockWorking(tx, (await tx.liveOrders(engine.accountId)).filter(mine))
      : [];
    const open = (await tx.openPositions(engine.accountId)).filter(mine);
    // Marked with the stop itself: whatever fills, or dies, from here on, the positions are sold.
    for (const order of working) await tx.updateOrder({ ...order, exitReason: "manual" });
    if (closePositions)
      for (const { id } of open) await markExit(engine, tx, id, "manual", engine.clock.nowMs(), askedBy(by));
    return { kind: "done", value: { open, working }, text: moved.text };
  });
  engine.wakeAlerts();
  if (stopped.kind === "refused") return stopped;
  const { open, working } = stopped.value;
  if (closePositions) for (const { id } of open) engine.tendSoon(id);
  for (const order of working)
    await engine.serial
      .run(order.symbol, () => requestCancel(engine, order, "exit"))
      .catch((error: unknown) =>
        engine.log.warn({ order: order.clientOrderId, error }, "a cancel failed; it is repeated"),
      );
  return {
    kind: "done",
    value: undefined,
    text: `${stopped.text}; ${leftText(stopped.value, closePositions)}`,
  };
}

function leftText({ open, working }: Left, closePositions: boolean): string {
  const list = open.map((each) => `${each.quantity.toString()} ${each.symbol}`).join(", ");
  if (!closePositions)
    return list === ""
      ? "no open positions"
      : `still open and watched by their stops: ${list} (close=yes would have sold them)`;
  const held = list === "" ? "no open positions" : `selling ${list}`;
  if (working.length === 0) return held;
  const wanted = working.map((order) => `${remaining(order).toString()} ${order.symbol}`).join(", ");
  return `${held}; cancelling the order for ${wanted}, and what of it still fills is sold`;
}

/** Changes a run's settings from its next bar on. */
export async function setRun(
  engine: Engine,
  which: string,
  settings: readonly string[],
  by: By,
): Promise<Outcome> {
  if (settings.length === 0) return refused("nothing to set: say name=value, for example fraction=0.02");
  const wrong = await unfitSettings(engine, which, settings);
  if (wrong !== undefined) return refused(wrong);
  return engine.ledger.transaction(async (tx): Promise<Outcome> => {
    const found = await named(engine, tx, which, ["running", "paused"]);
    if (found.kind === "refused") return found;
    const changed: string[] = [];
    for (const run of found.value) {
      const strategy = strategyById(run.strategyId);
      if (strategy === undefined) return refused(unknownStrategy(run.strategyId));
      const parsed = parseRun(strategy, settings, run);
      if (parsed.kind === "invalid") return refused(parsed.errors.join("\n"));
      await tx.updateRun({ ...run, params: parsed.params, options: parsed.options });
      await tellRun(engine, tx, run, `set ${settings.join(" ")}`, by);
      changed.push(run.id);
    }
    return {
      kind: "done",
      value: undefined,
      text: `run ${changed.join(", ")}: ${settings.join(", ")} from the next bar on; open positions keep their stops`,
    };
  });
}

/** A run trades in the account that is in use: another one has to be chosen before it. */
function wrongAccount({ accountId }: Engine, { account = accountId }: RunOptions): string | undefined {
  return account === accountId
    ? undefined
    : `account=${account}: the account in use is ${accountId}; an admin's /account use ${account} comes first`;
}

/** Why one of the named runs could not go on with these settings: with its symbols in parts, in its account, with its signal filter; asked before the transaction. */
async function unfitSettings(
  engine: Engine,
  which: string,
  settings: readonly string[],
): Promise<string | undefined> {
  const found = await named(engine, engine.ledger, which, ["running", "paused"]);
  if (found.kind === "refused") return undefined;
  for (const run of found.value) {
    const strategy = strategyById(run.strategyId);
    const parsed = strategy === undefined ? undefined : parseRun(strategy, settings, run);
    if (strategy === undefined || parsed?.kind !== "ok") continue;
    const fractions = parsed.options.fractional && !run.options.fractional;
    const problem =
      (fractions ? await wrongSymbols(engine, run.symbols, true) : undefined) ??
      wrongAccount(engine, parsed.options) ??
      (await filterProblem(engine, strategy, parsed.params, parsed.options));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

export function refused(text: string): { readonly kind: "refused"; readonly text: string } {
  return { kind: "refused", text };
}
