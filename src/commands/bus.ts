import type { By, Clock, Desk, Ids, Ledger, Log } from "../ports.ts";
import { isConsole, isSole, type Roles } from "./authorize.ts";
import type { Actor, CommandContext, CommandRequest, CommandSpec } from "./contract.ts";
import { oneLine } from "./words.ts";

/** What the command bus is made of. */
export interface BusParts {
  readonly commands: readonly CommandSpec[];
  readonly roles: Roles;
  readonly desk: Desk;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly ids: Ids;
  /** This process, as the inbox knows it. */
  readonly owner: string;
  /** This process trades the account; another one stands by. */
  readonly leads: () => boolean;
  readonly log: Log;
  /** ALPHAFLOW_ALLOW_LIVE: what a sole admin types to confirm live trading. */
  readonly liveAccountNumber: string | null;
}

/** A delivery, and whom its progress is told. */
export interface Asked extends CommandRequest {
  readonly progress: CommandContext["progress"];
}

export function contextOf(parts: BusParts, request: Asked, confirmed: boolean): CommandContext {
  return {
    desk: parts.desk,
    ledger: parts.ledger,
    actor: request.actor,
    channel: request.channel,
    deliveryId: request.deliveryId,
    nowMs: parts.clock.nowMs(),
    soleAdmin: isSole(request.actor, "admin", parts.roles),
    confirmed,
    progress: request.progress,
  };
}

/** "slack:U123", "discord:42", "console". */
export function actorId(actor: Pick<Actor, "platform" | "userId">): string {
  return isConsole(actor) ? actor.platform : `${actor.platform}:${actor.userId}`;
}

/** "slack:U123 (ann)", "console". */
export function actorLabel(actor: Actor): string {
  const name = oneLine(actor.name, 80);
  return isConsole(actor) || name === "" ? actorId(actor) : `${actorId(actor)} (${name})`;
}

export function byOf({ actor, deliveryId }: Pick<CommandContext, "actor" | "deliveryId">): By {
  return { actor: actorId(actor), name: oneLine(actor.name, 80), deliveryId };
}
