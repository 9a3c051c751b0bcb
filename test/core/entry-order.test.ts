import { describe, expect, it } from "vitest";
import { entryTicket } from "../../src/core/entry-order.ts";
import { money } from "../../src/core/money.ts";
import { formatRun, parseRun } from "../../src/core/run-options.ts";
import { momentum } from "../../src/core/strategies/momentum.ts";

function ticketOf(settings: readonly string[], latest: number, extended = false): string {
  const parsed = parseRun(momentum, settings);
  if (parsed.kind === "invalid") throw new Error(parsed.errors.join("; "));
  const ticket = entryTicket(parsed.options.entryOrder, money(latest), extended);
  return [
    ticket.type,
    `limit ${ticket.limitPrice?.toString() ?? "-"}`,
    `stop ${ticket.stopPrice?.toString() ?? "-"}`,
    ticket.timeInForce,
    `for ${ticket.price.toString()}`,
    ticket.timeoutMs === null ? "no timeout" : `${ticket.timeoutMs / 1000} s`,
  ].join(", ");
}

describe("an entry's ticket", () => {
  it.each([
    // settings, latest, ticket
    [[], 185.5, "market, limit -, stop -, day, for 185.5, no timeout"],
    [["entry=limit"], 185.5, "limit, limit 185.5, stop -, day, for 185.5, 300 s"],
    // 185.50 × 0.9990 = 185.3145, down to the cent: 185.31
    [["entry=limit", "limit_offset_bps=-10"], 185.5, "limit, limit 185.31, stop -, day, for 185.31, 300 s"],
    // 185.50 × 1.0010 = 185.6855, down: 185.68; expected to fill at the market, which is lower
    [["entry=limit", "limit_offset_bps=10"], 185.5, "limit, limit 185.68, stop -, day, for 185.5, 300 s"],
    // below $1 the tick is $0.0001: 0.51237 × 0.995 = 0.50980815
    [["entry=limit", "limit_offset_bps=-50"], 0.51237, "limit, limit 0.5098, stop -, day, for 0.5098, 300 s"],
    [["entry=limit", "tif=ioc"], 185.5, "limit, limit 185.5, stop -, ioc, for 185.5, no timeout"],
    [
      ["entry=limit", "tif=gtc", "entry_timeout_s=60"],
      185.5,
      "limit, limit 185.5, stop -, gtc, for 185.5, 60 s",
    ],
    // a bracket lives on, or its stop would end with the day
    [["entry=bracket"], 185.5, "market, limit -, stop -, gtc, for 185.5, no timeout"],
    [["entry=bracket", "limit_offset_bps=-10"], 185.5, "limit, limit 185.31, stop -, gtc, for 185.31, 300 s"],
    // stop 185.50 × 1.0010 = 185.6855, up: 185.69; limit at the stop
    [["entry=stop_limit"], 185.5, "stop_limit, limit 185.69, stop 185.69, day, for 185.69, 300 s"],
    // stop 185.50 × 1.0020 = 185.871, up: 185.88; limit 185.88 × 1.0005 = 185.97294, up: 185.98
    [
      ["entry=stop_limit", "stop_offset_bps=20", "limit_offset_bps=5"],
      185.5,
      "stop_limit, limit 185.98, stop 185.88, day, for 185.88, 300 s",
    ],
  ])("of %j at %d is %s", (settings, latest, text) => {
    expect(ticketOf(settings, latest)).toBe(text);
  });

  it("is a limit order outside the regular session: a market entry pays up to 0.5% more", () => {
    // 185.50 × 1.005 = 186.4275, up: 186.43
    expect(ticketOf(["extended_hours=true"], 185.5, true)).toBe(
      "limit, limit 186.43, stop -, day, for 185.5, 300 s",
    );
    expect(ticketOf(["extended_hours=true", "entry=limit", "limit_offset_bps=-10"], 185.5, true)).toBe(
      "limit, limit 185.31, stop -, day, for 185.31, 300 s",
    );
  });
});

describe("a run's entry options", () => {
  it("are absent while they are the plain market order", () => {
    const parsed = parseRun(momentum, ["entry=market", "tif=day"]);
    expect(parsed.kind === "ok" && parsed.options.entryOrder).toBeUndefined();
  });

  it("are written and read back the same", () => {
    const parsed = parseRun(momentum, [
      "entry=limit",
      "limit_offset_bps=-7.5",
      "tif=gtc",
      "entry_timeout_s=90",
      "entry_on_timeout=reprice",
      "max_reprices=5",
    ]);
    if (parsed.kind === "invalid") throw new Error(parsed.errors.join());
    expect(parseRun(momentum, formatRun(momentum, parsed))).toEqual(parsed);
    expect(
      parseRun(momentum, ["entry=market", "limit_offset_bps=none", "entry_on_timeout=cancel"], parsed),
    ).toMatchObject({
      options: { entryOrder: { kind: "market", limitOffsetBps: null, timeInForce: "gtc", timeoutS: 90 } },
    });
  });

  it.each([
    [
      ["tif=opg"],
      "tif=opg: orders for the opening auction are taken from 19:00 to 9:28 New York only, when no bar is decided",
    ],
    [["limit_offset_bps=5"], "limit_offset_bps=5: a market entry has no limit; entry=limit has one"],
    [
      ["entry=stop_limit", "limit_offset_bps=-5"],
      "limit_offset_bps=-5: with entry=stop_limit the limit lies at or above the stop",
    ],
    [["entry=stop_limit", "tif=fok"], "tif=fok: entry=stop_limit takes day or gtc"],
    [
      ["entry=stop_limit", "extended_hours=true"],
      "entry=stop_limit: outside the regular session only limit orders are taken; extended_hours=false",
    ],
    [
      ["entry=limit", "extended_hours=true", "tif=gtc"],
      "tif=gtc: outside the regular session orders are for the day; tif=day",
    ],
    [
      ["entry=stop_limit", "entry_on_timeout=reprice"],
      "entry_on_timeout=reprice: only an entry=limit that waits (tif=day or gtc) is priced anew",
    ],
    [
      ["entry=limit", "tif=ioc", "entry_on_timeout=reprice"],
      "entry_on_timeout=reprice: only an entry=limit that waits (tif=day or gtc) is priced anew",
    ],
    [
      ["entry=bracket", "protection=engine"],
      "entry=bracket: the broker holds the stop of a bracket, so protection=engine contradicts it",
    ],
    [["entry=bracket", "tif=ioc"], "tif=ioc: entry=bracket takes day or gtc"],
    [["entry=limt"], "entry=limt: expected one of market, limit, stop_limit, bracket; did you mean limit?"],
    [["limit_offset_bps=501"], "limit_offset_bps=501: expected a number from -500 to 500, or none"],
    [["entry_timeout_s=4"], "entry_timeout_s=4: expected a whole number from 5 to 86400"],
  ])("refuse %j", (settings, error) => {
    expect(parseRun(momentum, settings)).toEqual({ kind: "invalid", errors: [error] });
  });
});
