import { ALREADY_HANDLED, failure, NOT_RECORDED, noRole, refusal, roleTooLow } from "./answers.ts";
import { mayUse, roleOf } from "./authorize.ts";
import { byOf, contextOf, type Asked, type BusParts } from "./bus.ts";
import { askConfirmation, confirm, takeConfirmation } from "./confirmation.ts";
import { meaningOf } from "./gestures.ts";
import { homePage } from "./home.ts";
import type { Message } from "../message.ts";
import type { Actor, Answer, Args, CommandBus, CommandSpec, Confirm, Role } from "./contract.ts";
import type { Unrecorded } from "../ports.ts";
import { parseCommand, type Parsed } from "./parse.ts";
import { claimDelivery, recordOutcome, recordOutcomeLater, type Patience } from "./record.ts";
import { suggestArgs } from "./suggest-args.ts";

/** So many deliveries are remembered while the database cannot tell a repeat. */
const REMEMBERED = 2_000;

/**
 * The one way in for commands and button presses of every platform. `dispatch` never rejects: what goes wrong is an
 * answer, a log line with the delivery id, and an audit row. A repeated delivery is answered, privately, that it was handled.
 */
export function createCommandBus(parts: BusParts): CommandBus {
  const deliveries = new Set<string>();
  return {
    commands: parts.commands,
    dispatch: (request, progress = () => {}) => dispatch(parts, deliveries, { ...request, progress }),
    roleOf: (actor) => roleOf(actor, parts.roles),
    meaning: (gesture) => meaningOf(parts, gesture),
    home: (actor) => home(parts, actor),
    suggest: (request) => suggestArgs(parts, request),
  };
}

async function dispatch(parts: BusParts, deliveries: Set<string>, request: Asked): Promise<Answer> {
  if (!remember(deliveries, `${request.actor.platform} ${request.deliveryId}`)) return ALREADY_HANDLED;
  const parsed = parseCommand(request.text, parts.commands);
  const patience: Patience =
    parsed.kind === "command" && parsed.spec.effect === "urgent" ? "urgent" : "patient";
  const claim = await claimDelivery(parts, request, patience, stopsOf(parts, request, parsed));
  if (claim === "seen") return ALREADY_HANDLED;
  if (claim === "unknown" && patience === "patient") {
    // The claim may have been written all the same: without an end it would look like a command that was interrupted.
    recordOutcomeLater(parts, request, { outcome: "refused", detail: NOT_RECORDED.text });
    return NOT_RECORDED;
  }
  return handle(parts, request, parsed, patience);
}

/** What this orders to stop; nothing where the person may not. */
function stopsOf(parts: BusParts, request: Asked, parsed: Parsed): Unrecorded | undefined {
  const role = roleOf(request.actor, parts.roles);
  if (role === undefined || parsed.kind === "invalid") return undefined;
  const { spec, args } = parsed;
  const stops = mayUse(role, spec.role(args)) ? (spec.stops?.(args) ?? null) : null;
  if (stops === null) return undefined;
  return { ...stops, by: byOf(request), atMs: parts.clock.nowMs() };
}

async function home(parts: BusParts, actor: Actor): Promise<readonly Message[]> {
  const role = roleOf(actor, parts.roles);
  if (role === undefined) return [noRole(actor)];
  try {
    return await homePage(parts.desk, role);
  } catch (error) {
    parts.log.warn({ actor: actor.userId, error }, "the home page could not be read");
    return [
      { title: "AlphaFlow", text: "The desk cannot be read just now; /health says more.", tone: "bad" },
    ];
  }
}

/** False when this process has had the delivery before; the database knows about all processes, but may be away. */
function remember(deliveries: Set<string>, key: string): boolean {
  if (deliveries.has(key)) return false;
  deliveries.add(key);
  const [oldest] = deliveries;
  if (deliveries.size > REMEMBERED && oldest !== undefined) deliveries.delete(oldest);
  return true;
}

