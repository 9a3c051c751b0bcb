import type { AlertRow, Chat, Log, Mailer } from "../../ports.ts";
import { MAIL_SINK } from "./sinks.ts";

/** What is shown on an alert that did not come through the outbox. */
const DIRECT = "sent directly, past the outbox: it may come twice, or not everywhere";

/** For the one thing that the outbox cannot tell: that the database is away. */
export type TellDirectly = (alert: AlertRow, sinks: ReadonlySet<string>) => Promise<ReadonlySet<string>>;

/** Says an alert at once to the named sinks, best effort; returns those that have taken it. Never throws. */
export function tellDirectly(parts: {
  readonly chats: readonly Chat[];
  readonly mailer: Mailer | null;
  readonly log: Log;
}): TellDirectly {
  const { chats, mailer, log } = parts;
  return async (alert, sinks) => {
    const { sinks: _sinks, ...row } = alert;
    const footer = [...(row.message.footer ?? []), DIRECT];
    const marked = { ...row, id: 0, attempts: 0, message: { ...row.message, footer } };
    const ways: readonly (readonly [string, () => Promise<boolean>])[] = [
      ...chats.map(
        (chat) => [chat.platform, async () => (await chat.post([marked])).kind === "posted"] as const,
      ),
      ...(mailer === null ? [] : [[MAIL_SINK, () => mailer.send(marked).then(() => true)] as const]),
    ];
    const reached = new Set<string>();
    const said = ways
      .filter(([sink]) => sinks.has(sink))
      .map(async ([sink, say]) => {
        try {
          if (await say()) reached.add(sink);
        } catch (error) {
          log.warn({ error, sink }, "an alert could not be said directly");
        }
      });
    await Promise.all(said);
    return reached;
  };
}
