import { dollars } from "../../core/figures.ts";
import { quietText } from "../../core/alerts/quiet.ts";
import type { AlertDesk, By, Clock, Ids, Ledger, OnCall, Outcome, ReportPlan } from "../../ports.ts";
import type { Engine } from "../context.ts";
import { refused } from "../runs.ts";
import { readPrices } from "../watch.ts";
import { acknowledge, OPEN_FOR_MS } from "./escalate.ts";
import { LATE_MS } from "./late.ts";
import { priceAlertText } from "./price.ts";
import {
  channelAlerts,
  levelKey,
  onCallKey,
  onCallOf,
  planKey,
  quietKey,
  readAlertSettings,
  reportPlan,
  SCHEDULE_PREFIX,
} from "./settings.ts";
import { MAIL_SINK } from "./sinks.ts";

/** More would make every look at the market a long one. */
const MAX_PRICE_ALERTS = 100;
const MISSED_SHOWN = 200;

export interface AlertDeskParts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The chat platforms. */
  readonly channels: readonly string[];
  /** Where mail goes, for people; null when it is not configured. */
  readonly mail: string | null;
  engine(): Engine;
  wakeAlerts(): void;
}

const done = (text: string): Outcome => ({ kind: "done", value: undefined, text });

/** What the desk is told, when and how: rows of the settings, read anew at every delivery. */
export function createAlertDesk(parts: AlertDeskParts): AlertDesk {
  const { ledger, clock, channels } = parts;
  const sinks = parts.mail === null ? channels : [...channels, MAIL_SINK];

  function unknownChannel(channel: string): Outcome | undefined {
    if (channels.includes(channel)) return undefined;
    return refused(`alerts are not delivered to ${channel}; there is ${channels.join(", ")}`);
  }

  return {
    async view() {
      const rows = await readAlertSettings(ledger);
      return {
        channels: new Map(channels.map((channel) => [channel, channelAlerts(rows, channel)])),
        onCall: onCallOf(rows),
        mail: parts.mail,
        prices: await ledger.priceAlerts(),
        open: await ledger.openCriticals(clock.nowMs() - OPEN_FOR_MS),
      };
    },

    async setLevel(channel, level) {
      const unknown = unknownChannel(channel);
      if (unknown !== undefined) return unknown;
      await ledger.setSetting(levelKey(channel), level);
      const always = "fills, stops, halt, kill and critical alerts always come";
      return done(`${channel} hears ${level} alerts from now on; ${always}`);
    },

    async setQuiet(channel, quiet) {
      const unknown = unknownChannel(channel);
      if (unknown !== undefined) return unknown;
      await ledger.setSetting(quietKey(channel), quiet);
      parts.wakeAlerts();
      if (quiet === null) return done(`${channel} has no quiet hours; what was held back comes now`);
      return done(
        `${channel} is quiet ${quietText(quiet)}: fills, stops, halt, kill and critical alerts pass, the rest comes afterwards in one message`,
      );
    },

    setOnCall: (change) => setOnCall(ledger, change),
    addPrice: (wanted, by) => addPrice(parts, wanted, by),

    async removePrice(id) {
      if (await ledger.removePriceAlert(id)) return done(`price alert ${id} is removed`);
      return refused(`there is no price alert ${id} that waits; /alerts lists them`);
    },

    missed: (channel, sinceMs) => ledger.lateAlerts(channel, sinceMs, LATE_MS, MISSED_SHOWN),

    async acknowledge(id, by) {
      const outcome = await acknowledge(ledger, sinks, id, by, clock.nowMs());
      parts.wakeAlerts();
      return outcome;
    },

    schedule: async () => reportPlan(await ledger.settings(SCHEDULE_PREFIX)),
    setSchedule: (report, time) => setSchedule(ledger, report, time),
  };
}

async function setOnCall(ledger: Ledger, { people, minutes }: Partial<OnCall>): Promise<Outcome> {
  await ledger.transaction(async (tx) => {
    if (people !== undefined) await tx.setSetting(onCallKey("people"), people);
    if (minutes !== undefined) await tx.setSetting(onCallKey("minutes"), minutes);
  });
  const onCall = onCallOf(await readAlertSettings(ledger));
  if (onCall.people.length === 0) return done("nobody is on call: critical alerts are said once");
  return done(
    `on call: ${onCall.people.join(", ")}; called when a critical alert is not acknowledged within ${onCall.minutes} min, and again every ${onCall.minutes} min`,
  );
}

async function setSchedule(ledger: Ledger, report: keyof ReportPlan, time: string): Promise<Outcome> {
  await ledger.setSetting(planKey(report), time);
  if (time === "off") return done(`no ${report} report any more; /report shows one at any time`);
  const when = time === "close" ? "5 minutes after the close, on half days too" : `at ${time} New York`;
  return done(
    report === "daily"
      ? `the daily report comes on every session's day, ${when}`
      : `the weekly summary comes after the week's last session, ${when}`,
  );
}

async function addPrice(
  parts: AlertDeskParts,
  wanted: Parameters<AlertDesk["addPrice"]>[0],
  by: By,
): ReturnType<AlertDesk["addPrice"]> {
  const { ledger, ids, clock } = parts;
  const engine = parts.engine();
  const { symbol, side, price } = wanted;
  if ((await ledger.priceAlerts()).length >= MAX_PRICE_ALERTS)
    return refused(`${MAX_PRICE_ALERTS} price alerts wait already; remove one with /alerts remove ID`);
  if ((await engine.broker.asset(symbol)) === undefined)
    return refused(`${engine.broker.name} knows no ${symbol}`);
  const now = (await readPrices(engine, [symbol]).catch(() => undefined))?.get(symbol)?.price;
  const beyond = now !== undefined && (side === "above" ? price.lt(now) : price.gt(now));
  const alert = {
    ...wanted,
    id: ids.short(4),
    setBy: by.actor,
    setByName: by.name,
    setAtMs: clock.nowMs(),
    armed: now !== undefined && !beyond,
  };
  if (!(await ledger.insertPriceAlert(alert))) return refused("that did not work; say it once more");
  const at = now === undefined ? "its price is not known now" : `it is at ${dollars(now)}`;
  const again = beyond ? `, ${side} already: this speaks when it comes back and goes ${side} again` : "";
  return {
    kind: "done",
    value: alert,
    text: `price alert ${alert.id}: ${priceAlertText(alert)}; ${at}${again}`,
  };
}
