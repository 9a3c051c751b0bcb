import { alwaysPasses, passesLevel } from "../../core/alerts/level.ts";
import { isQuiet } from "../../core/alerts/quiet.ts";
import type { AlertRow, ChannelAlerts } from "../../ports.ts";

/** `post` it now, `hold` it until quiet hours are over, `skip` it: the channel does not want it. */
export type Route = "post" | "hold" | "skip";

type About = Pick<AlertRow, "kind" | "urgency">;

export function routeToChannel(alert: About, { level, quiet }: ChannelAlerts, nowMs: number): Route {
  if (!passesLevel(level, alert)) return "skip";
  return quiet !== null && isQuiet(quiet, nowMs) && !alwaysPasses(alert) ? "hold" : "post";
}
