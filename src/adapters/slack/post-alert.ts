import type { webApi } from "@slack/bolt";
import type { Log, PendingAlert } from "../../ports.ts";
import { explain, retryAfterMs } from "./explain.ts";
import { upload } from "./outlet.ts";
import { postMessage } from "./post-message.ts";
import { render, renderFile } from "./render.ts";

const EVENT_TYPE = "alphaflow_alert";
const LOOKED_BACK = 100;

/** Slack has not taken an alert: keep it and try again, not before `retryAfterMs` where Slack named a time. */
export class AlertNotAccepted extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(reason: string, retryAfter: number | undefined, cause: unknown) {
    super(`Slack did not accept the alert: ${reason}`, { cause });
    this.name = "AlertNotAccepted";
    this.retryAfterMs = retryAfter;
  }
}

/** Posts one alert to the channel. Throws AlertNotAccepted unless Slack has confirmed it. */
export async function postAlert(
  { web, channel, log }: { readonly web: webApi.WebClient; readonly channel: string; readonly log: Log },
  alert: PendingAlert,
): Promise<void> {
  // The attempt before may have been taken and only its answer lost.
  if (alert.attempts > 0 && (await isPosted(web, channel, alert.key, log))) return;
  const content = render(alert.message);
  let ts: string | undefined;
  try {
    const metadata = { event_type: EVENT_TYPE, event_payload: { key: alert.key } };
    ts = await postMessage(web, { channel, metadata }, content);
  } catch (error) {
    throw new AlertNotAccepted(explain(error), retryAfterMs(error), error);
  }
  const { file } = alert.message;
  if (file === undefined || (await upload(web, channel, ts, file, log))) return;
  // The alert itself is out: a file that cannot follow must not bring it out again.
  await postMessage(web, { channel, ...(ts === undefined ? {} : { thread_ts: ts }) }, renderFile(file)).catch(
    (error: unknown) =>
      log.warn({ platform: "slack", key: alert.key }, `its file is lost: ${explain(error)}`),
  );
}

/** Looks for the alert's key in the metadata of the newest messages. Where Slack does not tell, it counts as not posted: twice is better than never. */
async function isPosted(web: webApi.WebClient, channel: string, key: string, log: Log): Promise<boolean> {
  try {
    const history = await web.conversations.history({
      channel,
      limit: LOOKED_BACK,
      include_all_metadata: true,
    });
    return (history.messages ?? []).some(
      ({ metadata }) => metadata?.event_type === EVENT_TYPE && keyOf(metadata.event_payload) === key,
    );
  } catch (error) {
    log.debug({ platform: "slack", key }, `the channel cannot be searched for the alert: ${explain(error)}`);
    return false;
  }
}

function keyOf(payload: unknown): unknown {
  return typeof payload === "object" && payload !== null && "key" in payload ? payload.key : undefined;
}