/** Every way through here ends in exactly one `recordOutcome`. */
async function handle(parts: BusParts, request: Asked, parsed: Parsed, patience: Patience): Promise<Answer> {
  const role = roleOf(request.actor, parts.roles);
  if (role === undefined) return refuse(parts, request, noRole(request.actor), "no role");
  if (parsed.kind === "invalid")
    return refuse(parts, request, refusal(parsed.text, parsed.hints), parsed.text);
  const { spec, args } = parsed;
  const needed = spec.role(args);
  if (!mayUse(role, needed))
    return refuse(parts, request, roleTooLow(spec, needed, role), `${role}, needs ${needed}`);
  try {
    if (spec === confirm) return await press(parts, request, role, args);
    const asked = (await spec.confirm?.(contextOf(parts, request, false), args)) ?? { kind: "go" };
    return await proceed(parts, request, { spec, args }, asked, patience);
  } catch (error) {
    parts.log.error(
      { deliveryId: request.deliveryId, command: spec.path.join(" "), error },
      "command failed",
    );
    // Nothing had begun: what begins has its own guard, in act.
    await recordOutcome(parts, request, { outcome: "failed", detail: "before it began" }, patience);
    return failure(spec, false, request.deliveryId);
  }
}

/** A command that may run. */
interface Act {
  readonly spec: CommandSpec;
  readonly args: Args;
  /** Set when a code stood for it: what the audit calls it, and who asked and confirmed. */
  readonly confirmed?: { readonly action: string; readonly note: string };
}

async function press(parts: BusParts, request: Asked, role: Role, args: Args): Promise<Answer> {
  const taken = await takeConfirmation(parts, request, role, args);
  if (taken.kind === "refused") return refuse(parts, request, taken.answer, taken.answer.text);
  const { spec, command, note } = taken;
  return act(parts, request, { spec, args: taken.args, confirmed: { action: command, note } }, "patient");
}

async function proceed(
  parts: BusParts,
  request: Asked,
  wanted: Act,
  asked: Confirm,
  patience: Patience,
): Promise<Answer> {
  switch (asked.kind) {
    case "go":
      return act(parts, request, wanted, patience);
    case "answer":
      return refuse(parts, request, asked.message, asked.message.text);
    case "ask": {
      const role = wanted.spec.role(wanted.args);
      const { answer, secondPerson } = await askConfirmation(parts, request, asked, role);
      const detail = `waits for confirmation${secondPerson ? ` by a second ${role}` : ""}`;
      const recorded = await recordOutcome(parts, request, { outcome: "asked", detail }, patience);
      return recorded ? answer : NOT_RECORDED;
    }
  }
}

/** Done, and its outcome recorded; that it has begun is in the inbox. */
async function act(
  parts: BusParts,
  request: Asked,
  { spec, args, confirmed }: Act,
  patience: Patience,
): Promise<Answer> {
  const changes = spec.effect !== "reads" && spec.role(args) !== "viewer";
  let answer: Answer;
  let outcome: "done" | "refused" | "failed";
  try {
    answer = await spec.run(contextOf(parts, request, confirmed !== undefined), args);
    outcome = answer.refused === true ? "refused" : "done";
  } catch (error) {
    parts.log.error(
      { deliveryId: request.deliveryId, command: spec.path.join(" "), error },
      "command failed",
    );
    answer = failure(spec, changes, request.deliveryId);
    outcome = "failed";
  }
  const recorded = await recordOutcome(
    parts,
    request,
    confirmed === undefined
      ? { outcome, detail: answer.text }
      : { outcome, detail: `${confirmed.note}: ${answer.text}`, action: confirmed.action },
    patience,
  );
  return recorded || !changes ? answer : { ...answer, footer: [...(answer.footer ?? []), UNRECORDED] };
}

const UNRECORDED = "The database did not answer, so this is not in the audit.";

async function refuse(parts: BusParts, request: Asked, answer: Answer, detail: string): Promise<Answer> {
  await recordOutcome(parts, request, { outcome: "refused", detail }, "patient");
  return answer;
}
