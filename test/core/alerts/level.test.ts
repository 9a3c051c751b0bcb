import { describe, expect, it } from "vitest";
import {
  ALERT_LEVELS,
  alwaysPasses,
  goesByMail,
  passesLevel,
  type AlertKind,
  type Urgency,
} from "../../../src/core/alerts/level.ts";

const TABLE: readonly (readonly [AlertKind, Urgency | undefined, string, boolean, boolean])[] = [
  // kind, urgency, levels it passes, in quiet hours, by mail
  ["fill", undefined, "all important fills", true, false],
  ["stop", undefined, "all important fills", true, false],
  ["stop", "critical", "all important fills", true, true],
  ["halt", undefined, "all important fills", true, false],
  ["halt", "critical", "all important fills", true, true],
  ["kill", "critical", "all important fills", true, true],
  ["escalation", undefined, "all important fills", true, true],
  ["rejected", "always", "all important fills", true, false],
  ["rejected", undefined, "all important", false, false],
  ["connection", undefined, "all important", false, false],
  ["connection", "always", "all important fills", true, true],
  ["connection", "critical", "all important fills", true, true],
  ["external", undefined, "all important", false, false],
  ["mode", undefined, "all important", false, false],
  ["price", undefined, "all important", false, false],
  ["report", undefined, "all important", false, false],
  ["order", undefined, "all", false, false],
  ["refused", undefined, "all", false, false],
  ["run", undefined, "all", false, false],
  ["system", undefined, "all", false, false],
  ["system", "always", "all important fills", true, false],
  ["undelivered", undefined, "all", false, true],
];

describe("an alert", () => {
  it.each(TABLE)(
    "of kind %s, urgency %s, passes %s; quiet %s, mail %s",
    (kind, urgency, levels, quiet, mail) => {
      const alert = { kind, ...(urgency === undefined ? {} : { urgency }) };
      expect(ALERT_LEVELS.filter((level) => passesLevel(level, alert)).join(" ")).toBe(levels);
      expect(alwaysPasses(alert)).toBe(quiet);
      expect(goesByMail(alert)).toBe(mail);
    },
  );
});
