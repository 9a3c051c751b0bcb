import type { CommandBus } from "../../commands/contract.ts";
import { createPacer } from "../../core/pace.ts";
import type { Chat, Clock, Log, Pictures } from "../../ports.ts";
import { answer, type AnswerParts } from "./answer.ts";
import { discordBoard } from "./board.ts";
import type { DiscordConfig } from "./config.ts";
import { readDelivery } from "./delivery.ts";
import { createGateway } from "./gateway.ts";
import { postAlerts } from "./post-alert.ts";
import { takeReaction } from "./reactions.ts";
import { keepRegistering, tryToRegister } from "./registration.ts";
import { takeReply } from "./replies.ts";
import { createRest } from "./rest.ts";

const FAREWELL_MS = 3000;

export interface DiscordOptions extends DiscordConfig {
  readonly bus: CommandBus;
  readonly pictures: Pictures;
  readonly log: Log;
  readonly clock: Clock;
}

/**
 * Discord as a chat. `start` registers the commands where they changed and connects; it throws one line that names the
 * variable when Discord refuses token, application or server, while a network that is down is no reason: it goes on
 * trying.
 */
export function createDiscord(options: DiscordOptions): Chat {
  const { bus, pictures, clock, log } = options;
  const rest = createRest(options);
  const parts: AnswerParts = { rest, config: options, pictures, clock, log, bus };
  const registration = { config: options, commands: bus.commands, rest, clock, log };
  const pacer = createPacer();
  const stopping = new AbortController();
  const answering = new Set<Promise<void>>();
  let registering: Promise<void> = Promise.resolve();

  function take(payload: unknown): void {
    const delivery = readDelivery(payload);
    if (delivery === undefined) {
      log.debug({ platform: "discord" }, "an interaction of an unknown kind was left alone");
      return;
    }
    letEnd(answer(parts, delivery));
  }

  function letEnd(work: Promise<void>): void {
    const done = work.finally(() => answering.delete(done));
    answering.add(done);
  }

  const gateway = createGateway(
    options,
    {
      onInteraction: take,
      onReaction: (heard) => letEnd(takeReaction(parts, heard)),
      onMessage: (heard) => letEnd(takeReply(parts, heard)),
    },
    { clock, log },
  );
  return {
    platform: "discord",
    async start() {
      const outcome = await tryToRegister(registration, 0);
      await gateway.start();
      if (outcome !== true) registering = keepRegistering(registration, outcome, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await gateway.stop();
      await registering;
      const done = new AbortController();
      const late = clock.sleep(FAREWELL_MS, done.signal);
      await Promise.race([Promise.allSettled(answering), late]);
      done.abort();
      rest.clearHashSweeper();
      rest.clearHandlerSweeper();
    },
    post: (alerts) => postAlerts(parts, pacer, alerts),
    board: discordBoard(parts, pacer),
    state: () => gateway.state(),
  };
}
