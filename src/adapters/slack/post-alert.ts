import type { webApi } from "@slack/bolt";
import { lineable, shortKey } from "../../core/digest.ts";
import type { Pacer, PaceRule } from "../../core/pace.ts";
import type { Log, PendingAlert, Posted } from "../../ports.ts";
import { explain, retryAfterMs } from "./explain.ts";
import { upload } from "./outlet.ts";
import { attachPicture, type PictureParts } from "./picture.ts";
import { postMessage } from "./post-message.ts";
import { render, renderFile, type SlackContent } from "./render.ts";
import { renderDigest } from "./render-digest.ts";

const EVENT_TYPE = "alphaflow_alert";
const LOOKED_BACK = 100;
/** Slack's one message a second and channel, of which it lets some come at once. */
const RULE: PaceRule = { windowMs: 5_000, free: 3, most: 5, spacingMs: 1_000 };

export interface AlertOutlet extends PictureParts {
  readonly channel: string;
  /** What was sent to the channel, by whoever sends to it unasked. */
  readonly pacer: Pacer;
  /** Takes what goes on after an alert is said: nobody waits for it, and the end of the program lets it end. */
  readonly afterwards: (work: Promise<void>) => void;
}

/** Says the first of the alerts, or several in one message where more wait than the channel takes. Never throws. */
export async function postAlerts(outlet: AlertOutlet, alerts: readonly PendingAlert[]): Promise<Posted> {
  const { pacer, clock, web, channel, log } = outlet;
  const [first] = alerts;
  if (first === undefined) return { kind: "posted", count: 0 };
  const wait = pacer.waitMs(RULE, clock.nowMs());
  if (wait > 0) return { kind: "busy", waitMs: wait };
  // What was tried before may have been taken, and only the answer lost: it is looked for, and goes as it went.
  const again = first.attempts > 0;
  const crowded = alerts.length > (again ? 1 : pacer.freeNow(RULE, clock.nowMs()));
  const lines = crowded ? lineable(alerts) : [first];
  const said = lines.slice(0, renderDigest(lines).count);
  const posted = again ? await postedKeys(web, channel, log) : new Map<string, string | undefined>();
  const missing = said.filter(({ key }) => !posted.has(shortKey(key)));
  if (missing.length === 0) {
    const ts = posted.get(shortKey(first.key));
    // Only the answer was lost, and with it what was to follow: twice is better than never.
    if (said.length === 1) await attach(outlet, first, ts);
    return whole(channel, said, ts);
  }
  pacer.send(clock.nowMs());
  try {
    const ts = await say(outlet, missing);
    const [alone, ...others] = missing;
    if (alone !== undefined && others.length === 0) await attach(outlet, alone, ts);
    return whole(channel, said, ts);
  } catch (error) {
    const retryAfter = retryAfterMs(error);
    if (retryAfter !== undefined) pacer.close(retryAfter, clock.nowMs());
    const reason = `Slack did not accept the alert: ${explain(error)}`;
    return {
      kind: "failed",
      count: said.length,
      reason,
      ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
    };
  }
}

/** All of them are said; one that stands alone can be found again. */
function whole(channel: string, said: readonly PendingAlert[], ts: string | undefined): Posted {
  const place = said.length === 1 && ts !== undefined ? { place: { channel, messageId: ts } } : {};
  return { kind: "posted", count: said.length, ...place };
}

function say({ web, channel }: AlertOutlet, alerts: readonly PendingAlert[]): Promise<string | undefined> {
  const [first] = alerts;
  const content: SlackContent =
    alerts.length === 1 && first !== undefined ? render(first.message) : renderDigest(alerts).content;
  const keys = alerts.map(({ key }) => shortKey(key)).join(" ");
  const metadata = { event_type: EVENT_TYPE, event_payload: { keys } };
  return postMessage(web, { channel, metadata }, content);
}

/** What comes with the alert that stands at `ts`. Never throws. */
async function attach(outlet: AlertOutlet, alert: PendingAlert, ts: string | undefined): Promise<void> {
  const { message } = alert;
  const { file, picture } = message;
  // The alerts behind this one must not wait for a picture.
  if (picture !== undefined && ts !== undefined)
    outlet.afterwards(attachPicture(outlet, { channel: outlet.channel, ts }, message, picture));
  if (file !== undefined) await sayFile(outlet, alert, file, ts);
}

async function sayFile(
  { web, channel, log }: AlertOutlet,
  { key }: PendingAlert,
  file: NonNullable<PendingAlert["message"]["file"]>,
  ts: string | undefined,
): Promise<void> {
  if (await upload(web, channel, ts, file, log)) return;
  // The alert itself is out: a file that cannot follow must not bring it out again.
  await postMessage(web, { channel, ...(ts === undefined ? {} : { thread_ts: ts }) }, renderFile(file)).catch(
    (error: unknown) => log.warn({ platform: "slack", key }, `its file is lost: ${explain(error)}`),
  );
}

/**
 * The alerts that the newest messages tell of, by their metadata, each with the ts of a message that tells of it alone.
 * Where Slack does not tell, none: twice is better than never.
 */
async function postedKeys(
  web: webApi.WebClient,
  channel: string,
  log: Log,
): Promise<ReadonlyMap<string, string | undefined>> {
  try {
    const history = await web.conversations.history({
      channel,
      limit: LOOKED_BACK,
      include_all_metadata: true,
    });
    return new Map(
      (history.messages ?? []).flatMap(({ metadata, ts }) => {
        const keys = metadata?.event_type === EVENT_TYPE ? keysOf(metadata.event_payload) : [];
        return keys.map((key) => [key, keys.length === 1 ? ts : undefined] as const);
      }),
    );
  } catch (error) {
    log.debug({ platform: "slack" }, `the channel cannot be searched for alerts: ${explain(error)}`);
    return new Map();
  }
}

function keysOf(payload: unknown): readonly string[] {
  if (typeof payload !== "object" || payload === null || !("keys" in payload)) return [];
  return typeof payload.keys === "string" ? payload.keys.split(" ") : [];
}
